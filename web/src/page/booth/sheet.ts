// The sheet of keys that `?` opens, with the switch that turns them off.

import { said } from '../kit/text.js';
import { el } from '../kit/dom.js';
import { SHEET, printedKey } from './shortcuts.js';

/** A dialog, not yet shown. `use`: the person wants the keys or not. */
export function makeSheet(on: boolean, use: (on: boolean) => void): HTMLDialogElement {
  const tick = el('input', { type: 'checkbox', checked: on });
  tick.addEventListener('change', () => use(tick.checked));
  const rows = SHEET.flatMap(({ keys, text }) => [
    el('dt', {}, ...keys.map((key) => el('kbd', { class: 'keycap' }, printedKey(key)))),
    said('dd', `booth.keys.${text}`),
  ]);
  return el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'sheet' },
    said('h2', 'booth.keys.title', { id: 'sheet' }),
    el('dl', { class: 'sheet' }, ...rows),
    said('p', 'booth.keys.note', { class: 'soft small' }),
    el('label', { class: 'check' }, tick, said('span', 'booth.keys.use')),
    el('form', { method: 'dialog' }, said('button', 'booth.keys.close', { class: 'button button--main', type: 'submit' })),
  );
}
