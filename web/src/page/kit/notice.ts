// The one place for what a person must know now: a sentence, spoken by screen readers, and nothing when all is well.

import { onLanguage } from '../../lib/i18n.js';
import { el } from './dom.js';
import { icon } from './icon.js';

export class Notice {
  readonly element = el('div', { role: 'alert' });
  private text: (() => string) | null = null;

  constructor() {
    onLanguage(() => this.write());
  }

  /** `text` is called again when the language changes. */
  show(text: () => string): void {
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
