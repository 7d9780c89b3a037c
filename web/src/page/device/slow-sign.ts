// "More slowly, please": large, over the lamp, for some seconds, and anew when it is asked for again. It covers and moves nothing.

import { el } from '../kit/dom.js';
import { text } from '../kit/text.js';

export const SHOWN_MS = 8000;

export class SlowSign {
  private readonly sign = el('p', { class: 'slow' }, el('strong', {}, text('speak.slow')));
  readonly element = el('div', { class: 'slow-place', role: 'alert' });
  private timer = 0;

  show(): void {
    window.clearTimeout(this.timer);
    this.sign.remove();
    void this.element.offsetWidth; // so that its appearance is played, and spoken, anew
    this.element.append(this.sign);
    this.timer = window.setTimeout(() => this.sign.remove(), SHOWN_MS);
  }
}
