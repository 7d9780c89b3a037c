// A language is shown in its own name and script, with its own `lang` (so that it is drawn and spoken right), never as a flag.

import { ownLanguageName } from '../../lib/i18n.js';
import { el, setAttribute, setText } from '../kit/dom.js';

/** "Français" for fr-FR. `name` is the server's (in the language itself); without it the browser's own. */
export function languageNameElement(tag: string, name = ''): HTMLElement {
  const element = el('bdi', { class: 'language-name' });
  showLanguageName(element, tag, name);
  return element;
}

/** Changes an element that languageNameElement() made. */
export function showLanguageName(element: HTMLElement, tag: string, name = ''): void {
  setAttribute(element, 'lang', tag || undefined);
  setText(element, name || ownLanguageName(tag));
}
