// The six dictionaries agree with each other and with the sources: same keys, same placeholders, no text asked for that is not
// there, none kept that nobody asks for. And what lib/i18n.ts makes of them.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as i18n from '../../src/lib/i18n.js';
import type { Dictionary, Language } from '../../src/lib/i18n.js';

const SRC = join(process.cwd(), 'src'); // tests run in web/
const LANGUAGES = ['zh', 'en', 'fr', 'es', 'ru', 'ar'] as const;
const FOLDERS = ['i18n', 'i18n/consoles'].filter((folder) => existsSync(join(SRC, folder, 'en.json')));

const read = (folder: string, language: Language) => JSON.parse(readFileSync(join(SRC, folder, `${language}.json`), 'utf8')) as Dictionary;
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

/** All sources in which a key can stand. */
function sources(folder = SRC): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.(ts|html)$/.test(entry.name) ? [readFileSync(path, 'utf8')] : [];
  });
}

for (const folder of FOLDERS) {
  describe(folder, () => {
    const english = read(folder, 'en');
    for (const language of LANGUAGES) {
      const dictionary = read(folder, language);
      test(`${language}: the keys of English, each with a text`, () => {
        assert.deepEqual(Object.keys(dictionary).sort(), Object.keys(english).sort());
        for (const [key, text] of Object.entries(dictionary)) assert.ok(text.trim(), key);
      });
      test(`${language}: the placeholders of English`, () => {
        for (const [key, text] of Object.entries(english))
          assert.deepEqual(placeholders(dictionary[key] ?? ''), placeholders(text), key);
      });
    }
  });
}

describe('keys in the sources', () => {
  const keys = new Set(FOLDERS.flatMap((folder) => Object.keys(read(folder, 'en'))));
  const text = sources().join('\n');

  test('every key that is written out has a text', () => {
    // Only whole literals; a key that is put together, as in t(`common.label.${label}`), is covered below.
    for (const [, key] of text.matchAll(/(?:\bt\(|data-i18n(?:-label|-placeholder)?=|'data-i18n(?:-label|-placeholder)?': )['"]([a-z_]+\.[a-z0-9_.]+)['"]/g))
      assert.ok(keys.has(key ?? ''), key);
  });

  test('every text is asked for somewhere', () => {
    const beginnings = [...text.matchAll(/`([a-z_]+\.[a-z0-9_.]*)\$\{/g)].map((match) => match[1] ?? '');
    for (const key of keys)
      assert.ok(text.includes(`'${key}'`) || text.includes(`"${key}"`) || beginnings.some((one) => key.startsWith(one)), key);
  });
});

describe('lib/i18n.ts', () => {
  test('picks the first wish that it speaks, by primary language', () => {
    const { pickLanguage } = i18n;
    assert.equal(pickLanguage([null, 'it-IT', 'ru-RU', 'en']), 'ru');
    assert.equal(pickLanguage(['zh-Hant-TW']), 'zh');
    assert.equal(pickLanguage([undefined, '', 'tlh']), 'en');
  });

  test('fills in parameters, as text and not as a pattern', () => {
    const { addDictionaries, setLanguage, t } = i18n;
    const words = { 'x.y': 'a {one} b {two} {one}' };
    addDictionaries({ zh: words, en: words, fr: words, es: words, ru: words, ar: words });
    setLanguage('en');
    assert.equal(t('x.y', { one: '$&{two}', two: 1234 }), 'a $&{two} b 1,234 $&{two}');
    assert.equal(t('x.y', { one: 'z' }), 'a z b {two} z');
    assert.equal(t('no.such'), 'no.such');
  });

  test('tells who asked, until they leave', () => {
    const { language, onLanguage, setLanguage } = i18n;
    const seen: string[] = [];
    const leave = onLanguage(() => seen.push(language().dir));
    setLanguage('ar');
    leave();
    setLanguage('en');
    assert.deepEqual(seen, ['rtl']);
  });

  test('names languages in themselves and in the language of the page', () => {
    const { languageName, ownLanguageName, setLanguage } = i18n;
    setLanguage('en');
    assert.equal(languageName('fr-FR'), 'French');
    assert.match(languageName('fr-FR', true), /^French \(France\)$/);
    assert.equal(ownLanguageName('ru-RU'), 'русский');
    assert.equal(languageName(''), '');
    assert.equal(languageName('not a tag'), 'not a tag'.split(/[-_]/)[0]);
  });

  test('takes a name in the language of the page, else English, else any', () => {
    const { nameOf, setLanguage } = i18n;
    setLanguage('fr');
    assert.deepEqual(nameOf({ zh: '主会场', fr: 'Grande salle' }), { text: 'Grande salle', lang: 'fr' });
    assert.deepEqual(nameOf({ zh: '主会场', en: 'Main hall' }), { text: 'Main hall', lang: 'en' });
    assert.deepEqual(nameOf({ zh: '主会场' }), { text: '主会场', lang: 'zh' });
    assert.deepEqual(nameOf({}), { text: '', lang: '' });
  });

  test('shows the time of the event, wherever the phone thinks it is', () => {
    const { localTime, setLanguage } = i18n;
    setLanguage('fr');
    assert.equal(localTime('2025-03-21T09:30'), '09:30');
    assert.equal(localTime('no time'), 'no time');
  });
});

test('tokens.css: the dark values are the same in both places', () => {
  const css = readFileSync(join(SRC, 'style/tokens.css'), 'utf8');
  const values = (head: string) => {
    const body = css.slice(css.indexOf(head) + head.length);
    return [...body.slice(0, body.indexOf('}')).matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, name, value]) => `${name} ${value}`);
  };
  const bySystem = values(":root:not([data-theme='light']) {");
  assert.ok(bySystem.length > 20);
  assert.deepEqual(values(":root[data-theme='dark'] {"), bySystem);
});
