// A listener whose line becomes too thin for the sound, in real Chromium: the server moves it to the saver, and it hears every word again.
// The way back takes a minute without one bad second, which no test on a shared machine can promise a page: tests/flow has it. And the
// person may choose.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Actor } from '../lib/actor.mjs';
import { forget, hear, hears, launch, openPage, recording, startServerWithEars, unfit } from '../lib/chromium.mjs';
import { metric } from '../lib/http.mjs';
import { longestHole, shareOf } from '../lib/markers.mjs';
import { eventually, sleep } from '../lib/programs.mjs';
import { Proxy } from '../lib/proxy.mjs';
import { rms } from '../lib/sound.mjs';
import { undisturbed } from '../lib/undisturbed.mjs';

const HZ = 500;
/** Bytes a second between what the saver takes (about 2,200) and what standard takes (about 4,800), WebSocket and all. */
const THIN = 3800;
const isTone = (samples) => rms(samples) > 0.05 && shareOf(samples, HZ) > 0.9;

let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startServerWithEars(), launch()]);
  await Actor.join(server, { role: 'speaker', source: 'floor/main', hz: HZ });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function open(t, from = server) {
  const page = await openPage(t, browser, `${from.url}/r/hall`, { viewport: { width: 360, height: 740 } });
  await page.locator('.channel', { hasText: 'English' }).click();
  await hears(page, isTone, 'the floor');
  return page;
}

const moves = (to) => metric(server, `boothcast_listener_moves_total{to="${to}"}`);
const delayMs = async (page) => Number(/([\d.,]+)/.exec(await page.locator('.player__delay').innerText())?.[1] ?? NaN);

test('the line becomes thin: to the saver', async (t) => {
  const proxy = await Proxy.before(server);
  t.after(() => proxy.close());
  const page = await open(t, proxy);
  await sleep(5000);
  assert.equal(await moves('saver'), 0);
  const before = await delayMs(page);

  proxy.thin(THIN);
  await eventually(async () => (await moves('saver')) === 1, 'the listener is moved to the saver', 40_000);
  await sleep(12_000); // what had piled up on the line is worked off
  await undisturbed(t, server, async () => {
    const { samples } = await hear(page, 6000);
    assert.ok(longestHole(samples) <= 20, `on the thin line silent for ${longestHole(samples)} ms`);
    assert.ok(isTone(samples), `the share of the tone is ${shareOf(samples, HZ)}`);
  });
  assert.ok((await delayMs(page)) > before, 'longer packets come later, and the page says so');
});

test('the person saves data always, or never, and the page remembers', async (t) => {
  const page = await open(t);
  const choose = async (value) => {
    await page.locator('details').evaluateAll((all) => all.forEach((one) => (one.open = true)));
    await page.getByLabel('Save data').selectOption(value);
  };
  await undisturbed(t, server, async () => {
    await choose('off');
    await sleep(3000);
    await forget(page);
    await choose('always');
    await sleep(3000);
    const { samples } = await recording(page);
    assert.ok(longestHole(samples) <= 20, `silent for ${longestHole(samples)} ms at the change`);
    assert.ok(isTone(samples.subarray(-48_000)), 'the tone, saved');
  });
  const hint = await page.locator('.field__hint').first().innerText();
  const [less, more] = [...hint.matchAll(/(\d+) kB/g)].map(([, size]) => Number(size));
  assert.ok(less > 200 && less < more / 2 && more < 700, hint);
  assert.deepEqual(await unfit(page), []);
  await page.reload();
  assert.equal(await page.getByLabel('Save data').inputValue(), 'always');
});
