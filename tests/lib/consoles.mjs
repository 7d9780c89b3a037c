// The consoles in Chromium, against the scripted room of web/tests/fake/consoles.ts: no server, and no sound.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fakeTicket } from '../../web/tests/fake-ticket.mjs';
import { preview } from './preview.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const DESK = fakeTicket('interpreter', 'zh-en', 1);

/** A fresh profile on a page; whatever the page complains of fails the test at its end. */
export async function open(context, path, options = {}) {
  const complaints = [];
  const page = await preview(context, path, { viewport: { width: 1280, height: 800 }, locale: 'en', ...options }, (words) => complaints.push(words));
  context.after(() =>
    assert.deepEqual(
      complaints.filter((each) => !each.includes('404')),
      [],
    ),
  );
  return page;
}

export async function deskOf(context, options = {}) {
  const page = await open(context, `/booth${options.query ?? ''}#t=${DESK}`, options);
  await enter(page);
  return page;
}

export async function enter(page) {
  await page.fill('#name', 'Wang Li');
  await page.click('button[type=submit]');
  await page.click('.check-page__go button');
  await lamp(page, 'off');
}

/** An edit of the scripted room: of this desk, of the boothmate's, of the whole. */
export const change = (page, edit) => page.evaluate(`globalThis.fake.change((room) => { const [own, mate] = room.desks; ${edit} })`);

export const lamp = (page, state) => page.waitForSelector(`.tally[data-lamp="${state}"]`, { timeout: 3000 });
export const asked = (page) =>
  page.evaluate(() => globalThis.fake.asked.filter((each) => /^(mic |output|input|operate|publish|unpublish|handover|true_floor|to_floor|signal|chat)/.test(each)));
export const heard = (page) => page.evaluate(() => globalThis.fake.asked.filter((each) => each.startsWith('listen')));
export const alertText = (page) => page.textContent('.alert');

export async function seriousOf(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map((each) => `${each.impact} ${each.id}: ${each.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}
