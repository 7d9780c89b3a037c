// The AV view of a room: alarms, what concerns the floor, calls, booths and messages, channels, sources. The server sends `levels` ten times a second: they
// move transforms only; figures are written once a second, and nothing at all while the page is not seen.

import { nameOf, t } from '../../lib/i18n.js';
import type { Audible, Bed, Joined, Levels, Room } from '../../lib/protocol.js';
import type { Line, Session } from '../../lib/session.js';
import { ChatPart } from '../room/chat-part.js';
import { ServerTime } from '../../lib/server-time.js';
import { Wish } from '../../lib/requested-state.js';
import { clockTime } from '../../lib/event-clock.js';
import { el, setText } from '../kit/dom.js';
import { EmergencyBanner } from '../room/emergency-banner.js';
import { errorText } from '../room/error-text.js';
import { languageMenu } from '../kit/language-menu.js';
import { LineState } from '../room/line-state.js';
import { AlarmBoard } from './alarms.js';
import { AlarmsPart } from './alarms-part.js';
import { BoothsPart } from './booths-part.js';
import { CallBoard } from './calls.js';
import { CallsPart } from './calls-part.js';
import { ChannelsTable } from './channels-table.js';
import { FloorPart, setLanguage } from './floor-part.js';
import { SourcesTable, sourcesOf } from './sources-table.js';

const TOLD_FOR_MS = 8000;
const ACTIONS: Record<Bed, string> = { line_up: 'line_up', music: 'break_music' };

export class AvPage {
  readonly element: HTMLElement;
  private readonly where = el('h1', { class: 'av-top__where' });
  private readonly total = el('p', { class: 'av-top__total figures' });
  private readonly clock = el('time', { class: 'av-top__clock figures', dir: 'ltr' });
  private readonly line = new LineState(true);
  private readonly answer = el('p', { class: 'av-answer', role: 'alert' });
  private readonly emergency = new EmergencyBanner();
  private readonly alarms = new AlarmsPart();
  private readonly floor: FloorPart;
  private readonly channels: ChannelsTable;
  private readonly sources: SourcesTable;
  private readonly board = new AlarmBoard();
  private readonly callBoard = new CallBoard();
  private readonly calls = new CallsPart((id) => this.seen(id));
  private readonly booths = new BoothsPart();
  private readonly chat: ChatPart;
  private readonly time = new ServerTime();
  private readonly fills = new Map<number, Wish<boolean>>();
  private readonly language = new Wish<string>();
  private readonly relay = new Wish<number>();
  private lineNow: Line = { state: 'connecting' };
  private levels: Levels | null = null;
  private heard: Audible | null = null;
  private audio: Promise<void> | null = null;
  private answerTimer = 0;

  constructor(private readonly session: Session) {
    this.floor = new FloorPart({
      language: (tag) => this.ask(this.language, tag, () => session.operate('floor_language', { language: tag })),
      autoRelay: (channel) => this.ask(this.relay, channel, () => session.operate('auto_relay', { channel })),
      emergency: (announcement) => session.operate('emergency', { ...announcement }),
      made: (bed, on) => session.operate(ACTIONS[bed], { channel: 'all', on }),
      volume: (volume) => session.setVolume(volume),
    });
    this.channels = new ChannelsTable({
      listen: (channel) => void this.listen(channel),
      fill: (channel, on) => this.ask(this.fillOf(channel), on, () => session.operate('fill', { channel, on })),
      interlock: (channel, mode) => session.operate('interlock', { channel, mode }),
      made: (channel, bed, on) => session.operate(ACTIONS[bed], { channel, on }),
    });
    this.sources = new SourcesTable({
      listen: (source) => void this.listen(source),
      take: (input) => session.operate('input', { input }),
      cut: (desk) => session.operate('mic_off', { desk }),
    });
    this.chat = new ChatPart(session, { own: 'av', leaves: false });
    this.element = this.layout();
    this.connect();
  }

  show(): void {
    const { room, joined } = this.session;
    this.line.show(this.lineNow);
    this.element.dataset['line'] = this.lineNow.state;
    if (!room) return;
    const operate = mayOperate(joined) && this.lineNow.state === 'open';
    this.element.dataset['operate'] = String(mayOperate(joined));
    setText(this.where, `${nameOf(room.name).text} · ${nameOf(room.event.name).text}`);
    this.emergency.show(room.emergency, room.emergency_text);
    this.language.truth(setLanguage(room.floor));
    this.relay.truth(room.auto_relay);
    for (const channel of room.channels) this.fills.get(channel.number)?.truth(channel.fill);
    this.floor.show(room, operate, { language: this.language.pending !== null, relay: this.relay.pending !== null });
    this.calls.show(this.callBoard.list(), room);
    this.booths.show(room, this.time.nowUs(performance.now()));
    this.showChat(room);
    this.channels.show(
      room.channels.map((channel) => ({
        channel,
        room,
        heard: this.heard === channel.number,
        asked: (this.fills.get(channel.number)?.pending ?? null) !== null,
        operate,
      })),
    );
    this.sources.show(sourcesOf(room, this.heard, operate));
  }

  private layout(): HTMLElement {
    const top = el('header', { class: 'av-top' }, this.where, this.total, this.clock, this.line.element, languageMenu());
    return el(
      'main',
      { class: 'av' },
      top,
      this.emergency.element,
      this.alarms.element,
      this.floor.element,
      this.answer,
      el('div', { class: 'av-people' }, this.calls.element, this.booths.element, this.chat.element),
      this.channels.element,
      this.sources.element,
    );
  }

  private connect(): void {
    const { session } = this;
    session.on('line', (line) => {
      this.lineNow = line;
      if (line.state !== 'open') this.forget();
      this.show();
    });
    session.on('room', () => this.show());
    session.on('joined', ({ server_us }) => {
      this.time.reset();
      this.time.seen(server_us, performance.now());
    });
    session.on('signal', (signal) => {
      this.callBoard.take(signal, Date.now());
      this.show();
    });
    session.on('levels', (levels) => this.take(levels));
    session.on('error', (error) => this.tell(t('consoles.not_possible', { message: errorText(error) })));
    window.setInterval(() => this.second(), 1000);
  }

  private seen(call: string): void {
    this.callBoard.seen(call);
    this.show();
  }

  /** One thread for each desk. */
  private showChat(room: Room): void {
    const may = this.session.joined?.can.includes('chat') ?? false;
    this.chat.element.hidden = !may;
    const threads = room.desks.map(({ id, name }) => ({ id, name: name ? `${id} ${name}` : id }));
    this.chat.show(threads, may && this.lineNow.state === 'open', room.event.timezone);
  }

  private take(levels: Levels): void {
    this.levels = levels;
    this.board.take(levels, performance.now());
    if (document.hidden) return;
    this.channels.take(levels);
    this.sources.take(levels);
  }

  private second(): void {
    const { room } = this.session;
    const now = performance.now();
    if (!room) return;
    const alarms = this.lineNow.state === 'open' ? this.board.alarms(room, now) : this.board.lineDown(now);
    document.title = `${alarms.length > 0 ? `(${alarms.length}) ` : ''}${t('av.title')} · ${nameOf(room.name).text}`;
    if (document.hidden) return;
    this.alarms.show(alarms, room, now);
    this.channels.write();
    this.sources.write();
    setText(this.clock, clockTime(new Date(), room.event.timezone));
    setText(
      this.total,
      t('av.totals', { count: (this.levels?.channels ?? []).reduce((sum, each) => sum + each.listeners, 0) }),
    );
    if ([this.language, this.relay, ...this.fills.values()].map((wish) => wish.expired(now)).includes(true))
      this.tell(t('consoles.no_answer'));
    this.show();
  }

  /** The first one, in the tap, starts the sound; the one that is heard already ends it. */
  private async listen(what: Audible): Promise<void> {
    const off = this.heard === what;
    this.heard = off ? null : what;
    this.show();
    if (off) return this.session.unlisten();
    try {
      await (this.audio ??= this.session.startAudio());
    } catch (error) {
      this.audio = null;
      this.tell(t('consoles.not_possible', { message: error instanceof Error ? error.message : String(error) }));
      return this.hearNothing(what);
    }
    await this.session.listen(what).catch(() => this.hearNothing(what)); // why was told as an `error`
  }

  /** Unless another one was chosen meanwhile. */
  private hearNothing(instead: Audible): void {
    if (this.heard !== instead) return;
    this.session.unlisten();
    this.heard = null;
    this.show();
  }

  private ask<T>(wish: Wish<T>, value: T, send: () => void): void {
    wish.ask(value, performance.now());
    send();
    this.show();
  }

  private fillOf(channel: number): Wish<boolean> {
    const wish = this.fills.get(channel) ?? new Wish<boolean>();
    this.fills.set(channel, wish);
    return wish;
  }

  /** The line is down: wishes are lost with it, and levels are old. */
  private forget(): void {
    this.language.drop();
    this.relay.drop();
    this.fills.clear();
    this.levels = null;
    this.board.reset(performance.now());
  }

  private tell(sentence: string): void {
    window.clearTimeout(this.answerTimer);
    setText(this.answer, sentence);
    this.answerTimer = window.setTimeout(() => setText(this.answer, ''), TOLD_FOR_MS);
  }
}

function mayOperate(joined: Joined | null): boolean {
  return joined?.can.includes('operate') ?? false;
}
