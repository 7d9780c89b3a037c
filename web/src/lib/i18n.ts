// The languages of the pages: which one, the words in it, and numbers, times and names as it writes them.
//
//   i18n/{zh,en,fr,es,ru,ar}.json   keys with the page's prefix: common. index. listen.
//   addDictionaries({zh: …, …})     a page with words of its own adds them when it is loaded (consoles: i18n/consoles/*.json)
//   t('listen.continue', {name})    the text, {name} filled in
//
// Pure: the page's side (where a choice is kept, <html lang dir>, texts in the HTML) is page/kit/language-menu.ts.
// A key that is missing in a language falls back to English, then to the key itself; a test sees to it that none is missing.

import ar from '../i18n/ar.json';
import en from '../i18n/en.json';
import es from '../i18n/es.json';
import fr from '../i18n/fr.json';
import ru from '../i18n/ru.json';
import zh from '../i18n/zh.json';
import type { Names } from './protocol.js';

export type Language = 'zh' | 'en' | 'fr' | 'es' | 'ru' | 'ar';
export type Dictionary = Record<string, string>;
export type Parameters = Record<string, string | number>;

export interface LanguageInfo {
  code: Language;
  name: string; // in itself
  locale: string; // for Intl and the `lang` attribute
  dir: 'ltr' | 'rtl';
}

/** The languages of the pages, in the order of the menu. */
export const languages: readonly LanguageInfo[] = [
  { code: 'zh', name: '中文', locale: 'zh-CN', dir: 'ltr' },
  { code: 'en', name: 'English', locale: 'en', dir: 'ltr' },
  { code: 'fr', name: 'Français', locale: 'fr', dir: 'ltr' },
  { code: 'es', name: 'Español', locale: 'es', dir: 'ltr' },
  { code: 'ru', name: 'Русский', locale: 'ru', dir: 'ltr' },
  { code: 'ar', name: 'العربية', locale: 'ar', dir: 'rtl' },
];

const dictionaries: Record<Language, Dictionary> = { zh, en, fr, es, ru, ar };
const handlers = new Set<() => void>();
let current = languages[1]!;

/** Merges further texts; a key that is there already is overwritten. */
export function addDictionaries(more: Record<Language, Dictionary>): void {
  for (const { code } of languages) dictionaries[code] = { ...dictionaries[code], ...more[code] };
}

/** The language of the page now. */
export function language(): LanguageInfo {
  return current;
}

/** Changes the language; everybody who asked by onLanguage() is told. */
export function setLanguage(code: Language): void {
  current = languages.find((one) => one.code === code) ?? current;
  for (const handler of handlers) handler();
}

/** Calls `handler` after each change of language; returns the way to stop that. */
export function onLanguage(handler: () => void): () => void {
  handlers.add(handler);
  return () => void handlers.delete(handler);
}

/** The first of `wishes` (BCP 47 tags, null for none) that the pages speak, else English. */
export function pickLanguage(wishes: readonly (string | null | undefined)[]): Language {
  for (const wish of wishes) {
    const primary = primaryOf(wish ?? '');
    const found = languages.find((one) => one.code === primary);
    if (found) return found.code;
  }
  return 'en';
}

/** The text of `key` in the page's language. Parameters stand in it as {name}; numbers are written as the language does. */
export function t(key: string, parameters: Parameters = {}): string {
  const text = dictionaries[current.code][key] ?? dictionaries.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name];
    return value === undefined ? whole : typeof value === 'number' ? number(value) : value;
  });
}

/** Whether there is a text of this key. */
export function hasText(key: string): boolean {
  return key in dictionaries.en;
}

export function number(value: number, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(current.locale, options).format(value);
}

export function percent(share: number): string {
  return number(share, { style: 'percent', maximumFractionDigits: 0 });
}

/** "120 ms" */
export function milliseconds(value: number): string {
  return number(Math.round(value), { style: 'unit', unit: 'millisecond', unitDisplay: 'short' });
}

/** The time of day of a local time such as 2025-03-21T09:00, which is the event's own: no time zone is applied. */
export function localTime(local: string): string {
  const format = new Intl.DateTimeFormat(current.locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' });
  const date = new Date(`${local.slice(0, 16)}Z`);
  return Number.isNaN(date.getTime()) ? local : format.format(date);
}

/** The day of such a local time: "Friday, 21 March". */
export function localDay(local: string): string {
  const format = new Intl.DateTimeFormat(current.locale, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });
  const date = new Date(`${local.slice(0, 10)}T00:00Z`);
  return Number.isNaN(date.getTime()) ? local : format.format(date);
}

/** "a, b and c" */
export function list(items: readonly string[]): string {
  return new Intl.ListFormat(current.locale, { type: 'conjunction' }).format(items);
}

/** A language's name in the page's language: "French" for fr-FR; with `region` "French (France)". '' for ''. */
export function languageName(tag: string, region = false): string {
  return displayName(tag, current.locale, region);
}

/** A language's name in itself: "français" for fr-FR. '' for ''. */
export function ownLanguageName(tag: string): string {
  return displayName(tag, tag, false);
}

/** Of a name in several languages, the one to show, and the language that it is in. */
export function nameOf(names: Names | string): { text: string; lang: string } {
  if (typeof names === 'string') return { text: names, lang: '' };
  const order: Language[] = [current.code, 'en', ...languages.map((one) => one.code)];
  const code = order.find((one) => names[one]);
  return code ? { text: names[code] ?? '', lang: code } : { text: '', lang: '' };
}

/** "fr" of "fr-FR". */
export function primaryOf(tag: string): string {
  return tag.toLowerCase().split(/[-_]/)[0] ?? '';
}

function displayName(tag: string, locale: string, region: boolean): string {
  if (!tag) return '';
  try {
    return new Intl.DisplayNames([locale], { type: 'language' }).of(region ? tag : primaryOf(tag)) ?? tag;
  } catch {
    return tag; // not a tag: shown as it came
  }
}
