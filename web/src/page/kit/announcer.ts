// Speaks to a screen reader, politely and seldom: only what still holds after a moment, and never the same twice in a row.

import { el } from './dom.js';

const SETTLE_MS = 1500; // interpreters who hand over flip the label twice within a second

export class Announcer {
  readonly element = el('p', { class: 'sr-only', role: 'status' });
  private timer = 0;
  private coming = '';
  private said = '';

  /** Says it unless something else is to be said before `settleMs` have passed. */
  say(text: string, settleMs: number = SETTLE_MS): void {
    if (text === this.coming) return; // its time runs already
    window.clearTimeout(this.timer);
    this.coming = text;
    this.timer = window.setTimeout(() => {
      this.coming = '';
      if (text === this.said) return;
      this.said = text;
      this.element.textContent = text;
    }, settleMs);
  }
}
