// A question before what the whole room would hear. Escape and Cancel mean no; Cancel has the focus first.

import type { TextKey } from '../../lib/i18n.js';
import { el } from '../kit/dom.js';
import { text } from '../kit/text.js';

export interface Question {
  title: TextKey;
  explanation: TextKey;
  go: TextKey;
  fields?: HTMLElement[]; // what goes with a yes
}

/** Shows it over the page; true when the person said yes. */
export function confirm({ title, explanation, go, fields = [] }: Question): Promise<boolean> {
  const cancel = el('button', { class: 'button', type: 'submit', value: '', autofocus: true }, text('av.cancel'));
  const yes = el('button', { class: 'button button--danger', type: 'submit', value: 'yes' }, text(go));
  const dialog = el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'question' },
    el('h2', { id: 'question' }, text(title)),
    el('p', {}, text(explanation)),
    ...fields,
    el('form', { method: 'dialog', class: 'row row--apart' }, cancel, yes),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
  });
}
