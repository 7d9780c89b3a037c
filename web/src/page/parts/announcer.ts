// Speaks to a screen reader, politely and seldom: only what still holds after a moment, and never the same twice in a row.

import { el } from './dom.js';

const SETTLE_MS = 1500; // interpreters who hand over flip the label twice within a second

export class Announcer {
  readonly element = el('p', { class: 'sr-only', role: 'status' });
  private timer = 0;
  private said = '';

  say(text: string, settleMs: number = SETTLE_MS): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (text === this.said) return;
      this.said = text;
      this.element.textContent = text;
    }, settleMs);
  }
}
