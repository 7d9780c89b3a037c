// The question before an emergency, with what goes out: the tone or a source, and the words on every page. The words of the settings
// stand there already; a field for each of their languages, or one for all when there are none.

import { nameOf, ownLanguageName, t } from '../../lib/i18n.js';
import type { Names, Room } from '../../lib/protocol.js';
import { personAt } from '../booth/tally.js';
import { el, newId } from '../kit/dom.js';
import { confirm } from './confirm.js';

export interface Emergency {
  on: true;
  source?: string; // "floor/main", "desk/zh-en/1"; without one it is the tone
  text?: Names | string;
}

/** The server takes 399 bytes of UTF-8 in each language; so many characters of its script are surely not more. */
const CHARACTERS_MAX: Record<string, number> = { en: 199, fr: 199, es: 199, ru: 199, ar: 199 };
const CHARACTERS_MAX_ELSE = 133;

/** What to announce, or null for no. */
export async function askForEmergency(room: Room): Promise<Emergency | null> {
  const source = sourceSelect(room);
  const words = wordFields(room.emergency_offer ?? {});
  const grid = el('div', { class: 'av-words' }, ...words.map(({ label, field }) => el('div', { class: 'field' }, label, field)));
  const fields = [el('div', { class: 'field' }, el('label', { for: source.id }, t('av.emergency.source')), source), grid];
  if (!(await confirm({ title: 'av.emergency.title', explanation: 'av.emergency.text', go: 'av.emergency.go', fields }))) return null;
  return { on: true, ...(source.value ? { source: source.value } : {}), text: textOf(words) };
}

/** The tone first: it is always there. Then the inputs of the floor, and the desks at which somebody sits. */
function sourceSelect(room: Room): HTMLSelectElement {
  const inputs = room.floor.inputs.map((each) => el('option', { value: `floor/${each.id}` }, nameOf(each.name).text || each.id));
  const desks = room.desks
    .filter((each) => each.seated)
    .map((each) => el('option', { value: `desk/${each.id}` }, `${personAt(room, each.id)} (${each.id})`));
  return el('select', { class: 'select', id: newId('source') }, el('option', { value: '' }, t('av.emergency.tone')), ...inputs, ...desks);
}

interface WordField {
  language: string; // '' for all
  label: HTMLElement;
  field: HTMLTextAreaElement;
}

function wordFields(offer: Names): WordField[] {
  const given = Object.entries(offer).filter(([, text]) => text);
  return (given.length > 0 ? given : [['', '']]).map(([language = '', text = '']) => {
    const field = el('textarea', { class: 'input av-words__field', id: newId('words'), rows: 2, maxlength: CHARACTERS_MAX[language] ?? CHARACTERS_MAX_ELSE, lang: language || undefined, dir: 'auto' });
    field.value = text;
    const name = language ? ownLanguageName(language) : '';
    return { language, field, label: el('label', { for: field.id }, [t('av.emergency.words'), name].filter(Boolean).join(' · ')) };
  });
}

function textOf(words: readonly WordField[]): Names | string {
  const [first] = words;
  if (first && first.language === '') return first.field.value.trim();
  return Object.fromEntries(words.map(({ language, field }) => [language, field.value.trim()]).filter(([, text]) => text));
}
