// "More slowly, please": large, over the lamp, for some seconds, and anew when it is asked for again. It covers and moves nothing.

import { onLanguage, t } from '../../lib/i18n.js';
import { el, setText } from '../kit/dom.js';

export const SHOWN_MS = 8000;

export class SlowSign {
  private readonly text = el('strong', {});
  private readonly sign = el('p', { class: 'slow' }, this.text);
  readonly element = el('div', { class: 'slow-place', role: 'alert' });
  private timer = 0;

  constructor() {
    const write = (): void => setText(this.text, t('speak.slow'));
    onLanguage(write);
    write();
  }

  show(): void {
    window.clearTimeout(this.timer);
    this.sign.remove();
    void this.element.offsetWidth; // so that its appearance is played, and spoken, anew
    this.element.append(this.sign);
    this.timer = window.setTimeout(() => this.sign.remove(), SHOWN_MS);
  }
}
