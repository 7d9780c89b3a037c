// The key in the first cell of a row that listens to it: its name, and a sign while it is heard. A click anywhere else on the row does the
// same, but for the row's own keys.

import { t } from '../../lib/i18n.js';
import { el } from '../kit/dom.js';
import { icon } from '../kit/icon.js';

export class ListenKey {
  readonly element = el('button', { class: 'av-listen', type: 'button' });

  /** `content`: what the key says, before the sign. */
  constructor(content: readonly HTMLElement[], listen: () => void) {
    this.element.append(...content, el('span', { class: 'av-listen__sign' }, icon('volume', 16)));
    this.element.addEventListener('click', listen);
  }

  /** The row that it stands in: a click on it is a click on the key. */
  spreadOver(row: HTMLElement): void {
    row.classList.add('av-row--click');
    row.addEventListener('click', ({ target }) => {
      if (target instanceof Element && !target.closest('button, label, input, select')) this.element.click();
    });
  }

  show(name: string, heard: boolean): void {
    this.element.setAttribute('aria-pressed', String(heard));
    this.element.title = t('av.listen', { channel: name });
    const row = this.element.closest('tr');
    if (row) row.dataset['heard'] = String(heard);
  }
}
