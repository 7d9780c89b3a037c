// Words for the ears of people who do not look: answers to one's own keys, and what was asked for by a key. Everything else has
// its place on the page and speaks there (lamp, alert, prompt). The same words twice in a row are spoken twice.

import { el } from './dom.js';

const PAUSE_MS = 60; // a screen reader must see the text change

export class Voice {
  readonly element = el('p', { class: 'sr-only', role: 'status' });
  private timer = 0;

  say(text: string): void {
    window.clearTimeout(this.timer);
    this.element.textContent = '';
    this.timer = window.setTimeout(() => (this.element.textContent = text), PAUSE_MS);
  }
}
