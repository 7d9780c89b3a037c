// Texts that follow the language of the page, for as long as the element that shows them is there. All that is retranslated goes this way.
//
//   el('h2', {}, text('consoles.calls'))                      a text of an element
//   el('section', { 'aria-label': text('consoles.calls') })   an attribute
//   localize(this.element, () => this.write())                whatever a part writes of its texts
//
// A node holds its writers, and the list of all writers holds them weakly: who drops the node has dropped its writers, and nothing has to be
// undone by hand. A node that is out of the document for a while, such as a panel between two places, is retranslated all the same.

import { t, type TextKey, type TextParameters } from '../../lib/i18n.js';

type Writer = () => void;
/** A text that can be written again. */
export type LocalizedText = () => string;

const writersOf = new WeakMap<object, Writer[]>();
const all = new Set<WeakRef<Writer>>();
const collected = new FinalizationRegistry<WeakRef<Writer>>((reference) => all.delete(reference));

/** Calls `write` now, and after each change of the language as long as somebody has `node`. */
export function localize(node: object, write: Writer): void {
  const reference = new WeakRef(write);
  writersOf.set(node, [...(writersOf.get(node) ?? []), write]);
  all.add(reference);
  collected.register(write, reference);
  write();
}

/** The text of a key, for el() and whoever else writes it again. */
export function text(key: TextKey, parameters?: TextParameters): LocalizedText {
  return () => t(key, parameters);
}

/** Writes everything again: the language has changed. */
export function localizeAll(): void {
  for (const reference of [...all]) reference.deref()?.();
}

/** How many writers there are. */
export function localizedCount(): number {
  return all.size;
}
