// The banner of an emergency announcement: full width, first on the page, spoken at once by screen readers.

import { onLanguage, t } from '../../lib/i18n.js';
import { el, setText } from './dom.js';
import { icon } from './icon.js';

export class EmergencyBanner {
  /** Stands in the page from the start (a live region must), empty until there is an emergency. */
  readonly element = el('div', { role: 'alert' });
  private readonly text = el('span', { class: 'emergency__text' });
  private readonly banner = el('div', { class: 'emergency' }, icon('warning', 32), this.text);

  constructor() {
    const write = () => setText(this.text, t('common.emergency'));
    onLanguage(write);
    write();
  }

  show(on: boolean): void {
    if (on === this.banner.isConnected) return;
    if (on) this.element.append(this.banner);
    else this.banner.remove();
  }

  /** Adds a button or a link to the banner. */
  add(action: HTMLElement): void {
    this.banner.append(action);
  }
}
