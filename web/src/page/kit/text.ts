// Elements that keep speaking the language of the page after it was changed (kit/language-menu.ts translates what carries data-i18n).

import { t } from '../../lib/i18n.js';
import { el, type Attributes } from './dom.js';

/** An element whose whole text is that of `key`. */
export function said<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  key: string,
  attributes: Attributes = {},
): HTMLElementTagNameMap[K] {
  return el(tag, { ...attributes, 'data-i18n': key }, t(key));
}

/** Attributes that name an element to assistive technology. */
export function named(key: string): Attributes {
  return { 'aria-label': t(key), 'data-i18n-label': key };
}
