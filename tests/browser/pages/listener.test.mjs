// The listener's page and the first page in Debian's Chromium, against a session without a server (web/tests/fake/listener.ts): what they
// show, how they are used by finger, keyboard and screen reader, in all languages, light and dark, narrow and with large text.
// What comes through the ears is tested against the real server.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { preview } from '../../lib/preview.mjs';

const PHONE = { width: 360, height: 740 };
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const faults = []; // errors of the pages' own, and what the Content-Security-Policy refused

/** A page in a profile of its own; closed when the test ends. */
async function open(t, path, options = {}) {
  const page = await preview(t, path, { viewport: PHONE, locale: 'fr-FR', ...options }, (words) => faults.push(`${path}: ${words}`));
  await page.locator('.channel, .room, .notice').first().waitFor();
  return page;
}

const playing = (page) => page.locator('.channel[aria-checked="true"] .language-name').allTextContents();
const state = (page) => page.locator('.player').getAttribute('data-state');
const becomes = (page, name) => page.waitForFunction((wanted) => document.querySelector('.player')?.dataset.state === wanted, name);
async function isFitToUse(page) {
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  assert.deepEqual(violations.map((one) => [one.id, one.nodes.map((node) => node.target.join(' '))]), []);
}

const row = (page, name) => page.locator('.channel', { hasText: name });

describe('the original under the interpretation', () => {
  const bed = (page) => page.evaluate(() => [document.documentElement.dataset.bed, document.documentElement.dataset.bedVolume]);
  const slide = (page, value) =>
    page.locator('.bed input').evaluate((range, wanted) => {
      range.value = wanted;
      range.dispatchEvent(new Event('input', { bubbles: true }));
    }, value);

  test('off at first, there under an interpretation, muted under the original, none on the floor', async (t) => {
    const page = await open(t, '/r/hall?fake=still');
    await page.locator('.bed').waitFor({ state: 'hidden' });
    await row(page, 'Français').click();
    await becomes(page, 'playing');
    assert.deepEqual(await bed(page), [undefined, undefined]);
    await slide(page, '0.3');
    assert.deepEqual(await bed(page), ['0', '0.30']);
    await row(page, '中文').click(); // the language of the floor
    await page.waitForFunction(() => document.documentElement.dataset.bedVolume === '0.00');
    await page.locator('.channel').last().click();
    await page.waitForFunction(() => document.documentElement.dataset.bed === 'null');
    await page.locator('.bed').waitFor({ state: 'hidden' });
  });

  test('its level is remembered, and it ends with the sound', async (t) => {
    const page = await open(t, '/r/hall?fake=still');
    await row(page, 'Français').click();
    await slide(page, '0.3');
    await page.reload();
    await row(page, 'Français').click();
    await page.waitForFunction(() => document.documentElement.dataset.bedVolume === '0.30');
    await page.locator('.player__button').click();
    await page.waitForFunction(() => document.documentElement.dataset.bed === 'null');
  });

  test('a private talk says so, an open room does not', async (t) => {
    const page = await open(t, '/r/talks?fake=closed', { locale: 'en-GB' });
    await page.getByText('A private talk. Nothing is recorded.').waitFor();
    await isFitToUse(page);
    const hall = await open(t, '/r/hall?fake=still');
    assert.equal(await hall.locator('.private').isVisible(), false);
  });
});

describe('by finger', () => {
  test('the language of the browser is first, and nothing plays before a tap', async (t) => {
    const page = await open(t, '/r/hall?fake=still');
    assert.match(await page.locator('.channel').first().innerText(), /^3\s+Français/);
    assert.deepEqual(await playing(page), []);
    assert.equal(await state(page), 'idle');
    assert.equal(await page.locator('.channel').last().locator('.channel__number').textContent(), '0');
  });

  test('one tap plays, another changes, the button stops and continues', async (t) => {
    const page = await open(t, '/r/hall?fake=still');
    await row(page, 'Français').click();
    await becomes(page, 'playing');
    await row(page, 'Русский').click();
    assert.deepEqual(await playing(page), ['Русский']);
    await page.locator('.player__button').click();
    assert.deepEqual([await playing(page), await state(page)], [[], 'ready']);
    await page.locator('.player__button').click();
    await becomes(page, 'playing');
    assert.deepEqual(await playing(page), ['Русский']);
  });

  test('whoever comes back is offered what they heard last, and hears nothing yet', async (t) => {
    const page = await open(t, '/r/hall?fake=still');
    await row(page, 'Italiano').click();
    await becomes(page, 'playing');
    await page.reload();
    await becomes(page, 'ready');
    assert.match(await page.locator('.channel').first().innerText(), /Italiano/);
    assert.deepEqual(await playing(page), []);
  });

  test('a sound that does not start is told, and another tap is possible', async (t) => {
    const page = await open(t, '/r/hall?fake=deaf');
    await row(page, 'Français').click();
    await page.locator('.notice').waitFor();
    assert.equal(await state(page), 'ready');
  });

  test('nothing moves when the labels change', async (t) => {
    const page = await open(t, '/r/hall');
    await row(page, 'Français').click();
    await becomes(page, 'playing');
    const places = () =>
      page.evaluate(() => [...document.querySelectorAll('.channel, .player, .player > *, .player__button, .more')].map((element) => JSON.stringify(element.getBoundingClientRect())));
    const label = () => page.locator('.player .badge').getAttribute('data-label');
    const [from, before] = [await label(), await places()];
    await page.waitForFunction((old) => document.querySelector('.player .badge').dataset.label !== old, from);
    assert.deepEqual(await places(), before);
  });
});

describe('by keyboard', () => {
  test('arrows only move, Enter and digits play', async (t) => {
    const page = await open(t, '/r/hall?fake=still');
    await page.locator('.channel').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    assert.deepEqual(await playing(page), []);
    await page.keyboard.press('Enter');
    assert.deepEqual(await playing(page), ['English']);
    await page.keyboard.press('End');
    await page.keyboard.press('Space');
    assert.deepEqual(await playing(page), ['Son original']);
    await page.keyboard.press('5');
    assert.deepEqual(await playing(page), ['Русский']);
  });

  test('a second digit is waited for where there is such a channel', async (t) => {
    const page = await open(t, '/r/hall?fake=many');
    await page.keyboard.press('1');
    await page.keyboard.press('2');
    assert.deepEqual(await playing(page), ['हिन्दी']);
  });

  test('a focused row is never under the player', async (t) => {
    const page = await open(t, '/r/hall?fake=many');
    await row(page, 'Français').click();
    for (let presses = 0; presses < 12; presses++) {
      await page.keyboard.press('ArrowDown');
      const [row, player] = await page.evaluate(() => [document.activeElement, document.querySelector('.player')].map((element) => element.getBoundingClientRect()));
      assert.ok(row.bottom <= player.top && row.top >= 0, `${row.bottom} ${player.top}`);
    }
  });
});

describe('what is shown', () => {
  test('the ticket leaves the address, and a reload still has it', async (t) => {
    const page = await open(t, '/r/hall?fake=still#t=bc1.a.b.c');
    assert.equal(new URL(page.url()).hash, '');
    assert.equal(await page.evaluate(() => sessionStorage.getItem('boothcast.ticket.hall')), 'bc1.a.b.c');
  });

  test('a closed room says why, and offers no languages', async (t) => {
    const page = await open(t, '/r/hall?fake=refused&lang=en');
    assert.match(await page.locator('.notice').innerText(), /closed/);
    assert.equal(await page.locator('.player').isVisible(), false);
  });

  test('an emergency is a banner over everything, with the announcement one tap away', async (t) => {
    const page = await open(t, '/r/hall?fake=emergency&lang=en');
    const banner = page.locator('[role="alert"] .emergency');
    assert.equal((await banner.boundingBox()).width, PHONE.width);
    await banner.getByRole('button').click();
    await becomes(page, 'playing');
    assert.equal(await banner.getByRole('button').isVisible(), false);
  });

  test('what is said in an emergency is in the language of the page, or else after its own sentence', async (t) => {
    const page = await open(t, '/r/hall?fake=words&lang=en');
    const text = page.locator('.emergency__text');
    assert.equal((await text.textContent()).trim(), 'Please leave by the nearest exit.');
    await page.locator('select').first().selectOption('zh');
    assert.equal((await text.textContent()).trim(), '请从最近的出口离开。');
    await page.locator('select').first().selectOption('ar');
    assert.match(await text.textContent(), /^\S.+ Please leave by the nearest exit\.$/);
    assert.equal(await text.locator('bdi').getAttribute('lang'), 'en');
    await isFitToUse(page);
  });

  for (const [scene, word] of [['music', 'Break music'], ['line_up', 'Line-up tone']])
    test(`${word} stands where the label would say silence`, async (t) => {
      const page = await open(t, `/r/hall?fake=${scene}&lang=en`);
      await row(page, 'Français').click();
      await becomes(page, 'playing');
      assert.equal(await row(page, 'Français').locator('.words__item--seen').textContent(), word);
      assert.equal(await page.locator('.player .badge .words__item--seen').textContent(), word);
      assert.equal(await page.locator('.channel').last().locator('.words__item--seen').textContent(), 'Original'); // the floor
      await isFitToUse(page);
    });

  test('a name is never markup', async (t) => {
    const page = await open(t, '/r/hall?fake=markup&lang=en');
    assert.equal(await page.locator('#room').textContent(), '<img src=x onerror=alert(1)>');
    assert.equal(await page.locator('h1 img, .channel b').count(), 0);
  });

  test('a change of language changes all of the page, and not the sound', async (t) => {
    const page = await open(t, '/r/hall?fake=still&lang=en');
    await row(page, 'Français').click();
    await becomes(page, 'playing');
    await page.locator('select').first().selectOption('ar');
    assert.equal(await page.locator('html').getAttribute('dir'), 'rtl');
    assert.equal(await page.locator('.player__button').innerText(), 'إيقاف');
    assert.deepEqual(await playing(page), ['Français']);
  });

  test('the first page leads to open rooms only', async (t) => {
    const page = await open(t, '/?lang=en');
    assert.deepEqual(await page.locator('.rooms a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))), ['/r/hall', '/r/visit', '/r/dinner']);
    assert.equal(await page.locator('.room--closed').count(), 1);
  });
});

describe('for everybody', () => {
  const windows = [
    { name: 'a small phone', viewport: { width: 320, height: 640 }, colorScheme: 'light' },
    { name: 'a desk, dark', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
    { name: 'a phone zoomed twice', viewport: { width: 180, height: 370 }, colorScheme: 'light' },
  ];
  for (const { name, ...options } of windows)
    for (const language of ['zh', 'en', 'fr', 'es', 'ru', 'ar'])
      test(`${language} in ${name}: nothing sticks out, no fault found by axe`, async (t) => {
        const page = await open(t, `/r/hall?fake=still&lang=${language}`, options);
        await row(page, 'Français').click();
        await page.locator('details').evaluateAll((all) => all.forEach((one) => (one.open = true)));
        await isFitToUse(page);
      });

  for (const language of ['zh', 'ar'])
    test(`${language} on the first page`, async (t) => isFitToUse(await open(t, `/?lang=${language}`, windows[0])));
});

test('no error and no refusal of the security policy in any of these pages', () => {
  assert.deepEqual(faults, []);
});
