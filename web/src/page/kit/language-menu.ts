// Which language the person wants, <html lang dir>, the texts of the page's HTML, and the menu to change it.
//
// In HTML a text is named by data-i18n="key"; an attribute by data-i18n-label="key" (aria-label).

import { language, languages, onLanguage, pickLanguage, setLanguage, t, type TextKey } from '../../lib/i18n.js';
import type { Language } from '../../lib/protocol.js';
import { el, setText } from './dom.js';
import { icon } from './icon.js';
import { keep, recall } from './storage.js';
import { localize, text, localizeAll } from './text.js';

/** Call once, before anything is shown: ?lang=, then the choice of last time, then the browser's languages. */
export function startLanguage(): void {
  const asked = new URLSearchParams(location.search).get('lang');
  onLanguage(() => {
    document.documentElement.lang = language().locale;
    document.documentElement.dir = language().dir;
    localizeAll();
  });
  localizeHtml();
  setLanguage(pickLanguage([asked, recall('language'), ...navigator.languages]));
}

/** A test looks at the keys of the HTML. */
function localizeHtml(): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-i18n]'))
    localize(element, () => setText(element, t(element.dataset['i18n'] as TextKey)));
  for (const element of document.querySelectorAll<HTMLElement>('[data-i18n-label]'))
    localize(element, () => element.setAttribute('aria-label', t(element.dataset['i18nLabel'] as TextKey)));
}

/** The menu of languages, each in its own script. */
export function languageMenu(): HTMLElement {
  const options = languages.map(({ code, name, locale }) => el('option', { value: code, lang: locale }, name));
  const select = el('select', { class: 'select select--quiet', 'aria-label': text('common.page_language') }, ...options);
  select.addEventListener('change', () => {
    keep('language', select.value);
    setLanguage(select.value as Language);
  });
  localize(select, () => (select.value = language().code));
  return el('div', { class: 'language-menu' }, icon('globe', 18), select);
}
