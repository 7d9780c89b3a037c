// The six dictionaries agree with each other: the same keys (tsc sees to that too), the same placeholders, the plurals of each language, and no
// text twice. And what lib/i18n.ts makes of them. Which text is asked for where is looked at by texts.test.mjs.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as i18n from '../../src/lib/i18n.js';
import type { Plurals } from '../../src/lib/i18n.js';

const SRC = join(process.cwd(), 'src'); // tests run in web/
const FOLDERS = ['i18n', 'i18n/consoles'];

type Dictionary = Record<string, string | Plurals>;
const read = (folder: string, language: string) => JSON.parse(readFileSync(join(SRC, folder, `${language}.json`), 'utf8')) as Dictionary;
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
const forms = (text: string | Plurals | undefined) => (typeof text === 'object' ? Object.values(text) : [text ?? '']);

/** Forms that stand for one number alone may leave it out. */
const SAYS_ITSELF = ['zero', 'one', 'two'];

for (const folder of FOLDERS) {
  describe(folder, () => {
    const english = read(folder, 'en');
    for (const { code, locale } of i18n.languages) {
      const dictionary = read(folder, code);
      test(`${code}: the keys of English, in their order, each with a text`, () => {
        assert.deepEqual(Object.keys(dictionary), Object.keys(english));
        for (const [key, text] of Object.entries(dictionary)) for (const form of forms(text)) assert.ok(form.trim(), key);
      });
      test(`${code}: the placeholders of English`, () => {
        for (const [key, text] of Object.entries(english)) {
          const wanted = placeholders(forms(text).at(-1)!);
          const own = dictionary[key]!;
          if (typeof own === 'string') assert.deepEqual(placeholders(own), wanted, key);
          else
            for (const [category, form] of Object.entries(own))
              if (!SAYS_ITSELF.includes(category) || placeholders(form).length > 0) assert.deepEqual(placeholders(form), wanted, `${key} ${category}`);
        }
      });
      test(`${code}: a text with plurals has the categories of its language, no more and no fewer`, () => {
        const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions();
        for (const [key, text] of Object.entries(dictionary)) {
          assert.equal(typeof text, typeof english[key], key);
          if (typeof text === 'object') assert.deepEqual(Object.keys(text).sort(), [...pluralCategories].sort(), key);
        }
      });
    }
  });
}

test('no text stands there twice: two keys differ in at least one language', () => {
  const all = i18n.languages.map(({ code }) => ({ ...read('i18n', code), ...read('i18n/consoles', code) }) as Dictionary);
  const seen = new Map<string, string>();
  for (const key of Object.keys(all[0]!)) {
    const texts = JSON.stringify(all.map((dictionary) => dictionary[key]));
    assert.equal(seen.get(texts), undefined, key);
    seen.set(texts, key);
  }
});

describe('lib/i18n.ts', () => {
  test('picks the first wish that it speaks, by primary language', () => {
    const { pickLanguage } = i18n;
    assert.equal(pickLanguage([null, 'it-IT', 'ru-RU', 'en']), 'ru');
    assert.equal(pickLanguage(['zh-Hant-TW']), 'zh');
    assert.equal(pickLanguage([undefined, '', 'tlh']), 'en');
  });

  test('fills in parameters, as text and not as a pattern; numbers as the language writes them', () => {
    const { setLanguage, t } = i18n;
    setLanguage('en');
    assert.equal(t('listen.announce', { language: '$&{label}', label: 1234 }), '$&{label}: 1,234');
    assert.equal(t('listen.announce', { language: 'z' }), 'z: {label}');
    setLanguage('fr');
    assert.match(t('consoles.microphone.unnamed' as 'listen.announce', { number: 1 }), /^consoles/, 'texts that were not added are their key');
  });

  test('texts that are added are found, in every language', async () => {
    const { addTexts, hasText, setLanguage, t } = i18n;
    assert.equal(hasText('booth.mic'), false);
    const [zh, en, fr, es, ru, ar] = ['zh', 'en', 'fr', 'es', 'ru', 'ar'].map((code) => read('i18n/consoles', code) as never);
    addTexts({ zh, en, fr, es, ru, ar } as never);
    assert.equal(hasText('booth.mic'), true);
    setLanguage('ru');
    assert.equal(t('booth.mic'), 'МИКРОФОН');
  });

  test('the count chooses the form: listeners in six languages', () => {
    const { setLanguage, t } = i18n;
    const says = (language: Parameters<typeof setLanguage>[0], ...counts: number[]) => {
      setLanguage(language);
      return counts.map((count) => t('av.totals', { count }).replace(/\u202f/g, '\u00a0'));
    };
    assert.deepEqual(says('zh', 0, 1, 2), ['0 位听众', '1 位听众', '2 位听众']);
    assert.deepEqual(says('en', 0, 1, 2), ['0 listeners', '1 listener', '2 listeners']);
    assert.deepEqual(says('fr', 0, 1, 2, 1e6), ['0 auditeur', '1 auditeur', '2 auditeurs', '1\u00a0000\u00a0000 d’auditeurs']);
    assert.deepEqual(says('es', 0, 1, 2), ['0 oyentes', '1 oyente', '2 oyentes']);
    assert.deepEqual(says('ru', 0, 1, 2, 5, 11, 21, 22, 25), ['0 слушателей', '1 слушатель', '2 слушателя', '5 слушателей', '11 слушателей', '21 слушатель', '22 слушателя', '25 слушателей']);
    assert.deepEqual(says('ar', 0, 1, 2), ['لا مستمعين', 'مستمع واحد', 'مستمعان']);
    setLanguage('ar');
    const plain = (count: number) => t('av.totals', { count }).replace(/[^\u0621-\u065f]/g, '');
    assert.deepEqual([3, 10, 11, 99, 100, 103].map(plain), ['مستمعين', 'مستمعين', 'مستمعًا', 'مستمعًا', 'مستمع', 'مستمعين']);
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
