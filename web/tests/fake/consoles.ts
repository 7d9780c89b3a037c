// A scripted room for the consoles: the hall of the demo with its desks, and a session that answers as the server would, so that pages
// can be looked at and driven in a browser without one. The rules are the plan's in small: holders, floor-fill, first holds.
//
// The page under test gets `createSession`; a test reaches the same room through `window.fake`.

import { eventTime } from '../../src/lib/programme.js';
import { ticketIn } from '../../src/page/entry/ticket.js';
import type { Audible, Booth, Channel, Desk, ErrorMessage, Handover, Joined, Label, Levels, Mic, Role, Room } from '../../src/lib/protocol.js';
import type { Microphone, MicrophoneOptions, Session, SessionEvents, SessionOptions, Uplink } from '../../src/lib/session.js';

const LANGUAGES: readonly [string, string][] = [
  ['zh-CN', '中文'],
  ['en-GB', 'English'],
  ['fr-FR', 'Français'],
  ['es-ES', 'Español'],
  ['ru-RU', 'Русский'],
  ['it-IT', 'Italiano'],
];
const BOOTHS: readonly [string, number[]][] = [
  ['zh-en', [2, 1]],
  ['fr', [3, 2]],
  ['es', [4, 2]],
  ['ru', [5, 2]],
  ['it', [6, 2]],
];
const PEOPLE: Record<string, string> = {
  'zh-en/1': 'Wang Li',
  'zh-en/2': 'Helen Carter',
  'fr/1': 'Camille Roux',
  'es/1': 'Lucía Ortega',
  'ru/1': 'Анна Соколова',
  'it/1': 'Giulia Conti',
};

function channelOf(number: number, language: string, name: string): Channel {
  return {
    number,
    language,
    name,
    label: 'original',
    state: 'floor',
    carries: 'zh-CN',
    depth: 0,
    fill: true,
    holders: [],
    renditions: ['standard', 'high'],
    interlock: 'interlock',
    uninterpreted: false,
    line_up: false,
    break_music: false,
  };
}

function deskOf(booth: string, desk: number): Desk {
  const id = `${booth}/${desk}`;
  const name = PEOPLE[id] ?? '';
  return {
    id,
    booth,
    desk,
    seated: name !== '',
    name,
    mic: 'off',
    on_air: false,
    engaged: false,
    link: name ? 'up' : 'down',
    output: 'A',
    input: 0,
    hears: 0,
    quality: 'original',
    holder: '',
    auto_relay: false,
    true_floor: false,
    relay_lost: false,
    overlap: false,
    wrong_direction: false,
    cut: false,
    cough_long: false,
    to_floor: false,
  };
}

const IDLE: Handover = { state: 'idle', from: '', to: '', ends_us: 0, ended: '' };
/** The clock of the scripted server: it is not the page's. */
const SERVER_US = 5e9;
const serverUs = (): number => Math.round(performance.now() * 1000 + SERVER_US);

/** The main hall: two inputs, six channels, five booths of two desks; nobody speaks. */
export function hall(): Room {
  const today = eventTime(new Date(), 'Asia/Shanghai').slice(0, 10);
  return {
    id: 'hall',
    name: { zh: '主会场', en: 'Main hall' },
    closed: false,
    event: {
      id: 'chengdu-2025',
      name: { zh: '2025 世界文化产业大会', en: '2025 World Conference on Cultural Industry' },
      place: { zh: '成都', en: 'Chengdu' },
      timezone: 'Asia/Shanghai',
    },
    revision: 1,
    epoch: 1,
    frame_ms: 20,
    emergency: false,
    auto_relay: 0,
    break_music: true,
    emergency_offer: { zh: '请从最近的出口离开。', en: 'Please leave by the nearest exit.' },
    floor: {
      mode: 'switched',
      language: 'zh-CN',
      from: 'set',
      inputs: [
        { id: 'main', name: { zh: '主路', en: 'Main' }, link: 'up', active: true },
        { id: 'backup', name: { zh: '备路', en: 'Backup' }, link: 'down', active: false },
      ],
    },
    channels: [channelOf(0, 'zh-CN', 'Floor'), ...LANGUAGES.map(([language, name], index) => channelOf(index + 1, language, name))],
    booths: BOOTHS.map(([id, channels]) => ({
      id,
      outputs: channels.map((channel, index) => ({
        key: index === 0 ? 'A' : 'B',
        channel,
        language: LANGUAGES[channel - 1]?.[0] ?? '',
      })),
      handover: { ...IDLE },
      turn: { desk: '', since_us: 0, colour: 'none' },
    })),
    desks: BOOTHS.flatMap(([id]) => [deskOf(id, 1), deskOf(id, 2)]),
    programme: [
      {
        starts: '2000-01-01T00:00', // runs for ever
        ends: `${today}T23:58`,
        title: { zh: '开幕式', en: 'Opening ceremony' },
        speaker: 'Chen Hao',
        language: 'zh-CN',
      },
      {
        starts: `${today}T23:59`,
        ends: `${today}T23:59`,
        title: { zh: '专家论坛：文化引领城市活力与创新', en: 'Expert forum: Culture leadership in urban vitality and innovation' },
        speaker: 'Dr Amara Okafor',
        language: 'en-GB',
      },
    ],
  };
}

/** A `levels` message in which nothing sounds. */
export function quietLevels(room: Room): Levels {
  const source = (id: string, link: Desk['link']): Levels['sources'][number] => ({
    source: id,
    peak_db: -100,
    loudness: -70,
    link,
    buffer_ms: 40,
    drift_ppm: 0,
    received: 0,
    lost: 0,
    late: 0,
  });
  return {
    type: 'levels',
    seq: 0,
    sources: [
      ...room.floor.inputs.map((each) => source(`floor/${each.id}`, each.link)),
      ...room.desks.filter((each) => each.link !== 'down').map((each) => source(`desk/${each.id}`, each.link)),
    ],
    channels: room.channels.map((each) => ({
      channel: each.number,
      peak_db: -100,
      loudness: -70,
      listeners: 0,
      late: 0,
      concealed: 0,
      skipped: 0,
    })),
  };
}

/** Who holds what, what each channel carries, whose lamp is on: from keys alone. */
export function replan(room: Room): void {
  for (const desk of room.desks) {
    desk.engaged = false;
    desk.on_air = false;
  }
  for (const channel of room.channels.slice(1)) {
    const wants = room.desks.filter(
      (each) => each.mic !== 'off' && each.link !== 'lost' && outputOf(room, each) === channel.number,
    );
    const before = wants.filter((each) => channel.holders.includes(each.id));
    const holds = (before.length > 0 ? before : wants).filter((each, _, all) => each.booth === all[0]?.booth);
    channel.holders = holds.map((each) => each.id);
    for (const desk of wants) desk.engaged = !holds.includes(desk);
    for (const desk of holds) desk.on_air = desk.mic === 'on' && !room.emergency && !channel.line_up;
    const relay = holds.some((each) => each.input !== 0 && (room.channels[each.input]?.holders.length ?? 0) > 0);
    delete channel.bed;
    const made = { state: 'silent', label: 'silent', depth: 0, carries: '' };
    if (room.emergency) Object.assign(channel, { state: 'emergency', label: 'emergency', depth: 0, carries: '' });
    else if (channel.line_up) Object.assign(channel, made, { bed: 'line_up', holders: [] });
    else if (holds.length > 0)
      Object.assign(channel, { state: 'held', label: relay ? 'relay' : 'direct', depth: relay ? 2 : 1, carries: channel.language });
    else if (channel.break_music) Object.assign(channel, made, { bed: 'music' });
    else if (channel.fill) Object.assign(channel, { state: 'floor', label: 'original', depth: 0, carries: room.floor.language });
    else Object.assign(channel, { state: 'silent', label: 'silent', depth: 0, carries: '' });
  }
  const floor = room.channels[0];
  if (floor) {
    const bed = room.emergency ? undefined : floor.line_up ? 'line_up' : floor.break_music ? 'music' : undefined;
    const label = room.emergency ? 'emergency' : bed ? 'silent' : 'original';
    Object.assign(floor, { language: room.floor.language, carries: bed ? '' : room.floor.language, bed, label, state: bed ? 'silent' : 'floor' });
  }
  for (const desk of room.desks) deskView(room, desk);
}

/** What a desk hears, and the lamps that follow from it. */
function deskView(room: Room, desk: Desk): void {
  const own = outputOf(room, desk);
  const pivot = desk.input === 0 && !desk.true_floor && own !== room.auto_relay ? room.auto_relay : 0;
  const wish = desk.input || pivot;
  const held = room.channels[wish]?.state === 'held';
  desk.relay_lost = wish !== 0 && wish === own;
  desk.hears = held && !desk.relay_lost ? wish : 0;
  desk.quality = room.channels[desk.hears]?.label ?? 'original';
  desk.auto_relay = desk.input === 0 && desk.hears !== 0;
  desk.holder = room.channels[own]?.holders[0] ?? '';
  desk.wrong_direction = desk.mic === 'on' && !desk.to_floor && room.channels[own]?.language === room.floor.language;
}

function outputOf(room: Room, desk: Desk): number {
  return room.booths.find((each) => each.id === desk.booth)?.outputs.find((each) => each.key === desk.output)?.channel ?? -1;
}

type Handlers = { [K in keyof SessionEvents]?: Set<(value: SessionEvents[K]) => void> };

/** In the place of session/create-session.ts: who one is stands in the ticket. */
export function createSession(options: SessionOptions): Session {
  const ticket = ticketIn(options.ticket ?? '');
  const session = new FakeSession(options, ticket?.role || 'listener', { booth: ticket?.booth ?? '', desk: ticket?.desk ?? 0 });
  Object.assign(window, { fake: session });
  return session;
}

export class FakeSession implements Session {
  joined: Joined | null = null;
  room: Room | null = null;
  /** How long an answer takes. */
  answerMs = 60;
  microphoneDb = -14;
  /** What may not be listened to. */
  forbidden: Audible | null = null;
  readonly asked: string[] = [];
  private readonly handlers: Handlers = {};
  private readonly timers: number[] = [];
  private hears: Audible = -1;
  private label: Label | null = null;
  private sends: Uplink = { state: 'closed' };
  private open = false;

  constructor(
    readonly options: SessionOptions,
    private readonly role: Role,
    private readonly seat: { booth: string; desk: number },
  ) {}

  on<K extends keyof SessionEvents>(event: K, handler: (value: SessionEvents[K]) => void): () => void {
    const all = (this.handlers[event] ??= new Set() as never) as Set<(value: SessionEvents[K]) => void>;
    all.add(handler);
    return () => all.delete(handler);
  }

  emit<K extends keyof SessionEvents>(event: K, value: SessionEvents[K]): void {
    this.handlers[event]?.forEach((handler) => handler(value));
  }

  start(): void {
    this.emit('line', { state: 'connecting' });
    this.later(() => this.join());
    this.timers.push(
      window.setInterval(() => this.tick(), 100),
      window.setInterval(() => this.second(), 1000),
    );
    this.timers.push(window.setInterval(() => this.open && this.emit('microphone', { peak_db: wobble(this.microphoneDb) }), 50));
  }

  close(): void {
    this.timers.forEach((each) => window.clearInterval(each));
  }

  /** What changes in the room, by the script or by a key; told to the page as the engine tells it. */
  change(edit: (room: Room) => void): void {
    if (!this.room) return;
    const room = structuredClone(this.room);
    edit(room);
    replan(room);
    for (const booth of room.booths) turns(room, booth);
    room.revision += 1;
    this.room = room;
    this.emit('room', room);
    this.hear();
  }

  /** The label of the channel that is heard, when it has changed. */
  private hear(): void {
    const label = typeof this.hears === 'string' ? 'original' : this.room?.channels[this.hears]?.label;
    if (this.hears === -1 || !label || label === this.label) return;
    this.label = label;
    this.emit('heard', { channel: this.hears, label });
  }

  dropLine(): void {
    this.emit('line', { state: 'waiting', retry_in_ms: 2000, attempt: 1 });
    if (this.sends.state === 'open') this.uplink({ state: 'interrupted', source: this.sends.source });
  }

  /** The server is there again; the desk that was ON comes back as `mic`. */
  restoreLine(mic: Mic): void {
    this.emit('line', { state: 'open', rtt_ms: 21 });
    if (this.joined) this.emit('joined', this.joined);
    this.change((room) => (this.own(room).mic = mic));
    if (this.sends.state === 'interrupted') this.uplink({ state: 'open', source: this.sends.source, sent: 1 });
  }

  complain(code: string, message: string, about: string): void {
    const error: ErrorMessage = { type: 'error', code, message, about };
    this.emit('error', error);
  }

  startAudio(): Promise<void> {
    return Promise.resolve();
  }
  stopAudio(): void {
    this.hears = -1;
    this.label = null;
    this.emit('playing', { on: false, channel: -1, peak_db: -100 });
  }
  setVolume(volume: number): void {
    this.asked.push(`volume ${volume.toFixed(2)}`);
  }
  listen(what: Audible, rendition = 'standard'): Promise<void> {
    this.asked.push(`listen ${what} ${rendition}`);
    if (what === this.forbidden) {
      this.complain('not_allowed', 'Not you.', 'listen');
      return Promise.reject(new Error('Not you.'));
    }
    if (what !== this.hears) this.label = null;
    this.hears = what;
    this.hear();
    return Promise.resolve();
  }
  prefetch(): void {}
  setMediaInfo(): void {}
  tap(): void {}
  unlisten(): void {
    this.asked.push('unlisten');
    this.hears = -1;
    this.label = null;
    this.emit('playing', { on: false, channel: -1, peak_db: -100 });
  }

  openMicrophone(options: MicrophoneOptions = {}): Promise<Microphone> {
    this.asked.push(`microphone ${JSON.stringify(options)}`);
    this.open = true;
    return Promise.resolve({ label: 'Booth microphone (USB)', deviceId: options.deviceId ?? 'default', rate: 48000 });
  }
  closeMicrophone(): void {
    this.open = false;
  }
  publish(source: string): void {
    this.asked.push(`publish ${source}`);
    this.uplink({ state: 'opening', source });
    this.later(() => {
      this.uplink({ state: 'open', source, sent: 1 });
      this.change((room) => this.link(room, source, 'up'));
    });
  }
  unpublish(): void {
    this.asked.push('unpublish');
    if (this.sends.state !== 'closed')
      this.change((room) => this.link(room, 'source' in this.sends ? this.sends.source : '', 'down'));
    this.uplink({ state: 'closed' });
  }

  setMic(state: Mic): void {
    this.asked.push(`mic ${state}`);
    this.answer((room) => Object.assign(this.own(room), { mic: state, cut: false }));
  }
  handover(action: string): void {
    this.asked.push(`handover ${action}`);
    this.answer((room) => press(room, this.own(room), action));
  }
  /** What the boothmate does: the same keys at the other desk. */
  mate(action: string): void {
    this.change((room) => press(room, this.partner(room), action));
  }
  setTrueFloor(on: boolean): void {
    this.asked.push(`true_floor ${on}`);
    this.answer((room) => (this.own(room).true_floor = on));
  }
  setSpeakToFloor(on: boolean): void {
    this.asked.push(`to_floor ${on}`);
    this.answer((room) => (this.own(room).to_floor = on));
  }
  signal(what: 'slow_down' | 'technician'): void {
    this.asked.push(`signal ${what}`);
  }
  /** The sender gets it too. */
  chat(to: string, text: string): void {
    this.asked.push(`chat ${to} ${text}`);
    const from = this.role === 'av' ? 'av' : `${this.seat.booth}/${this.seat.desk}`;
    this.later(() => this.say(from, this.options.name ?? '', to, text));
  }
  say(from: string, name: string, to: string, text: string): void {
    this.emit('chat', { type: 'chat', from, name, to, text, at_us: serverUs() });
  }
  call(what: 'slow_down' | 'technician', from = ''): void {
    this.emit('signal', { type: 'signal', what, from, at_us: serverUs() });
  }
  setHeadphones(): Promise<void> {
    return Promise.resolve();
  }
  setBed(what: Audible | null): void {
    this.asked.push(`bed ${what}`);
  }
  setBedVolume(volume: number): void {
    this.asked.push(`bed_volume ${volume.toFixed(2)}`);
  }
  setTone(tone: { bass_db: number; treble_db: number }): void {
    this.asked.push(`tone ${tone.bass_db} ${tone.treble_db}`);
  }
  setOutput(key: 'A' | 'B' | 'C'): void {
    this.asked.push(`output ${key}`);
    this.answer((room) => (this.own(room).output = key));
  }
  setInput(channel: number): void {
    this.asked.push(`input ${channel}`);
    this.answer((room) => (this.own(room).input = channel));
  }
  operate(action: string, arguments_: Record<string, unknown> = {}): void {
    this.asked.push(`operate ${action} ${JSON.stringify(arguments_)}`);
    this.answer((room) => operate(room, action, arguments_));
  }

  private join(): void {
    const room = hall();
    const own = room.desks.find((each) => each.booth === this.seat.booth && each.desk === this.seat.desk);
    if (own) Object.assign(own, { seated: true, name: this.options.name || own.name, link: 'up' });
    for (const id of ['fr/1', 'es/1', 'ru/1', 'it/1'])
      Object.assign(room.desks.find((each) => each.id === id) ?? {}, { mic: 'on' });
    if (this.role === 'av') Object.assign(room.desks.find((each) => each.id === 'zh-en/1') ?? {}, { mic: 'on' });
    if (this.role === 'speaker') for (const input of room.floor.inputs) input.link = 'down';
    replan(room);
    for (const booth of room.booths) turns(room, booth);
    this.room = room;
    this.joined = {
      type: 'joined',
      session: 's1',
      role: this.role,
      can: CAN[this.role] ?? [],
      ...this.seat,
      server_us: serverUs(),
      room,
      resume: 'r',
      ...(location.pathname === '/talk' && { talk: { input: 'backup', channels: [2], others: ['floor/main'] } }),
    };
    this.emit('line', { state: 'open', rtt_ms: 23 });
    this.emit('joined', this.joined);
    this.emit('room', room);
  }

  private tick(): void {
    if (!this.room) return;
    if (this.hears !== -1) this.emit('playing', { on: true, channel: this.hears, peak_db: wobble(-15) });
    if (this.role === 'av') this.emit('levels', livelyLevels(this.room));
  }

  private second(): void {
    if (this.hears === -1) return;
    this.emit('stats', {
      channel: this.hears,
      rendition: 'standard', delay_ms: 84,
      buffer_ms: 42,
      jitter_ms: 3,
      played: 50,
      late: 0,
      concealed: 0,
      skipped_ms: 0,
      decoder: 'webcodecs',
    });
  }

  private link(room: Room, source: string, link: Desk['link']): void {
    if (source === 'desk') this.own(room).link = link;
    const input = room.floor.inputs.find((each) => `floor/${each.id}` === source);
    if (input) input.link = link;
  }

  private own(room: Room): Desk {
    const desk = room.desks.find((each) => each.booth === this.seat.booth && each.desk === this.seat.desk);
    return desk ?? deskOf('nobody', 0);
  }

  private partner(room: Room): Desk {
    const desk = room.desks.find((each) => each.booth === this.seat.booth && each.desk !== this.seat.desk);
    return desk ?? deskOf('nobody', 0);
  }

  private uplink(uplink: Uplink): void {
    this.sends = uplink;
    this.emit('uplink', uplink);
  }

  private answer(edit: (room: Room) => void): void {
    this.later(() => this.change(edit));
  }

  private later(run: () => void): void {
    window.setTimeout(run, this.answerMs);
  }
}

/** A key of a handover, by the rules in small. */
function press(room: Room, desk: Desk, action: string): void {
  const booth = room.booths.find((each) => each.id === desk.booth);
  if (!booth) return;
  const { handover } = booth;
  const speaker = room.desks.find((each) => each.booth === desk.booth && each.id !== desk.id && each.mic !== 'off');
  const begin = (state: Handover['state'], from: string, to: string, us: number): void => {
    booth.handover = { state, from, to, ends_us: serverUs() + us, ended: '' };
  };
  if (action === 'offer') begin('offered', desk.id, '', 60e6);
  if (action === 'request') begin('requested', speaker?.id ?? '', desk.id, 60e6);
  if (action === 'take') begin('taking', speaker?.id ?? '', desk.id, 3e6);
  if (action === 'decline') booth.handover = { ...IDLE, ended: 'declined' };
  if (action === 'cancel') booth.handover = { ...IDLE, ended: 'cancelled' };
  if (action === 'accept') hand(room, booth, handover.from, handover.to || desk.id);
}

export function hand(room: Room, booth: Booth, from: string, to: string): void {
  for (const each of room.desks) if (each.id === from || each.id === to) each.mic = each.id === to ? 'on' : 'off';
  booth.handover = { ...IDLE, ended: 'switched' };
}

/** Whose turn it is follows the keys. */
function turns(room: Room, booth: Booth): void {
  const speaker = room.desks.find((each) => each.booth === booth.id && each.mic !== 'off');
  if (speaker && speaker.id !== booth.turn.desk) booth.turn = { desk: speaker.id, since_us: serverUs(), colour: 'green' };
}

const CAN: Partial<Record<Role, string[]>> = {
  interpreter: ['listen', 'publish', 'mic', 'output', 'input', 'handover', 'signal', 'chat'],
  speaker: ['listen', 'publish'],
  av: ['listen', 'monitor', 'operate', 'chat'],
  organiser: ['listen', 'monitor'],
};

function operate(room: Room, action: string, given: Record<string, unknown>): void {
  const channel = room.channels.find((each) => each.number === given['channel']);
  const on = given['on'] === true;
  const all = room.channels.filter((each) => each === channel || (given['channel'] === 'all' && (action === 'line_up' || !on || each.number > 0)));
  if (action === 'line_up') for (const each of all) each.line_up = on;
  if (action === 'break_music') for (const each of all) each.break_music = on;
  if (action === 'interlock' && channel) channel.interlock = given['mode'] as Channel['interlock'];
  if (action === 'auto_relay') room.auto_relay = Number(given['channel']);
  if (action === 'fill' && channel) channel.fill = given['on'] === true;
  if (action === 'floor_language')
    Object.assign(room.floor, given['language'] ? { language: given['language'], from: 'set' } : { language: 'zh-CN', from: 'programme' });
  if (action === 'emergency') Object.assign(room, { emergency: on, emergency_text: (on && given['text']) || {} });
  if (action === 'input') for (const each of room.floor.inputs) each.active = each.id === given['input'];
  if (action === 'mic_off') for (const each of room.desks) if (each.id === given['desk']) Object.assign(each, { mic: 'off', cut: true });
}

function wobble(db: number): number {
  return db < -60 ? db : db - Math.random() * 9;
}

function livelyLevels(room: Room): Levels {
  const levels = quietLevels(room);
  for (const [index, each] of levels.sources.entries()) {
    if (each.link !== 'up') continue;
    Object.assign(each, {
      peak_db: wobble(-8),
      loudness: wobble(-22),
      drift_ppm: index * 7 - 12,
      received: 90_000 + index,
      lost: index === 2 ? 4 : 0,
    });
  }
  for (const each of levels.channels) {
    const state = room.channels[each.channel]?.state;
    Object.assign(each, {
      peak_db: state === 'silent' ? -100 : wobble(-9),
      loudness: state === 'silent' ? -70 : wobble(-23),
      listeners: (each.channel * 37) % 90,
    });
  }
  return levels;
}
