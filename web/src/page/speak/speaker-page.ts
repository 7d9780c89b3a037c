// The page of a floor microphone: lamp, one large key, level, and below it what is set once.
//
// The lamp is airOf(): the server's word. The key does the next thing: open the microphone, start, stop. What was started goes on
// by itself (sending.ts).

import { ownLanguageName, t } from '../../lib/i18n.js';
import type { Session } from '../../lib/session.js';
import { LevelBar } from '../kit/level-bar.js';
import { MicrophonePanel } from '../device/microphone-panel.js';
import type { Prefs } from '../device/prefs.js';
import { el, setText } from '../kit/dom.js';
import { text } from '../kit/text.js';
import { EmergencyBanner } from '../room/emergency-banner.js';
import { errorText } from '../room/error-text.js';
import { languageMenu } from '../kit/language-menu.js';
import { LineState } from '../room/line-state.js';
import { themeField } from '../kit/theme.js';
import { freeInput, inputOf, type Air } from '../device/on-air.js';
import { InputPart } from './input-part.js';
import { Lamp } from '../device/microphone-lamp.js';
import { Sending } from '../device/sending.js';
import { SpeakerTop } from './speaker-top.js';

export class SpeakerPage {
  readonly element: HTMLElement;
  private readonly top = new SpeakerTop();
  private readonly lamp = new Lamp();
  private readonly key = el('button', { class: 'start', type: 'button' });
  private readonly level = new LevelBar('consoles.microphone.level');
  private readonly panel: MicrophonePanel;
  private readonly inputs = new InputPart((id) => this.choose(id));
  private readonly language = el('bdi', { class: 'speak__language' });
  private readonly line = new LineState();
  private readonly emergency = new EmergencyBanner();
  private readonly sending: Sending;
  private input = '';

  constructor(
    private readonly session: Session,
    prefs: Prefs,
  ) {
    this.panel = new MicrophonePanel(session, 'speak', prefs, () => this.show());
    this.sending = new Sending(session, this.panel, () => this.show());
    this.key.addEventListener('click', () => void this.press());
    this.element = el('div', {}, this.emergency.element, this.layout());
    this.listen();
  }

  show(): void {
    const { room } = this.session;
    if (room && !inputOf(room, this.input)) this.input = freeInput(room);
    const air = this.sending.air(inputOf(room, this.input));
    this.showLamp(air);
    this.showKey();
    this.line.show(this.sending.line);
    if (room) this.top.show(room);
    if (room) this.inputs.show(room.floor.inputs, this.input, this.sending.on);
    setText(this.language, ownLanguageName(room?.floor.language ?? '') || '–');
    this.language.lang = room?.floor.language ?? '';
    this.emergency.show(room?.emergency ?? false, room?.emergency_text);
  }

  private layout(): HTMLElement {
    const settings = el('details', { class: 'more' }, el('summary', {}, text('speak.settings')), this.panel.element, themeField());
    const floor = el('p', { class: 'row' }, el('span', { class: 'soft' }, text('consoles.floor_language')), this.language);
    return el(
      'main',
      { class: 'page speak' },
      el('div', { class: 'top' }, this.line.element, languageMenu()),
      this.top.element,
      this.sending.front.notice,
      el('section', { class: 'speak__air' }, this.lamp.element, this.key, this.level.element),
      this.sending.front.element,
      this.inputs.element,
      floor,
      settings,
    );
  }

  private listen(): void {
    const { session } = this;
    session.on('room', () => this.show());
    session.on('microphone', ({ peak_db }) => this.level.show(peak_db));
    session.on('signal', ({ what }) => what === 'slow_down' && this.lamp.slow.show());
  }

  /** The next step: open, start, stop. */
  private async press(): Promise<void> {
    this.sending.front.read();
    if (this.panel.open) return this.sending.on ? this.sending.stop() : this.start();
    this.key.disabled = true;
    await this.panel.start();
    this.key.disabled = false;
    this.show();
    if (!this.panel.open) this.element.querySelector('details')?.setAttribute('open', '');
  }

  private start(): void {
    if (this.input) this.sending.start(`floor/${this.input}`);
  }

  private choose(id: string): void {
    if (!this.sending.on) this.input = id;
    this.show();
  }

  private showLamp(air: Air): void {
    const word = t(air === 'failed' ? 'consoles.microphone.refused' : `speak.air.${air}`);
    this.lamp.show(air, word, this.sentence(air));
    document.title = `${word} · ${t('speak.title')}`;
  }

  private sentence(air: Air): string {
    const { refusal } = this.sending;
    if (air === 'failed') return refusal ? errorText(refusal) : '';
    return t(air === 'ready' && !this.panel.open ? 'speak.open.text' : `speak.air.${air}_text`);
  }

  private showKey(): void {
    const { on, lineOpen } = this.sending;
    const step = !this.panel.open ? (on ? 'again' : 'open') : on ? 'stop' : 'start';
    this.key.dataset['step'] = step;
    setText(this.key, step === 'again' ? t('consoles.microphone.again') : t(`speak.${step}`));
    if (step === 'start') this.key.disabled = !lineOpen || this.input === '';
    else if (step === 'stop') this.key.disabled = false;
  }
}
