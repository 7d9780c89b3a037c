// The languages of the pages: which one, the texts in it, and numbers, times and names as it writes them.
//
//   i18n/{zh,en,fr,es,ru,ar}.json   keys with the page's prefix: common. index. listen.
//   i18n/consoles/*.json            and consoles. booth. speak. talk. av., for the pages that call addTexts()
//   t('listen.delay', { time })     the text, {time} filled in
//   t('av.totals', { count })       a text with plurals, of which the count chooses one
//
// The English texts give the type of all others, and of the keys: tsc finds a key that is missing in one language, or misspelt. Pure: the
// page's side (where a choice is kept, <html lang dir>, texts that follow the language) is page/kit/.

import type consoles from '../i18n/consoles/en.json';
import ar from '../i18n/ar.json';
import en from '../i18n/en.json';
import es from '../i18n/es.json';
import fr from '../i18n/fr.json';
import ru from '../i18n/ru.json';
import zh from '../i18n/zh.json';
import type { Language, Names } from './protocol.js';

type Texts = typeof en & typeof consoles;
type KeyOf<Kind> = { [K in keyof Texts]: Texts[K] extends Kind ? K : never }[keyof Texts];
/** Keys of plain texts. */
export type TextKey = KeyOf<string>;
/** Keys of texts with plurals. */
export type PluralKey = KeyOf<object>;
export type TextParameters = Record<string, string | number>;

/** One text for each plural category that the language has (Unicode CLDR, plural rules for cardinals). */
export type Plurals = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;
/** The same texts in another language, which has other plurals. */
export type Translation<T> = { readonly [K in keyof T]: T[K] extends string ? string : Plurals };
export type Dictionaries<T> = Readonly<Record<Language, Translation<T>>>;

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

type Dictionary = Record<string, string | Plurals | undefined>;
const forEveryPage: Dictionaries<typeof en> = { zh, en, fr, es, ru, ar };
const dictionaries: Record<Language, Dictionary> = { ...forEveryPage };
const handlers = new Set<() => void>();
let current = languages[1]!;

/** Adds the texts that only some pages have. */
export function addTexts<T>(more: Dictionaries<T>): void {
  for (const { code } of languages) dictionaries[code] = { ...dictionaries[code], ...(more[code] as Dictionary) };
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

/** Calls `handler` after each change of language; returns the way to stop that. Parts of pages use localize() of page/kit/text.ts. */
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

/**
 * The text of `key` in the page's language; the key itself where a page has not added it. Parameters stand in it as {name}; numbers are
 * written as the language does. Of a text with plurals, {count} chooses the form.
 */
export function t(key: PluralKey, parameters: TextParameters & { count: number }): string;
export function t(key: TextKey, parameters?: TextParameters): string;
export function t(key: TextKey | PluralKey, parameters: TextParameters = {}): string {
  const found = dictionaries[current.code][key] ?? dictionaries.en[key] ?? key;
  const text = typeof found === 'string' ? found : pluralOf(found, Number(parameters['count']));
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name];
    return value === undefined ? whole : typeof value === 'number' ? number(value) : value;
  });
}

function pluralOf(forms: Plurals, count: number): string {
  return forms[new Intl.PluralRules(current.locale).select(count)] ?? forms.other;
}

/** Whether there is a text of this key. */
export function hasText(key: string): key is TextKey {
  return typeof dictionaries.en[key] === 'string';
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
