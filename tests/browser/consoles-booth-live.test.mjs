// A booth at work against the real server, in real Chromium: two interpreters, AV, a speaker and listeners. What is asked by a key of one
// page is seen and heard on the others.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Actor } from '../lib/actor.mjs';
import { hears, launch, openPage, startServerWithEars } from '../lib/chromium.mjs';
import { hops, locate, shareOf } from '../lib/markers.mjs';
import { temporaryFolder } from '../lib/programs.mjs';
import { RATE, rms, thin, wav } from '../lib/sound.mjs';

const FLOOR_HZ = 500;
const ACTOR_HZ = 1700;
const FEW = 6000;
const PHONE = { viewport: { width: 390, height: 844 } };
const said = hops(10); // by every microphone of this browser
const saidThin = thin(Float32Array.from({ length: said.length * 1.1 }, (_, i) => said[i % said.length]), RATE, FEW);

const isMicrophone = (samples) => rms(samples) > 0.05 && locate(thin(samples.slice(-RATE / 10), RATE, FEW), saidThin).alike > 0.7;
const isTone = (hz) => (samples) => rms(samples) > 0.05 && shareOf(samples, hz) > 0.95;
const isBoth = (samples) => shareOf(samples, FLOOR_HZ) > 0.04 && shareOf(samples, ACTOR_HZ) > 0.04 && shareOf(samples, FLOOR_HZ) + shareOf(samples, ACTOR_HZ) > 0.95;
const isSilent = (samples) => rms(samples) < 0.001;

const folder = temporaryFolder();
let server;
let browser;
let speaker;

before(async () => {
  const microphone = join(folder.path, 'microphone.wav');
  writeFileSync(microphone, wav([said]));
  [server, browser] = await Promise.all([startServerWithEars(), launch({ microphone })]);
  speaker = await Actor.join(server, { role: 'speaker', source: 'floor/main', hz: FLOOR_HZ });
});

after(async () => {
  await speaker?.leave();
  await browser?.close();
  await server?.stop();
  folder.remove();
});

const ticketed = async (t, path, who, options) => openPage(t, browser, server.url + path, { ticket: await server.ticket({ room: 'hall', ...who }), ...options });
const lamp = (page, state) => page.waitForSelector(`.tally[data-lamp="${state}"]`);
const alertSays = (page, text) => page.waitForSelector(`.alert:has-text("${text}")`);
const prompt = (page, state) => page.waitForSelector(`.prompt[data-case="${state}"]`);

async function sitDown(t, booth, desk, name) {
  const page = await ticketed(t, '/booth', { role: 'interpreter', booth, desk }, { viewport: { width: 1280, height: 720 } });
  await page.fill('#name', name);
  await page.click('button[type=submit]');
  await page.click('.check-page__go button:enabled');
  await lamp(page, 'off');
  return page;
}

async function listenTo(t, channel) {
  const page = await openPage(t, browser, `${server.url}/r/hall`, PHONE);
  await page.locator('.channel', { hasText: channel }).click();
  return page;
}

async function actorAt(t, booth, desk) {
  const actor = await Actor.join(server, { role: 'interpreter', booth, desk, source: 'desk', hz: ACTOR_HZ });
  t.after(() => actor.leave());
  return actor;
}

const watch = async (t) => {
  const page = await ticketed(t, '/av', { role: 'av' });
  await page.waitForSelector('.av-table tbody tr');
  return page;
};

describe('two interpreters', () => {
  test('a request by one key is accepted by one key, and listeners go on hearing', async (t) => {
    const [wang, helen] = [await sitDown(t, 'zh-en', 1, 'Wang Li'), await sitDown(t, 'zh-en', 2, 'Helen Carter')];
    const [english, av] = [await listenTo(t, 'English'), await watch(t)];
    await wang.keyboard.press('m');
    await lamp(wang, 'on_air');
    await english.evaluate(() => {
      globalThis.labels = new Set();
      const badge = document.querySelector('.player .badge');
      new MutationObserver(() => globalThis.labels.add(badge.dataset.label)).observe(badge, { attributes: true });
    });
    await hears(english, isMicrophone, 'the first interpreter');
    await english.evaluate(() => globalThis.labels.clear());
    await helen.keyboard.press('h');
    await prompt(helen, 'requesting');
    await prompt(wang, 'requested');
    assert.match(await wang.textContent('.prompt__text'), /Helen Carter asks for the microphone/);
    assert.match(await wang.textContent('.prompt__seconds'), /^(60|5\d)$/);
    await av.waitForSelector('.av-booths__row:has-text("asked → Helen Carter")');
    await wang.keyboard.press('h');
    await Promise.all([lamp(helen, 'on_air'), lamp(wang, 'off')]);
    await helen.waitForSelector('.prompt:has-text("You have the microphone")');
    await wang.waitForSelector('.prompt:has-text("Helen Carter has the microphone")');
    await helen.waitForSelector('.turn:has-text("Your turn")');
    assert.equal(await wang.textContent('.alert'), '');
    await hears(english, isMicrophone, 'the second interpreter');
    assert.deepEqual(await english.evaluate(() => [...globalThis.labels]), [], 'the label never changed');
  });

  test('a take-over is seen coming on both sides for three seconds', async (t) => {
    const [wang, helen] = [await sitDown(t, 'zh-en', 1, 'Wang Li'), await sitDown(t, 'zh-en', 2, 'Helen Carter')];
    await wang.keyboard.press('m');
    await lamp(wang, 'on_air');
    await helen.waitForSelector('.handover-key--take[aria-disabled=false]');
    await helen.keyboard.press('Shift+H');
    await Promise.all([prompt(helen, 'taking'), prompt(wang, 'taken')]);
    await alertSays(wang, 'Helen Carter takes over');
    const counted = await wang.textContent('.prompt__seconds');
    assert.match(counted, /^[23]$/, `the countdown stands at ${counted}`);
    await Promise.all([lamp(helen, 'on_air'), lamp(wang, 'off')]);
  });

  test('the boothmate is heard under the floor while OFF, and not while ON', async (t) => {
    const helen = await actorAt(t, 'zh-en', 2);
    await helen.mic('on');
    const wang = await sitDown(t, 'zh-en', 1, 'Wang Li');
    await hears(wang, isBoth, 'the floor and the boothmate');
    await helen.mic('off');
    await hears(wang, isTone(FLOOR_HZ), 'the floor alone, once the mate is OFF');
    await helen.mic('on');
    await hears(wang, isBoth, 'both again');
    await wang.keyboard.press('m');
    await hears(wang, isTone(FLOOR_HZ), 'the floor alone, while ON');
    await wang.keyboard.press('m');
    await lamp(wang, 'off');
  });

  test('messages go both ways, and stay text', async (t) => {
    const [wang, helen, av] = [await sitDown(t, 'zh-en', 1, 'Wang Li'), await sitDown(t, 'zh-en', 2, 'Helen Carter'), await watch(t)];
    const write = async (page, text) => {
      await page.fill('.chat__field', text);
      await page.keyboard.press('Enter');
    };
    await write(wang, '<b>Names</b> are in the PDF');
    await helen.waitForSelector('.chat__text:has-text("<b>Names</b> are in the PDF")');
    await wang.waitForSelector('.chat__line[data-own=true]');
    await wang.selectOption('.chat__thread', 'av');
    await write(wang, 'Headphones crackle');
    await av.waitForSelector('.chat__text:has-text("Headphones crackle")');
    await av.selectOption('.chat__thread', 'zh-en/1');
    await av.waitForSelector('.chat__text:has-text("Headphones crackle")');
    await write(av, 'Coming');
    await wang.waitForSelector('.chat__text:has-text("Coming")');
    assert.equal(await helen.locator('.chat__text:has-text("Headphones")').count(), 0);
  });
});

describe('calls', () => {
  test('slow down is shown to the speaker and to AV without a name, technician to AV with the desk', async (t) => {
    const wang = await sitDown(t, 'zh-en', 1, 'Wang Li');
    const [podium, av] = [await ticketed(t, '/speak', { role: 'speaker' }, PHONE), await watch(t)];
    await podium.waitForSelector('.inputs__choice');
    await wang.keyboard.press('s');
    await podium.waitForSelector('.slow:has-text("More slowly, please")');
    await av.waitForSelector('.av-calls__item:has-text("An interpreter asks the speaker to slow down")');
    await wang.keyboard.press('t');
    await av.waitForSelector('.av-calls__item:has-text("Technician to zh-en/1 (Wang Li)")');
    await wang.waitForSelector('.call[data-state=sent]:has-text("called")');
    for (let press = 0; press < 8; press++) await wang.keyboard.press('t');
    await alertSays(wang, 'Not possible');
  });

  test('the floor is spoken to by two presses: the room hears the desk, the desk does not', async (t) => {
    const wang = await sitDown(t, 'zh-en', 1, 'Wang Li');
    const [floor, av] = [await listenTo(t, 'Original sound'), await watch(t)];
    await hears(floor, isTone(FLOOR_HZ), 'the floor');
    await wang.keyboard.press('m');
    await lamp(wang, 'on_air');
    await wang.keyboard.press('Shift+F');
    await wang.waitForSelector('.call[data-state=armed]');
    await wang.keyboard.press('Shift+F');
    await alertSays(wang, 'the whole room hears your microphone');
    await hears(floor, isMicrophone, 'the desk on the floor');
    await hears(wang, isSilent, 'nothing in these headphones');
    await av.waitForSelector('.alarms__item:has-text("zh-en/1 speaks to the floor")');
    await wang.keyboard.press('Shift+F');
    await hears(floor, isTone(FLOOR_HZ), 'the floor again');
    await hears(wang, isTone(FLOOR_HZ), 'the floor in these headphones again');
    await wang.keyboard.press('m');
  });
});

describe('warnings and AV', () => {
  test('the wrong direction is told at the desk and to AV; a cut stays until the next press', async (t) => {
    const [wang, av] = [await sitDown(t, 'zh-en', 1, 'Wang Li'), await watch(t)];
    await wang.keyboard.press('b');
    await wang.waitForSelector('.output__key[aria-pressed=true]:has-text("中文")');
    await wang.keyboard.press('m');
    await alertSays(wang, 'WRONG DIRECTION');
    await av.waitForSelector('.alarms__item:has-text("zh-en/1: wrong direction")');
    await av.locator('tr', { hasText: 'zh-en/1' }).getByRole('button', { name: /^Cut/ }).click();
    await alertSays(wang, 'CUT by the AV team');
    await wang.keyboard.press('a');
    await wang.waitForSelector('.output__key[aria-pressed=true]:has-text("English")');
    await alertSays(wang, 'CUT by the AV team');
    await wang.keyboard.press('m');
    await lamp(wang, 'on_air');
    assert.equal(await wang.textContent('.alert'), '');
    await wang.keyboard.press('m');
  });

  test('the auto-relay takes the place of the floor; the true floor is one key away', async (t) => {
    const french = await actorAt(t, 'fr', 1);
    await french.mic('on');
    const [wang, av] = [await sitDown(t, 'zh-en', 1, 'Wang Li'), await watch(t)];
    await hears(wang, isTone(FLOOR_HZ), 'the floor');
    await av.selectOption('#auto-relay', { label: 'Français' });
    await wang.waitForSelector('.incoming__note:has-text("Auto-relay: Français")');
    await hears(wang, isTone(ACTOR_HZ), 'the pivot');
    await wang.keyboard.press('g');
    await hears(wang, isTone(FLOOR_HZ), 'the true floor');
    await av.selectOption('#auto-relay', '0');
    await wang.waitForSelector('.small-key.unseen', { state: 'attached' });
  });

  test('the interlock of a channel shows the server’s word', async (t) => {
    const [one, other] = [await watch(t), await watch(t)];
    const mode = (page) => page.locator('tr.av-row--click', { hasText: 'Italiano' }).locator('.av-mode');
    assert.equal(await mode(one).inputValue(), 'interlock');
    await mode(one).selectOption('override');
    for (const page of [one, other])
      await page.waitForFunction(() => [...document.querySelectorAll('.av-mode')].some((each) => each.value === 'override'));
    await mode(other).selectOption('interlock');
  });
});

test('a listener hears the original under the interpretation, and not twice', async (t) => {
  const helen = await actorAt(t, 'zh-en', 2);
  await helen.mic('on');
  const listener = await listenTo(t, 'English');
  await hears(listener, isTone(ACTOR_HZ), 'the interpreter alone at first');
  await listener.locator('.bed input').evaluate((range) => {
    range.value = '0.5';
    range.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await hears(listener, isBoth, 'the original under it');
  await helen.mic('off');
  await hears(listener, isTone(FLOOR_HZ), 'the floor');
  await listener.locator('.channel', { hasText: 'Original sound' }).click();
  await listener.locator('.bed').waitFor({ state: 'hidden' });
});
