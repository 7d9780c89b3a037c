// A phone stops the microphone of a page that is behind another one, or locked. This keeps the screen on while something is sent, says
// what it cannot do, and tells afterwards how long the page was out of sight.

import { t } from '../../lib/i18n.js';
import { localize, text } from '../kit/text.js';
import { WakeLock } from '../kit/wake-lock.js';
import { el, setText } from '../kit/dom.js';
import { Away } from './away.js';

export class InFront {
  /** What is so: always there. */
  readonly element: HTMLElement;
  /** What has been: for a place at the top. */
  readonly notice = el('p', { class: 'notice', role: 'alert', hidden: true });
  private readonly awake = el('p', { class: 'small' });
  private readonly wake = new WakeLock(() => this.show());
  private readonly absence = new Away();
  private sending = false;
  private seconds = 0;

  /** `back`: the page is seen again. */
  constructor(back: () => void) {
    this.element = el('section', { class: 'speak__honest small' }, el('p', {}, text('speak.locked')), this.awake);
    document.addEventListener('visibilitychange', () => {
      this.seen();
      if (!document.hidden) back();
    });
    localize(this.element, () => this.show());
  }

  /** Whether something is sent, and the page has to stay in front. */
  send(on: boolean): void {
    this.sending = on;
    this.wake.want(on);
    this.show();
  }

  /** The person has acted: what was told is known. */
  read(): void {
    this.seconds = 0;
    this.show();
  }

  private seen(): void {
    if (document.hidden) return this.absence.hidden(this.sending, performance.now());
    this.seconds = this.absence.back(performance.now());
    this.show();
  }

  private show(): void {
    const { wake, seconds } = this;
    const refused = this.sending && !wake.held && !document.hidden;
    setText(this.awake, t(wake.supported && !refused ? 'speak.awake' : 'speak.not_awake'));
    this.awake.dataset['held'] = String(wake.held);
    this.notice.hidden = seconds === 0;
    if (seconds > 0) setText(this.notice, t('speak.was_away', { seconds }));
  }
}
