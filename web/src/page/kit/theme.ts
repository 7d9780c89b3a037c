// Light, dark, or as the system has it. Call startTheme() first, so that the page is not drawn twice.

import { el, newId } from './dom.js';
import { keep, recall } from './storage.js';
import { text } from './text.js';

const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** `fallback`: before the person has chosen. */
export function startTheme(fallback: Theme = 'auto'): void {
  apply(recall('theme') ?? fallback);
}

/** A field to choose it. */
export function themeField(): HTMLElement {
  const id = newId('theme');
  const label = el('label', { for: id }, text('common.theme.name'));
  const options = THEMES.map((theme) => el('option', { value: theme }, text(`common.theme.${theme}`)));
  const select = el('select', { id, class: 'select' }, ...options);
  select.value = document.documentElement.dataset['theme'] ?? 'auto';
  select.addEventListener('change', () => {
    keep('theme', select.value);
    apply(select.value);
  });
  return el('div', { class: 'field' }, label, select);
}

function apply(theme: string): void {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
  else delete document.documentElement.dataset['theme'];
}
