// The banner of an emergency announcement: full width, first on the page, spoken at once by screen readers.

import { onLanguage, t } from '../../lib/i18n.js';
import { el, setText } from './dom.js';
import { icon } from './icon.js';

export class EmergencyBanner {
  /** Stands in the page from the start (a live region must), empty until there is an emergency. */
  readonly element = el('div', { role: 'alert' });
  private on = false;

  constructor() {
    onLanguage(() => this.write());
  }

  show(on: boolean): void {
    if (on === this.on) return;
    this.on = on;
    this.write();
  }

  private write(): void {
    const text = el('span');
    setText(text, t('common.emergency'));
    this.element.replaceChildren(...(this.on ? [el('div', { class: 'emergency' }, icon('warning', 32), text)] : []));
  }
}
