// A session without a server: the main hall of the demo event, whose floor changes its language every few seconds, so that every label
// comes by. For looking at pages (tests/preview) and for tests of pages.
//
// The address tells what is to be seen: ?fake=still (nothing moves), emergency, words (an emergency with words in Chinese and English),
// line_up, music (on all languages), silent, waiting, refused, closed, slow (starts after
// 3 s), deaf (sound does not start), many (31 languages), markup (names that try to be HTML). /av and /booth get the roles.

import type { Audible, Channel, Desk, Joined, Label, Levels, Room } from '../../src/lib/protocol.js';
import type { Line, Microphone, Session, SessionEvents, SessionOptions } from '../../src/lib/session.js';

const FLIP_MS = 9000;
const CHANNELS: [string, string][] = [['zh-CN', '中文'], ['en-GB', 'English'], ['fr-FR', 'Français'], ['es-ES', 'Español'], ['ru-RU', 'Русский'], ['it-IT', 'Italiano']];
const MANY = ['ar', 'de', 'pt', 'ja', 'ko', 'hi', 'bn', 'vi', 'th', 'tr', 'fa', 'he', 'pl', 'cs', 'hu', 'ro', 'bg', 'el', 'sv', 'fi', 'nl', 'uk', 'id', 'sw', 'am'];
const BOOTHS: [string, string[]][] = [['zh-en', ['en-GB', 'zh-CN']], ['fr', ['fr-FR', 'en-GB']], ['es', ['es-ES', 'en-GB']], ['ru', ['ru-RU', 'en-GB']], ['it', ['it-IT', 'en-GB']]];

type Handlers = { [K in keyof SessionEvents]?: Set<(value: SessionEvents[K]) => void> };

/** Which floor language is spoken decides what every channel carries. */
export function fakeChannels(spoken: string, scene: string): Channel[] {
  const languages = scene === 'many' ? [...CHANNELS, ...MANY.map((tag): [string, string] => [tag, new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag])] : CHANNELS;
  const channel = (number: number, language: string, name: string): Channel => {
    const original = number === 0 || language === spoken || number > 6 || (language === 'it-IT' && spoken === 'zh-CN');
    const depth = original ? 0 : spoken === 'zh-CN' && language !== 'en-GB' ? 2 : 1;
    const label: Label = scene === 'emergency' || scene === 'words' ? 'emergency' : scene === 'silent' && number === 4 ? 'silent' : (['original', 'direct', 'relay'] as const)[depth] ?? 'relay';
    const state = label === 'emergency' ? 'emergency' : label === 'silent' ? 'silent' : original ? 'floor' : 'held';
    const carries = original ? spoken : language;
    if (number > 0 && (scene === 'line_up' || scene === 'music'))
      return { number, language, name, label: 'silent', state: 'silent', bed: scene, carries: '', depth: 0, fill: true, holders: [], renditions: ['standard'], uninterpreted: false };
    return { number, language, name, label, state, carries, depth, fill: true, holders: [], renditions: ['standard'], uninterpreted: false };
  };
  return [channel(0, spoken, 'Floor'), ...languages.map(([language, name], index) => channel(index + 1, language, scene === 'markup' ? `<b onclick=x>${name}</b>` : name))];
}

function fakeDesks(): Desk[] {
  return BOOTHS.flatMap(([booth]) => [1, 2].map((desk): Desk => ({
    id: `${booth}/${desk}`, booth, desk, seated: desk === 1, name: desk === 1 ? 'Li Na' : '', mic: desk === 1 ? 'on' : 'off',
    on_air: desk === 1, engaged: false, link: desk === 1 ? 'up' : 'down', output: 'A', input: 0, hears: 0, quality: 'original', holder: '',
    auto_relay: false, true_floor: false, relay_lost: false, overlap: false, wrong_direction: false, cut: false, cough_long: false, to_floor: false,
  })));
}

export function fakeRoom(scene: string): Room {
  const channels = fakeChannels('zh-CN', scene);
  const number = (language: string) => channels.find((one) => one.language === language && one.number > 0)?.number ?? 0;
  const today = new Date().toISOString().slice(0, 10);
  return {
    id: 'hall',
    name: scene === 'markup' ? { en: '<img src=x onerror=alert(1)>' } : { zh: '主会场', en: 'Main hall', fr: 'Grande salle', es: 'Sala principal', ru: 'Главный зал', ar: 'القاعة الرئيسية' },
    closed: scene === 'closed',
    event: { id: 'chengdu-2025', name: { zh: '2025世界文化产业大会', en: '2025 World Conference on Cultural Industry' }, place: { zh: '成都', en: 'Chengdu' }, timezone: 'UTC' },
    revision: 1, epoch: 1, frame_ms: 20, emergency: scene === 'emergency' || scene === 'words', emergency_text: scene === 'words' ? { zh: '请从最近的出口离开。', en: 'Please leave by the nearest exit.' } : {}, auto_relay: 0,
    floor: { mode: 'switched', language: 'zh-CN', inputs: [{ id: 'main', name: { en: 'Lectern' }, link: 'up', active: true }, { id: 'backup', name: { en: 'Backup' }, link: 'down', active: false }] },
    channels,
    booths: BOOTHS.map(([id, languages]) => ({ id, outputs: languages.map((language, index) => ({ key: index ? 'B' : 'A', channel: number(language), language })), handover: { state: 'idle', from: '', to: '', ends_us: 0, ended: '' }, turn: { desk: '', since_us: 0, colour: 'none' } })),
    desks: fakeDesks(),
    programme: [
      { starts: `${today}T00:00`, ends: `${today}T23:58`, title: { zh: '专家论坛：文化引领城市活力与创新', en: 'Expert forum: culture leadership in urban vitality and innovation' }, speaker: 'Prof. Wang Jun', language: 'zh-CN' },
      { starts: `${today}T23:59`, ends: `${today}T23:59`, title: { en: 'Signing ceremony' }, speaker: '', language: 'zh-CN' },
    ],
  };
}

class FakeSession implements Session {
  room: Room | null = null;
  joined: Joined | null = null;
  private readonly handlers: Handlers = {};
  private readonly scene = new URLSearchParams(location.search).get('fake') ?? '';
  private channel: Audible | null = null;
  private audio = false;
  private heard: Label | null = null;
  private beat = 0;

  on<K extends keyof SessionEvents>(event: K, handler: (value: SessionEvents[K]) => void): () => void {
    const set: Set<(value: SessionEvents[K]) => void> = (this.handlers[event] ??= new Set() as NonNullable<Handlers[K]>) as Set<(value: SessionEvents[K]) => void>;
    set.add(handler);
    return () => void set.delete(handler);
  }

  start(): void {
    this.emit('line', { state: 'connecting' });
    window.setTimeout(() => this.open(), this.scene === 'slow' ? 3000 : 60);
  }

  close(): void {}

  startAudio(): Promise<void> {
    if (this.scene === 'deaf') return Promise.reject(new Error('no sound'));
    this.audio = true;
    return Promise.resolve();
  }

  stopAudio(): void {
    this.audio = false;
    this.emit('playing', { on: false, channel: this.channel ?? 0, peak_db: -100 });
  }

  setVolume(): void {}
  prefetch(): void {}

  async listen(channel: Audible): Promise<void> {
    await new Promise((done) => window.setTimeout(done, 40));
    this.channel = channel;
    this.heard = null;
    this.hear();
  }

  unlisten(): void {
    this.channel = null;
  }

  openMicrophone(): Promise<Microphone> {
    return Promise.resolve({ label: 'Fake microphone', deviceId: 'fake', rate: 48000 });
  }

  closeMicrophone(): void {}
  publish(source: string): void {
    this.emit('uplink', { state: 'open', source, sent: 0 });
  }
  unpublish(): void {
    this.emit('uplink', { state: 'closed' });
  }
  setMic(): void {}
  setOutput(): void {}
  setInput(): void {}
  operate(): void {}
  handover(): void {}
  setTrueFloor(): void {}
  setSpeakToFloor(): void {}
  signal(): void {}
  chat(): void {}
  setMediaInfo(): void {}
  tap(): void {}
  setHeadphones(): Promise<void> {
    return Promise.resolve();
  }
  setTone(): void {}

  /** The bed is seen on <html>, for tests: its channel and its volume. */
  setBed(channel: Audible | null): void {
    document.documentElement.dataset['bed'] = String(channel);
  }
  setBedVolume(volume: number): void {
    document.documentElement.dataset['bedVolume'] = volume.toFixed(2);
  }

  private emit<K extends keyof SessionEvents>(event: K, value: SessionEvents[K]): void {
    for (const handler of (this.handlers[event] ?? []) as Iterable<(value: SessionEvents[K]) => void>) handler(value);
  }

  private open(): void {
    if (this.scene === 'refused')
      return this.emit('line', { state: 'refused', error: { type: 'error', code: 'ticket_needed', message: 'This room is closed.', about: 'join' } });
    const line: Line = this.scene === 'waiting' ? { state: 'waiting', retry_in_ms: 1800, attempt: 2 } : { state: 'open', rtt_ms: 3 };
    this.room = fakeRoom(this.scene);
    const role = location.pathname.startsWith('/av') ? 'av' : location.pathname.startsWith('/booth') ? 'interpreter' : 'listener';
    this.joined = { type: 'joined', session: 'fake', role, can: ['listen', 'publish', 'mic', 'monitor'], booth: 'zh-en', desk: 1, server_us: 0, room: this.room, resume: '' };
    this.emit('line', line);
    this.emit('joined', this.joined);
    this.emit('room', this.room);
    window.setInterval(() => this.tick(), 100);
    if (!['still', 'words', 'line_up', 'music'].includes(this.scene)) window.setInterval(() => this.flip(), FLIP_MS);
  }

  /** Another language is spoken on the floor. */
  private flip(): void {
    if (!this.room) return;
    const spoken = this.room.floor.language === 'zh-CN' ? 'en-GB' : 'zh-CN';
    this.room = { ...this.room, revision: this.room.revision + 1, floor: { ...this.room.floor, language: spoken }, channels: fakeChannels(spoken, this.scene) };
    this.emit('room', this.room);
    this.hear();
  }

  private hear(): void {
    const label = this.room?.channels.find((one) => one.number === this.channel)?.label;
    if (this.channel === null || !label || label === this.heard) return;
    this.heard = label;
    this.emit('heard', { channel: this.channel, label });
  }

  private tick(): void {
    this.beat += 5;
    const peak_db = this.scene === 'still' ? -12 : -9 - 14 * Math.abs(Math.sin(this.beat / 11)) - 6 * Math.random();
    if (this.audio && this.channel !== null) this.emit('playing', { on: true, channel: this.channel, peak_db });
    if (this.audio && this.channel !== null && this.beat % 50 === 0)
      this.emit('stats', { channel: this.channel, rendition: 'standard', delay_ms: 118 + (this.beat % 7), buffer_ms: 62, jitter_ms: 4, played: this.beat, late: 0, concealed: 0, skipped_ms: 0, decoder: 'webcodecs' });
    if (this.joined?.role !== 'listener') this.emit('levels', this.levels(peak_db));
  }

  private levels(peak_db: number): Levels {
    const source = (name: string) => ({ source: name, peak_db, loudness: peak_db - 11, link: 'up' as const, buffer_ms: 40, drift_ppm: 12, received: this.beat, lost: 0, late: 0 });
    const channels = (this.room?.channels ?? []).map(({ number }) => ({ channel: number, peak_db: peak_db - number, loudness: -24, listeners: 40 * number, late: 0, concealed: number, skipped: 0 }));
    return { type: 'levels', seq: this.beat, sources: [source('floor/main'), source('desk/zh-en/1')], channels };
  }
}

export function createSession(_options: SessionOptions): Session {
  return new FakeSession();
}

/** The answer of GET /api/rooms for the first page. */
export function fakeRoomList(): object {
  const hall = fakeRoom('');
  const room = (id: string, name: object, closed: boolean, channels: Channel[], programme: object[] = []) => ({ id, name, closed, channels, programme });
  return {
    event: hall.event,
    rooms: [
      room('hall', hall.name, false, hall.channels, hall.programme),
      room('visit', { zh: '实地考察', en: 'Site visit' }, false, hall.channels.slice(0, 3)),
      room('dinner', { zh: '欢迎晚宴', en: 'Welcome dinner' }, false, hall.channels.slice(0, 3)),
      room('talks', { zh: '一对一洽谈', en: 'One-on-one talks' }, true, []),
    ],
  };
}
