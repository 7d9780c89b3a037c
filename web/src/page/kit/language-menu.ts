// The page's side of i18n: which language the person wants, <html lang dir>, the texts of the HTML, and the menu to change it.
//
// In HTML a text is named by data-i18n="key"; an attribute by data-i18n-label="key" (aria-label) or data-i18n-placeholder="key".

import { type Language, language, languages, onLanguage, pickLanguage, setLanguage, t } from '../../lib/i18n.js';
import { el, setAttribute, setText } from './dom.js';
import { icon } from './icon.js';
import { keep, recall } from './storage.js';

/** Call once, before anything is shown: ?lang=, then the choice of last time, then the browser's languages. */
export function startLanguage(): void {
  const asked = new URLSearchParams(location.search).get('lang');
  onLanguage(() => {
    document.documentElement.lang = language().locale;
    document.documentElement.dir = language().dir;
    translate(document);
  });
  setLanguage(pickLanguage([asked, recall('language'), ...navigator.languages]));
}

/** Fills in the texts below `root`; startLanguage() does so for the document at each change. */
export function translate(root: ParentNode): void {
  for (const element of root.querySelectorAll('[data-i18n]')) setText(element, t(element.getAttribute('data-i18n') ?? ''));
  for (const [data, attribute] of [['data-i18n-label', 'aria-label'], ['data-i18n-placeholder', 'placeholder']] as const)
    for (const element of root.querySelectorAll(`[${data}]`)) setAttribute(element, attribute, t(element.getAttribute(data) ?? ''));
}

/** The menu of languages, each in its own script. */
export function languageMenu(): HTMLElement {
  const options = languages.map(({ code, name, locale }) => el('option', { value: code, lang: locale }, name));
  const select = el('select', { class: 'select select--quiet', 'data-i18n-label': 'common.page_language' }, ...options);
  const show = () => {
    select.value = language().code;
    setAttribute(select, 'aria-label', t('common.page_language'));
  };
  select.addEventListener('change', () => {
    keep('language', select.value);
    setLanguage(select.value as Language);
  });
  onLanguage(show);
  show();
  return el('div', { class: 'language-menu' }, icon('globe', 18), select);
}
