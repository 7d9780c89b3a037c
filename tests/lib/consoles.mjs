// The consoles in Chromium, against the scripted room of web/tests/fake-consoles.ts: no server, and no sound. Who imports this gets a browser
// and the pages for as long as its tests run.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import { fakeTicket } from '../../web/tests/fake-ticket.mjs';
import { server } from '../../web/tests/preview.mjs';
import { launchShell } from './chromium.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const DESK = fakeTicket('interpreter', 'zh-en', 1);

let browser;
let url;

/** Where the pages are, once the tests run. */
export const origin = () => url;

before(async () => {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${server.address().port}`;
  browser = await launchShell();
});

after(async () => {
  await browser?.close();
  server.close();
});

/** A fresh profile on a page; whatever the page complains of fails the test at its end. */
export async function open(context, path, options = {}) {
  const profile = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en', ...options });
  const page = await profile.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  context.after(async () => {
    await profile.close();
    assert.deepEqual(
      complaints.filter((each) => !each.includes('404')),
      [],
    );
  });
  await page.goto(url + path);
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
