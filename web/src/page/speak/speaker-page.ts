// The page of a floor microphone: lamp, one large key, level, and below it what is set once.
//
// The lamp is airOf(): the server's word. The key does the next thing: open the microphone, start, stop. What was started goes on
// by itself through lost lines, and is begun again when the microphone comes back after a phone call or an unlocked screen.

import { ownLanguageName, t } from '../../lib/i18n.js';
import type { Line, Session, Uplink } from '../../lib/session.js';
import { LevelBar } from '../consoles/level-bar.js';
import { MicrophonePanel } from '../consoles/microphone-panel.js';
import type { Prefs } from '../consoles/prefs.js';
import { said } from '../consoles/said.js';
import { WakeLock } from '../consoles/wake-lock.js';
import { el, setText } from '../parts/dom.js';
import { EmergencyBanner } from '../parts/emergency.js';
import { errorText } from '../parts/error-text.js';
import { languageMenu } from '../parts/language.js';
import { LineState } from '../parts/line-state.js';
import { themeField } from '../parts/theme.js';
import { airOf, freeInput, inputOf, type Air } from './air.js';
import { Away } from './away.js';
import { InputPart } from './input-part.js';
import { SlowSign } from './slow-sign.js';
import { SpeakerTop } from './speaker-top.js';

export class SpeakerPage {
  readonly element: HTMLElement;
  private readonly top = new SpeakerTop();
  private readonly word = el('strong', { class: 'lamp__word' });
  private readonly text = el('span', { class: 'lamp__text' });
  private readonly lamp = el('div', { class: 'lamp', role: 'status' }, this.word, this.text);
  private readonly key = el('button', { class: 'start', type: 'button' });
  private readonly level = new LevelBar('consoles.microphone.level');
  private readonly panel: MicrophonePanel;
  private readonly inputs = new InputPart((id) => this.choose(id));
  private readonly language = el('bdi', { class: 'speak__language' });
  private readonly awake = el('p', { class: 'small' });
  private readonly away = el('p', { class: 'notice', role: 'alert', hidden: true });
  private readonly line = new LineState();
  private readonly emergency = new EmergencyBanner();
  private readonly wake = new WakeLock(() => this.show());
  private readonly absence = new Away();
  private readonly slow = new SlowSign();
  private lineNow: Line = { state: 'connecting' };
  private uplink: Uplink = { state: 'closed' };
  private input = '';
  private started = false; // the person's wish, until Stop

  constructor(
    private readonly session: Session,
    prefs: Prefs,
  ) {
    this.panel = new MicrophonePanel(session, 'speak', prefs, () => this.show());
    this.key.addEventListener('click', () => void this.press());
    this.element = el('div', {}, this.emergency.element, this.layout());
    this.listen();
  }

  show(): void {
    const { room } = this.session;
    if (room && !inputOf(room, this.input)) this.input = freeInput(room);
    const air = airOf(this.uplink, inputOf(room, this.input), this.lineNow.state === 'open', this.panel.open !== null);
    this.showLamp(air);
    this.showKey(air);
    this.line.show(this.lineNow);
    if (room) this.top.show(room);
    if (room) this.inputs.show(room.floor.inputs, this.input, this.started);
    setText(this.language, ownLanguageName(room?.floor.language ?? '') || '–');
    this.language.lang = room?.floor.language ?? '';
    this.emergency.show(room?.emergency ?? false, room?.emergency_text);
    const refused = this.started && !this.wake.held && !document.hidden;
    setText(this.awake, t(this.wake.supported && !refused ? 'speak.awake' : 'speak.not_awake'));
    this.awake.dataset['held'] = String(this.wake.held);
  }

  private layout(): HTMLElement {
    const settings = el('details', { class: 'more' }, said('summary', 'speak.settings'), this.panel.element, themeField());
    const floor = el('p', { class: 'row' }, said('span', 'speak.floor_language', { class: 'soft' }), this.language);
    const honest = el('section', { class: 'speak__honest small' }, said('p', 'speak.locked'), this.awake);
    return el(
      'main',
      { class: 'page speak' },
      el('div', { class: 'top' }, this.line.element, languageMenu()),
      this.top.element,
      this.away,
      el('section', { class: 'speak__air' }, el('div', { class: 'speak__lamp' }, this.lamp, this.slow.element), this.key, this.level.element),
      honest,
      this.inputs.element,
      floor,
      settings,
    );
  }

  private listen(): void {
    const { session } = this;
    session.on('line', (line) => this.set(() => (this.lineNow = line)));
    session.on('room', () => this.show());
    session.on('uplink', (uplink) => this.set(() => (this.uplink = uplink)));
    session.on('microphone', ({ peak_db }) => this.level.show(peak_db));
    session.on('signal', ({ what }) => what === 'slow_down' && this.slow.show());
    document.addEventListener('visibilitychange', () => void this.seen());
    window.addEventListener('beforeunload', (event) => this.started && event.preventDefault());
  }

  /** The next step: open, start, stop. */
  private async press(): Promise<void> {
    this.away.hidden = true;
    if (this.panel.open) return this.started ? this.stop() : this.start();
    this.key.disabled = true;
    await this.panel.start();
    this.key.disabled = false;
    this.show();
    if (!this.panel.open) this.element.querySelector('details')?.setAttribute('open', '');
  }

  private start(): void {
    if (!this.input) return;
    this.started = true;
    this.session.publish(`floor/${this.input}`);
    this.wake.want(true);
    this.show();
  }

  private stop(): void {
    this.started = false;
    this.session.unpublish();
    this.wake.want(false);
    this.show();
  }

  private choose(id: string): void {
    if (!this.started) this.input = id;
    this.show();
  }

  /** Out of sight and back again: a phone may have taken the microphone meanwhile. */
  private async seen(): Promise<void> {
    const now = performance.now();
    if (document.hidden) return this.absence.hidden(this.started, now);
    const seconds = this.absence.back(now);
    this.away.hidden = seconds === 0;
    if (seconds > 0) setText(this.away, t('speak.was_away', { seconds }));
    if (this.started && !this.panel.open) await this.panel.start();
  }

  private showLamp(air: Air): void {
    this.lamp.dataset['air'] = air;
    setText(this.word, t(`speak.air.${air}`));
    const { uplink } = this;
    if (uplink.state === 'failed') setText(this.text, errorText(uplink.error));
    else setText(this.text, t(air === 'ready' && !this.panel.open ? 'speak.open.text' : `speak.air.${air}_text`));
    document.title = `${t(`speak.air.${air}`)} · ${t('speak.title')}`;
  }

  private showKey(air: Air): void {
    if (air === 'failed') this.started = false;
    const step = !this.panel.open ? (this.started ? 'again' : 'open') : this.started ? 'stop' : 'start';
    this.key.dataset['step'] = step;
    setText(this.key, step === 'again' ? t('consoles.microphone.again') : t(`speak.${step}`));
    if (step === 'start') this.key.disabled = this.lineNow.state !== 'open' || this.input === '';
    else if (step === 'stop') this.key.disabled = false;
  }

  private set(change: () => void): void {
    change();
    this.show();
  }
}
