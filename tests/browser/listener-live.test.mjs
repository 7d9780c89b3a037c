// The listener's page against the real server, in real Chromium: what comes out of its loudspeaker. Speaker and interpreter are clients of the
// protocol that send tones: 500 Hz is the floor, 1700 Hz the interpreter.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Actor } from '../lib/actor.mjs';
import { forget, hear, hears, launch, openPage, recording, startServerWithEars, unfit } from '../lib/chromium.mjs';
import { longestHole, shareOf } from '../lib/markers.mjs';
import { eventually, sleep } from '../lib/programs.mjs';
import { Proxy } from '../lib/proxy.mjs';
import { rms } from '../lib/sound.mjs';
import { undisturbed } from '../lib/undisturbed.mjs';

const PHONE = { width: 360, height: 740 };
const FLOOR_HZ = 500;
const BOOTH_HZ = 1700;
const isTone = (hz) => (samples) => rms(samples) > 0.05 && shareOf(samples, hz) > 0.95;
const isSilent = (samples) => rms(samples) < 0.001;

let server;
let browser;
let desk; // of the Chinese-English booth; its microphone is OFF between the tests

const speakOnFloor = (onServer) => Actor.join(onServer, { role: 'speaker', source: 'floor/main', hz: FLOOR_HZ });

before(async () => {
  [server, browser] = await Promise.all([startServerWithEars(), launch()]);
  await speakOnFloor(server);
  desk = await Actor.join(server, { role: 'interpreter', booth: 'zh-en', desk: 1, source: 'desk', hz: BOOTH_HZ });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const open = (t, path = '/r/hall', options = {}, from = server) => openPage(t, browser, from.url + path, { viewport: PHONE, ...options });
const row = (page, name) => page.locator('.channel', { hasText: name });
const label = (page) => page.locator('.player .badge').getAttribute('data-label');
const labelIs = (page, wanted) => page.waitForFunction((name) => document.querySelector('.player .badge')?.dataset.label === name, wanted);
const lineIs = (page, wanted) => page.locator(`.player .line[data-state="${wanted}"]`).waitFor();
const delayMs = async (page) => Number(/([\d.,]+)/.exec(await page.locator('.player__delay').innerText())?.[1] ?? NaN);

async function plays(page, name = 'English', hz = FLOOR_HZ) {
  await row(page, name).click();
  await hears(page, isTone(hz), `${hz} Hz on ${name}`);
}

describe('what is heard', () => {
  test('one tap, and the floor is in the ear', async (t) => {
    const page = await open(t);
    await plays(page);
    assert.equal(await label(page), 'original');
    const { samples } = await hear(page, 2000);
    assert.ok(rms(samples) > 0.12 && rms(samples) < 0.24, `the floor's loudness became ${rms(samples)}`);
    await page.waitForFunction(() => /\d/.test(document.querySelector('.player__delay').textContent));
    const delay = await delayMs(page);
    assert.ok(delay > 5 && delay < 1500, `the page measured ${delay} ms`);
  });

  test('the interpreter takes the channel, coughs, and gives it back; the label goes with the sound', async (t) => {
    t.after(() => desk.mic('off'));
    const page = await open(t);
    await plays(page);
    await desk.mic('on');
    await hears(page, isTone(BOOTH_HZ), 'the interpreter');
    await labelIs(page, 'direct');
    await desk.mic('cough');
    await hears(page, isSilent, 'silence while the interpreter coughs');
    await desk.mic('off');
    await hears(page, isTone(FLOOR_HZ), 'the floor again');
    await labelIs(page, 'original');
  });

  test('output B: the interpreter is on the other channel, and the floor on this one', async (t) => {
    t.after(async () => {
      await desk.mic('off');
      await desk.output('A');
    });
    const page = await open(t);
    await plays(page);
    await desk.mic('on');
    await hears(page, isTone(BOOTH_HZ), 'the interpreter');
    await desk.output('B');
    await hears(page, isTone(FLOOR_HZ), 'the floor on the channel that was left');
    await plays(page, '中文', BOOTH_HZ);
    await labelIs(page, 'direct');
  });

  test('a change of language leaves no hole', async (t) => {
    t.after(() => desk.mic('off'));
    const page = await open(t);
    await desk.mic('on');
    await undisturbed(t, server, async () => {
      await plays(page, 'English', BOOTH_HZ);
      await forget(page);
      await plays(page, 'Français', FLOOR_HZ);
      await labelIs(page, 'original');
      const { samples } = await recording(page);
      assert.ok(longestHole(samples) <= 100, `silent for ${longestHole(samples)} ms`);
    });
  });

  test('the channel of the floor, stop, and continue', async (t) => {
    t.after(() => desk.mic('off'));
    await desk.mic('on');
    const page = await open(t);
    await plays(page, 'Original sound', FLOOR_HZ);
    await page.locator('.player__button').click();
    await eventually(async () => (await hear(page, 200)).samples.length === 0, 'the sound ends');
    await page.locator('.player__button').click();
    await hears(page, isTone(FLOOR_HZ), 'the floor again');
  });

  test('without WebCodecs, by WASM', async (t) => {
    const page = await open(t, '/r/hall?decoder=wasm');
    await plays(page);
    const loaded = await page.workers()[0].evaluate(() => performance.getEntriesByType('resource').map((each) => each.name));
    assert.ok(loaded.some((name) => name.includes('opus-decoder')), loaded.join(' '));
    await undisturbed(t, server, async () => {
      const { samples } = await hear(page, 2000);
      assert.ok(longestHole(samples) <= 40, `silent for ${longestHole(samples)} ms`);
    });
  });

  test('through a media element, for locked phones', async (t) => {
    const page = await open(t);
    await plays(page);
    await page.locator('details').evaluateAll((all) => all.forEach((one) => (one.open = true)));
    await page.getByRole('switch', { name: /locked/ }).check();
    await hears(page, isTone(FLOOR_HZ), 'the floor through the element');
    const element = await page.evaluate(() => navigator.mediaSession.metadata?.title ?? '');
    assert.match(element, /English/);
  });

  test('a page whose main thread is busy plays on', async (t) => {
    const page = await open(t);
    await plays(page);
    await sleep(1000);
    await undisturbed(t, server, async () => {
      await forget(page);
      for (let i = 0; i < 3; i++) {
        await page.evaluate(() => {
          for (const until = performance.now() + 500; performance.now() < until; );
        });
        await sleep(100);
      }
      await sleep(300);
      const { samples } = await recording(page);
      assert.ok(longestHole(samples) <= 100, `silent for ${longestHole(samples)} ms`);
    });
  });
});

describe('a bad line', () => {
  async function openBehindProxy(t, hz = FLOOR_HZ) {
    const proxy = await Proxy.before(server);
    t.after(() => proxy.close());
    const page = await open(t, '/r/hall', {}, proxy);
    await plays(page, 'English', hz);
    const marked = await page.evaluate(() => (globalThis.notReloaded = true));
    assert.ok(marked);
    return { proxy, page };
  }
  const sameAsBefore = (page) => page.evaluate(() => globalThis.notReloaded === true);

  test('a pause of 300 ms: the page lags a little more afterwards, and catches up', async (t) => {
    const { proxy, page } = await openBehindProxy(t);
    await sleep(1500);
    for (let i = 0; i < 3; i++) {
      await proxy.pause(300);
      await sleep(700);
    }
    await hears(page, isTone(FLOOR_HZ), 'the floor after the pauses');
    // The buffer has adapted to the line by now: what the first pause made a hole, this one does not.
    await undisturbed(t, server, async () => {
      await forget(page);
      await proxy.pause(300);
      await sleep(1000);
      const { samples } = await recording(page);
      assert.ok(longestHole(samples) <= 100, `silent for ${longestHole(samples)} ms in the fourth pause`);
    });
    await lineIs(page, 'open');
    assert.ok(await sameAsBefore(page));
  });

  test('a pause of 2 s: sound comes back, and near to live', async (t) => {
    const { proxy, page } = await openBehindProxy(t);
    await proxy.pause(2000);
    await hears(page, isTone(FLOOR_HZ), 'the floor after the pause');
    await eventually(async () => (await delayMs(page)) < 1200, 'the delay becomes small again');
    assert.ok(await sameAsBefore(page));
  });

  test('a line that is cut: the page says so, and comes back by itself', async (t) => {
    const { proxy, page } = await openBehindProxy(t);
    proxy.cut({ stayDown: true });
    await lineIs(page, 'waiting');
    assert.match(await page.locator('.player .line').innerText(), /Reconnecting by itself/);
    await hears(page, isSilent, 'silence without a line');
    proxy.open();
    await lineIs(page, 'open');
    await hears(page, isTone(FLOOR_HZ), 'the floor again');
    assert.ok(await sameAsBefore(page));
  });

  test('a language that is picked while the line is down is there when it comes back', async (t) => {
    t.after(() => desk.mic('off'));
    await desk.mic('on');
    const { proxy, page } = await openBehindProxy(t, BOOTH_HZ);
    proxy.cut({ stayDown: true });
    await lineIs(page, 'waiting');
    await row(page, 'Français').click();
    proxy.open();
    await hears(page, isTone(FLOOR_HZ), 'the floor on Français');
  });
});

test('the server starts again: the page plays on without a hand', async (t) => {
  const first = await startServerWithEars();
  await speakOnFloor(first);
  const page = await open(t, '/r/hall', {}, first);
  await plays(page);
  await first.stop('SIGTERM', { keep: true });
  await lineIs(page, 'waiting');
  const second = await startServerWithEars({ folder: first.folder, listen: `${first.host}:${first.port}` });
  t.after(() => second.stop());
  await speakOnFloor(second);
  await lineIs(page, 'open');
  await hears(page, isTone(FLOOR_HZ), 'the floor of the new server');
});

describe('who may listen', () => {
  test('a closed room says so, and leads in whoever has a ticket', async (t) => {
    const outside = await open(t, '/r/talks');
    await outside.locator('.notice', { hasText: 'This room is closed. Open the link that the organiser gave you.' }).waitFor();
    assert.equal(await outside.locator('.channel').count(), 0);
    const inside = await open(t, '/r/talks', { ticket: await server.ticket({ room: 'talks', role: 'listener' }) });
    await row(inside, 'English').waitFor();
    assert.equal(new URL(inside.url()).hash, '', 'the ticket has left the address');
  });

  test('a room that is not there', async (t) => {
    const page = await open(t, '/r/nowhere');
    await page.locator('.notice', { hasText: 'There is no such room.' }).waitFor();
  });

  test('the first page leads to the open rooms, and not to the closed one', async (t) => {
    const page = await open(t, '/');
    await page.locator('.room').first().waitFor();
    assert.deepEqual(await page.locator('a.room').evaluateAll((all) => all.map((one) => one.getAttribute('href'))), ['/r/hall', '/r/visit', '/r/dinner']);
    await page.locator('a.room').first().click();
    await plays(page);
  });
});

describe('for everybody', () => {
  test('by keyboard alone: from the address bar to the sound and to another language', async (t) => {
    t.after(() => desk.mic('off'));
    await desk.mic('on');
    const page = await open(t);
    await row(page, 'English').waitFor();
    await eventually(async () => {
      await page.keyboard.press('Tab');
      return page.evaluate(() => document.activeElement?.classList.contains('channel'));
    }, 'Tab comes to the languages');
    await page.keyboard.press('Enter');
    await hears(page, isTone(BOOTH_HZ), 'English, which is first here');
    await page.keyboard.press('3');
    await hears(page, isTone(FLOOR_HZ), 'Français by its number');
  });

  const heard = { zh: '原声', en: 'Original', fr: 'Original', es: 'Original', ru: 'Оригинал', ar: 'الأصل' };
  Object.entries(heard).forEach(([language, word], at) => {
    const colorScheme = at % 2 ? 'dark' : 'light';
    test(`${language}, ${colorScheme}: words, direction, nothing serious found by axe, 320 px wide`, async (t) => {
      const page = await open(t, `/r/hall?lang=${language}`, { viewport: { width: 320, height: 640 }, colorScheme });
      await row(page, 'Français').click();
      await labelIs(page, 'original');
      const [direction, lang] = await page.evaluate(() => [document.dir || 'ltr', document.documentElement.lang]);
      assert.deepEqual([direction, lang.split('-')[0]], [language === 'ar' ? 'rtl' : 'ltr', language]);
      const badge = await page.locator('.player .badge').innerText();
      assert.ok(badge.includes(word), badge);
      assert.deepEqual(await unfit(page), []);
    });
  });

  test('a phone can keep the page among its apps: a manifest that it can read, with icons that are there', async (t) => {
    const page = await openPage(t, browser, `${server.url}/r/hall`);
    const devtools = await page.context().newCDPSession(page);
    const { errors, url, data } = await devtools.send('Page.getAppManifest');
    assert.deepEqual(errors, []);
    const { icons } = JSON.parse(data);
    const typeOf = (address) => page.evaluate(async (icon) => (await fetch(icon)).headers.get('content-type'), address);
    const types = await Promise.all(icons.map(({ src }) => typeOf(new URL(src, url).href)));
    assert.deepEqual(types, icons.map(({ type }) => type));
    assert.ok(types.includes('image/png'));
  });

  test('the first page, too', async (t) => {
    for (const colorScheme of ['light', 'dark']) {
      const page = await open(t, '/?lang=ar', { viewport: { width: 320, height: 640 }, colorScheme });
      await page.locator('.room').first().waitFor();
      assert.deepEqual(await unfit(page), []);
    }
  });
});
