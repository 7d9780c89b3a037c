// The listener's page, /r/ROOM: pick a language once, hear it, and never touch it again.
//
//   taps, keys --> Listen --> session (worker, decoder, player: lib/)
//                    ^            |  line, room, heard, playing, stats
//                    +------------+--> list of languages, player bar, banner
//
// This file only wires; what each part shows and why is said in page/listen/ and page/kit/. Sound starts in a tap or a key, never
// by itself, and then stays: reconnections, changes of label and of source are the session's and the server's work.

import { createSession } from '../session/create-session.js';
import { shownAs } from '../lib/explain.js';
import { languageName, nameOf, t } from '../lib/i18n.js';
import type { Audible, Channel, ErrorMessage, Label, Room } from '../lib/protocol.js';
import type { Line, Session } from '../lib/session.js';
import { localize, text } from './kit/text.js';
import { Bed } from './listen/original-level.js';
import { ChannelList } from './listen/channel-list.js';
import { Cut } from './room/link-lost-delay.js';
import { MediaKeys } from './listen/media-keys.js';
import { Now } from './listen/now.js';
import { OtherPlayers } from './listen/other-players.js';
import { Player, type PlayerState } from './listen/player.js';
import { Settings } from './listen/settings.js';
import { Watchdog } from './room/sound-watchdog.js';
import { Announcer } from './kit/announcer.js';
import { byId, el, setAttribute, setText } from './kit/dom.js';
import { EmergencyBanner } from './room/emergency-banner.js';
import { errorText } from './room/error-text.js';
import { icon } from './kit/icon.js';
import { languageMenu, startLanguage } from './kit/language-menu.js';
import { Notice } from './kit/notice.js';
import { keep, recall } from './kit/storage.js';
import { startTheme } from './kit/theme.js';
import { dropTicket, takeTicket } from './entry/ticket-link.js';

const SILENCE_DB = -100;
/** A gap of the line that is over sooner is not worth a word of the screen reader. */
const WAITING_SAID_MS = 3000;
/** Answers to `join` that are worth another attempt. */
const MAY_PASS: readonly string[] = ['too_many', 'restarting'];

class Listen {
  private readonly session: Session;
  private readonly list: ChannelList;
  private readonly player: Player;
  private readonly settings = new Settings(() => this.restart(), () => this.listenAgain());
  private readonly now = new Now();
  private readonly bed: Bed;
  private readonly closed = el('p', { class: 'private', hidden: true }, icon('lock', 18), el('span', {}, text('listen.private')));
  private readonly others = new OtherPlayers();
  private readonly emergency = new EmergencyBanner();
  private readonly hearEmergency = el('button', { type: 'button', class: 'button' }, text('listen.emergency_hear'));
  private readonly notice = new Notice();
  private readonly announcer = new Announcer();
  private readonly mediaKeys: MediaKeys;
  private readonly watchdog = new Watchdog(() => this.state === 'playing' && this.become('interrupted'));
  private chosen: number | null;
  private state: PlayerState = 'idle';
  private heard: Label | null = null;
  private readonly cut = new Cut(() => this.show());

  constructor(private readonly room: string) {
    this.session = createSession({ room, ticket: takeTicket(room) });
    this.chosen = remembered(room);
    this.bed = new Bed(this.session);
    this.list = new ChannelList(this.chosen, { pick: (channel) => this.hear(channel), touch: (channel) => this.session.prefetch(channel, this.settings.rendition) });
    const reveal = () => this.state === 'starting' && this.chosen !== null && this.list.reveal(this.chosen);
    this.player = new Player(() => this.toggle(), (volume) => this.session.setVolume(volume), reveal);
    this.mediaKeys = new MediaKeys(this.session, { play: () => this.resume(), stop: () => this.stop() });
    this.place();
    this.follow();
    localize(document.documentElement, () => {
      this.title();
      this.show();
    });
    this.session.start();
  }

  // --- what the person does ---

  /** Plays a channel; called within the tap. */
  private hear(channel: number): void {
    const changes = this.state === 'playing'; // from one channel to another: the sound goes on
    if (channel !== this.chosen) this.heard = null;
    this.chosen = channel;
    keep(`channel.${this.room}`, String(channel));
    this.notice.clear();
    this.become(changes ? 'playing' : 'starting');
    void this.play(channel, changes);
  }

  private async play(channel: number, started: boolean): Promise<void> {
    try {
      if (!started) await this.session.startAudio({ mediaElement: this.settings.mediaElement });
      if (this.chosen === channel && this.state !== 'ready') await this.session.listen(channel, this.settings.rendition);
    } catch {
      if (this.chosen !== channel) return; // another one was picked meanwhile
      this.stop();
      this.notice.show(text('listen.failed'));
    }
  }

  private stop(): void {
    this.session.unlisten();
    this.session.stopAudio();
    this.heard = null;
    this.become(this.chosen === null ? 'idle' : 'ready');
    this.announcer.say(t('listen.announce_stopped'), 0);
  }

  private resume(): void {
    if (this.chosen !== null) this.hear(this.chosen);
  }

  private toggle(): void {
    if (this.sounds()) this.stop();
    else this.resume();
  }

  /** The way of playing was changed: the sound starts anew in it. */
  private restart(): void {
    if (!this.sounds()) return;
    this.session.stopAudio();
    this.become('starting');
    this.resume();
  }

  /** What is heard is wanted in another rendition: the sound goes on, and changes when that is there. */
  private listenAgain(): void {
    if (this.chosen !== null && this.sounds()) void this.session.listen(this.chosen, this.settings.rendition).catch(() => undefined); // it goes on as it was
  }

  // --- what the session says ---

  private follow(): void {
    const { session } = this;
    session.on('line', (line) => this.lineIs(line));
    session.on('error', (error) => this.complained(error));
    session.on('room', () => this.show());
    session.on('heard', ({ channel, label }) => this.heardIs(channel, label));
    session.on('stats', (stats) => this.player.measured(this.cut.now ? NaN : stats.delay_ms));
    session.on('playing', ({ on, peak_db }) => {
      this.player.meter.show(on ? peak_db : SILENCE_DB);
      if (!on) return;
      this.watchdog.fed();
      if (this.state === 'starting' || this.state === 'interrupted') this.become('playing');
    });
  }

  private lineIs(line: Line): void {
    this.player.line.show(line);
    byId('page').dataset['line'] = line.state;
    this.cut.line(line.state === 'open');
    if (this.state === 'playing' && line.state === 'waiting') this.announcer.say(t('common.line.waiting'), WAITING_SAID_MS);
    if (this.state === 'playing' && line.state === 'open' && this.heard) this.announcer.say(this.sentence(this.heard));
    if (line.state !== 'refused') return;
    if (line.error.code.includes('ticket')) dropTicket(this.room);
    this.notice.show(() => errorText(line.error));
  }

  /** A room that did not let us in will not do so at the next attempt either. */
  private complained(error: ErrorMessage): void {
    if (error.about !== 'join' || this.session.joined || MAY_PASS.includes(error.code)) return;
    this.session.close();
    this.lineIs({ state: 'refused', error });
  }

  private heardIs(channel: Audible, label: Label): void {
    if (channel !== this.chosen) return;
    this.heard = label;
    this.show();
    this.announcer.say(this.sentence(label));
  }

  // --- what is shown ---

  private become(state: PlayerState): void {
    this.state = state;
    this.settings.plays(state === 'playing');
    this.show();
  }

  /** Until the room's name has come. */
  private title(): void {
    setText(byId('room'), t('listen.title'));
    document.title = t('listen.title');
  }

  private show(): void {
    const room = this.session.room;
    if (!room) return;
    if (this.state === 'idle' && this.channel()) this.state = 'ready';
    const channel = this.channel();
    const label = this.cut.now ? 'silent' : (this.heard ?? channel?.label ?? 'silent');
    this.head(room);
    this.now.show(room);
    this.settings.show(room);
    this.closed.hidden = !room.closed;
    this.others.show(room);
    this.emergency.show(room.emergency, room.emergency_text);
    this.hearEmergency.hidden = this.sounds();
    this.list.show(room.channels);
    this.list.playing(this.sounds() ? this.chosen : null, label);
    this.player.show(this.state, channel, label);
    this.bed.show(this.state === 'playing', channel, label);
    this.mediaKeys.show(channel ? this.sentence(label) : '', room);
  }

  private head(room: Room): void {
    const name = nameOf(room.name);
    const event = [nameOf(room.event.name).text, nameOf(room.event.place).text].filter(Boolean).join(' · ');
    setText(byId('room'), name.text);
    setAttribute(byId('room'), 'lang', name.lang || undefined);
    setText(byId('event'), event);
    document.title = `${name.text} · ${t('listen.title')}`;
  }

  /** Whether there is sound, or will be in a moment. */
  private sounds(): boolean {
    return this.state === 'playing' || this.state === 'starting';
  }

  private channel(): Channel | null {
    return this.session.room?.channels.find((one) => one.number === this.chosen) ?? null;
  }

  /** "French: Interpretation", for the screen reader and the lock screen. */
  private sentence(label: Label): string {
    const channel = this.channel();
    if (!channel) return '';
    if (channel.number === 0 && label === 'original') return t('common.floor');
    const name = channel.number === 0 ? t('common.floor') : languageName(channel.language, false);
    return t('listen.announce', { language: name, label: t(`common.label.${shownAs(channel, label)}`) });
  }

  private place(): void {
    this.hearEmergency.addEventListener('click', () => this.hear(this.chosen ?? 0));
    this.emergency.add(this.hearEmergency);
    const places: [string, HTMLElement][] = [
      ['emergency', this.emergency.element],
      ['language', languageMenu()],
      ['private', this.closed],
      ['now', this.now.element],
      ['notice', this.notice.element],
      ['channels', this.list.element],
      ['player', this.player.element],
    ];
    for (const [id, element] of places) byId(id).replaceWith(element);
    byId('more').append(this.bed.element, this.settings.element, this.others.element);
    document.body.append(this.announcer.element);
  }
}

/** The channel that this person heard last in this room. */
function remembered(room: string): number | null {
  const kept = recall(`channel.${room}`);
  return kept !== null && /^\d+$/.test(kept) ? Number(kept) : null;
}

startTheme();
startLanguage();
new Listen(decodeURIComponent(location.pathname.split('/')[2] ?? ''));
