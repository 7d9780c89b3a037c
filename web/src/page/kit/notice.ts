// The one place for what a person must know now: a sentence, spoken by screen readers, and nothing when all is well.

import { el } from './dom.js';
import { icon } from './icon.js';
import { localize, type LocalizedText } from './text.js';

export class Notice {
  readonly element = el('div', { role: 'alert' });
  private text: LocalizedText | null = null;

  constructor() {
    localize(this.element, () => this.write());
  }

  show(text: LocalizedText): void {
    this.text = text;
    this.write();
  }

  clear(): void {
    this.text = null;
    this.write();
  }

  private write(): void {
    this.element.replaceChildren(...(this.text ? [el('p', { class: 'notice notice--bad' }, icon('warning', 22), this.text())] : []));
  }
}
