// The sheet of keys that `?` opens, with the switch that turns them off.

import { el } from '../kit/dom.js';
import { SHEET, printedKey } from './shortcuts.js';
import { text } from '../kit/text.js';

/** A dialog, not yet shown. `use`: the person wants the keys or not. */
export function makeSheet(on: boolean, use: (on: boolean) => void): HTMLDialogElement {
  const tick = el('input', { type: 'checkbox', checked: on });
  tick.addEventListener('change', () => use(tick.checked));
  const rows = SHEET.flatMap(({ keys, does }) => [
    el('dt', {}, ...keys.map((key) => el('kbd', { class: 'keycap' }, printedKey(key)))),
    el('dd', {}, text(`booth.keys.${does}`)),
  ]);
  return el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'sheet' },
    el('h2', { id: 'sheet' }, text('booth.keys.title')),
    el('dl', { class: 'sheet' }, ...rows),
    el('p', { class: 'soft small' }, text('booth.keys.note')),
    el('label', { class: 'check' }, tick, el('span', {}, text('booth.keys.use'))),
    el('form', { method: 'dialog' }, el('button', { class: 'button button--main', type: 'submit' }, text('booth.keys.close'))),
  );
}
