// The page of one of the people of a talk: one large key, what they hear, and below it what is set once.
//
//   key  --> Sending (microphone), TalkSound (what is heard) --> session
//   room --> mineOf(): the lamp; hearingOf(): the sentence about what is heard
//
// The lamp is the server's word. The key does the next thing: join, mute, unmute, open a microphone that has gone.

import { nameOf, t, type TextKey } from '../../lib/i18n.js';
import { offers } from '../../lib/offer.js';
import type { Channel, Input, Talk } from '../../lib/protocol.js';
import type { Session } from '../../lib/session.js';
import { HeadphonesPanel } from '../device/headphones-panel.js';
import { LevelBar } from '../kit/level-bar.js';
import { MicrophonePanel } from '../device/microphone-panel.js';
import type { Prefs } from '../device/prefs.js';
import { processingTick } from '../device/processing-tick.js';
import { text } from '../kit/text.js';
import { Cut } from '../room/link-lost-delay.js';
import { el, setText } from '../kit/dom.js';
import { EmergencyBanner } from '../room/emergency-banner.js';
import { errorText } from '../room/error-text.js';
import { icon } from '../kit/icon.js';
import { languageMenu } from '../kit/language-menu.js';
import { LineState } from '../room/line-state.js';
import { keep, recall } from '../kit/storage.js';
import { themeField } from '../kit/theme.js';
import { inputOf } from '../device/on-air.js';
import { Lamp } from '../device/microphone-lamp.js';
import { Sending } from '../device/sending.js';
import { hearingOf, originalLevel, otherOf } from './hearing.js';
import { HearPart } from './hear-part.js';
import { mineOf, type Mine } from './own-microphone.js';
import { TalkSound } from './talk-sound.js';

const TOLD_FOR_MS = 8000;

/** What the key does next. */
type Step = 'join' | 'mute' | 'unmute' | 'again';

export class TalkPage {
  readonly element: HTMLElement;
  private readonly where = el('p', { class: 'speak__room' });
  private readonly line = new LineState();
  private readonly emergency = new EmergencyBanner();
  private readonly answer = el('p', { class: 'talk__answer small', role: 'alert' });
  private readonly lamp = new Lamp();
  private readonly key = el('button', { class: 'start', type: 'button' });
  private readonly leave = el('button', { class: 'button', type: 'button' }, text('talk.leave'));
  private readonly level = new LevelBar('consoles.microphone.level');
  private readonly panel: MicrophonePanel;
  private readonly headphones: HeadphonesPanel;
  private readonly settings = el('details', { class: 'more' });
  private readonly sending: Sending;
  private readonly sound: TalkSound;
  private readonly hear: HearPart;
  private readonly cut = new Cut(() => this.show());
  private joining = false;
  private inside = false;
  private sent = false;
  private blocked = false; // the microphone gives silence, says the system
  private original = 0; // as the slider has it
  private answerTimer = 0;

  constructor(
    private readonly session: Session,
    private readonly prefs: Prefs,
  ) {
    const show = (): void => this.show();
    this.panel = new MicrophonePanel(session, 'talk', prefs, show, [
      { option: 'noiseSuppression', name: 'noise' },
      { option: 'autoGainControl', name: 'gain' },
    ]);
    this.headphones = new HeadphonesPanel(session, 'talk', prefs, (sentence) => this.tell(sentence));
    this.sending = new Sending(session, this.panel, show);
    this.sound = new TalkSound(session, show);
    this.hear = new HearPart({
      original: (level) => this.set(() => (this.original = level)),
      volume: (volume) => session.setVolume(volume),
      channel: (number) => this.set(() => keep(this.memory, String(number))),
      again: () => void this.sound.enter(),
    });
    this.element = el('div', {}, this.emergency.element, this.layout());
    this.listen();
  }

  show(): void {
    const { room } = this.session;
    this.line.show(this.sending.line);
    this.showMicrophone();
    if (!room) return;
    setText(this.where, `${nameOf(room.name).text} · ${nameOf(room.event.name).text}`);
    this.emergency.show(room.emergency, room.emergency_text);
    this.showSound();
  }

  private layout(): HTMLElement {
    const { front } = this.sending;
    const closed = el('p', { class: 'private' }, icon('lock', 18), el('span', {}, text('listen.private')));
    const echo = processingTick({ option: 'echoCancellation', name: 'loudspeaker' }, 'talk', this.prefs, () => void this.panel.restart());
    const devices = el('div', { class: 'stack' }, this.panel.element, this.headphones.element, themeField());
    this.settings.append(el('summary', {}, text('speak.settings')), devices);
    return el(
      'main',
      { class: 'page speak talk' },
      el('div', { class: 'top' }, this.line.element, languageMenu()),
      el('header', { class: 'stack stack--tight' }, el('h1', {}, text('talk.title')), this.where, closed),
      front.notice,
      el('section', { class: 'speak__air' }, this.lamp.element, this.key, this.level.element, this.answer),
      this.hear.element,
      el('section', { class: 'panel' }, el('p', {}, text('talk.headphones')), echo),
      front.element,
      this.settings,
      el('p', {}, this.leave),
    );
  }

  private listen(): void {
    const { session } = this;
    this.key.addEventListener('click', () => void this.press());
    this.leave.addEventListener('click', () => this.goOut());
    session.on('line', ({ state }) => this.cut.line(state === 'open'));
    session.on('joined', () => this.moved());
    session.on('room', () => this.show());
    session.on('microphone', ({ peak_db }) => this.level.show(peak_db));
    session.on('microphone_muted', ({ muted }) => this.set(() => (this.blocked = muted)));
    session.on('playing', ({ peak_db }) => this.hear.level.show(peak_db));
    session.on('stats', ({ delay_ms }) => this.hear.measured(this.cut.now ? NaN : delay_ms));
    session.on('signal', ({ what }) => what === 'slow_down' && this.lamp.slow.show());
    session.on('error', (error) => error.about === 'listen' && this.tell(errorText(error)));
  }

  // ---- what the person does ----

  private async press(): Promise<void> {
    if (this.joining) return;
    const step = this.step();
    this.sending.front.read();
    if (step === 'mute') return this.sending.stop();
    if (step === 'unmute') return this.speak();
    if (step === 'join') await this.join();
    else await this.panel.start();
    if (this.inside) this.speak();
  }

  /** Sound and microphone in one tap: both are asked for before the first await. */
  private async join(): Promise<void> {
    this.inside = this.joining = true;
    const sound = this.sound.enter();
    const microphone = this.panel.start();
    this.show();
    await Promise.all([sound, microphone, microphone.then(() => this.headphones.start())]);
    this.joining = false;
    this.show();
  }

  private speak(): void {
    this.settings.open ||= !this.panel.open; // there it says why
    if (!this.own || !this.panel.open) return;
    this.sent = true;
    this.sending.start(this.own);
  }

  /** Another seat at the table than before the line was lost: what was sent goes on from there. */
  private moved(): void {
    if (this.sending.on && this.sending.source !== this.own) this.speak();
  }

  private goOut(): void {
    this.inside = false;
    this.sending.stop();
    this.sound.leave();
    this.panel.close();
  }

  // ---- what is so ----

  private get talk(): Talk | null {
    return this.session.joined?.talk ?? null;
  }

  /** The own microphone as a source. */
  private get own(): string {
    return this.talk ? `floor/${this.talk.input}` : '';
  }

  private get input(): Input | null {
    return this.talk && inputOf(this.session.room, this.talk.input);
  }

  private step(): Step {
    if (!this.inside || this.joining) return 'join';
    if (!this.panel.open) return 'again';
    return this.sending.on ? 'mute' : 'unmute';
  }

  /** The channels that this person understands, and of these the one that they chose. */
  private channels(): { all: Channel[]; own: Channel | null } {
    const all = (this.session.room?.channels ?? []).filter(({ number }) => this.talk?.channels.includes(number));
    const chosen = Number(recall(this.memory) ?? NaN);
    const first = offers(all, chosen, [recall('language') ?? '', ...navigator.languages])[0];
    return { all, own: all.find(({ number }) => number === first?.number) ?? null };
  }

  private get memory(): string {
    return `talk.channel.${this.session.room?.id ?? ''}`;
  }

  // ---- what is shown ----

  private showMicrophone(): void {
    const mine = mineOf(this.sending.air(this.input), this.input, this.sent, this.blocked);
    const word = t(this.word(mine));
    this.lamp.show(mine === 'blocked' ? 'late' : mine, word, this.sentence(mine));
    const step = this.step();
    this.key.dataset['step'] = step;
    setText(this.key, step === 'again' ? t('consoles.microphone.again') : t(`talk.${step}`));
    this.key.disabled = !this.talk;
    this.key.setAttribute('aria-busy', String(this.joining)); // a disabled key would lose the focus
    this.leave.disabled = !this.inside;
    document.title = `${word} · ${t('talk.title')}`;
  }

  private word(mine: Mine): TextKey {
    if (mine === 'failed') return 'consoles.microphone.refused';
    if (mine === 'blocked') return 'talk.mine.late';
    return `talk.mine.${this.inside || mine !== 'ready' ? mine : 'out'}`;
  }

  private sentence(mine: Mine): string {
    const { refusal } = this.sending;
    if (mine === 'failed') return refusal ? errorText(refusal) : '';
    return t(`talk.mine.${this.inside || mine !== 'ready' ? mine : 'out'}_text`);
  }

  private showSound(): void {
    const { room } = this.session;
    const { all, own } = this.channels();
    const label = this.sound.label ?? own?.label ?? 'silent';
    const hearing = hearingOf(this.sound.state, own, label, this.cut.now);
    this.hear.show(hearing, all, own, label);
    this.sound.original(originalLevel(hearing, this.original));
    this.sound.follow(own?.number ?? null, this.talk && room ? otherOf(this.talk, room) : null);
  }

  private set(change: () => void): void {
    change();
    this.show();
  }

  private tell(sentence: string): void {
    window.clearTimeout(this.answerTimer);
    setText(this.answer, sentence);
    this.answerTimer = window.setTimeout(() => setText(this.answer, ''), TOLD_FOR_MS);
  }
}
