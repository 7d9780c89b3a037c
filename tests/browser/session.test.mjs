// A session of a conference from its opening to its end, in real Chromium against the real server: a speaker, two interpreters who take turns,
// a booth that works from relay, two listeners who pick their language once, and AV.
//
//     speaker 500 Hz --> floor --> booth zh-en: Wang 1100 Hz, Helen 1700 Hz (over a network that can be held up)
//                                  booth fr: 2600 Hz, hears English
//
// Runs alone: nine pages in three browsers need the whole machine.
//
// Every microphone is a tone of its own, so that what is heard anywhere says who is heard. Beside the listeners' pages a client of the
// protocol counts every frame of both channels.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Actor } from '../lib/actor.mjs';
import { forget, hears, launch, openPage, recording, startServerWithEars } from '../lib/chromium.mjs';
import { assertPerfect } from '../lib/client.mjs';
import { longestHole, shareOf } from '../lib/markers.mjs';
import { missedSince, missedSoFar, nobodyMissesAFrame } from '../lib/missed.mjs';
import { eventually, sleep, temporaryFolder } from '../lib/programs.mjs';
import { Proxy } from '../lib/proxy.mjs';
import { RATE, rms, tone, wav } from '../lib/sound.mjs';

const HZ = { speaker: 500, wang: 1100, helen: 1700, french: 2600 };
const ZH = 1;
const EN = 2;
const FR = 3;
const DESK = { viewport: { width: 1280, height: 720 } };
const PHONE = { viewport: { width: 390, height: 844 } };

const is = (who) => (samples) => rms(samples) > 0.05 && shareOf(samples, HZ[who]) > 0.95;
const isWith = (one, other) => (samples) => shareOf(samples, HZ[one]) > 0.04 && shareOf(samples, HZ[other]) > 0.04 && shareOf(samples, HZ[one]) + shareOf(samples, HZ[other]) > 0.95;
const isSilent = (samples) => rms(samples) < 0.001;
const isNobody = (samples) => rms(samples) > 0.03 && Object.values(HZ).every((hz) => shareOf(samples, hz) < 0.5);

const lamp = (page, state) => page.waitForSelector(`.tally[data-lamp="${state}"]`);
const air = (page, state) => page.waitForSelector(`.lamp[data-air="${state}"]`);
const labelIs = (page, wanted) => page.waitForFunction((name) => document.querySelector('.player .badge')?.dataset.label === name, wanted);

describe('a session', () => {
  const folder = temporaryFolder();
  const atEnd = [];
  const whole = { after: (end) => atEnd.push(end) };
  const browser = {};
  let server, proxy, counter, french;
  let podium, wang, helen, english, chinese, av;

  /** One browser for each microphone. */
  async function withMicrophone(who) {
    const microphone = join(folder.path, `${who}.wav`);
    writeFileSync(microphone, wav([tone(HZ[who], 2)]));
    browser[who] = await launch({ microphone });
  }

  const ticketed = async (who, origin, path, claims, options) => openPage(whole, browser[who], origin + path, { ticket: await server.ticket({ room: 'hall', ...claims }), ...options });

  async function sitDown(who, origin, desk, name) {
    const page = await ticketed(who, origin, '/booth', { role: 'interpreter', booth: 'zh-en', desk }, DESK);
    await page.fill('#name', name);
    await page.click('button[type=submit]');
    await page.click('.check-page__go button:enabled');
    await lamp(page, 'off');
    return page;
  }

  async function listenTo(language) {
    const page = await openPage(whole, browser.speaker, `${server.url}/r/hall`, PHONE);
    await page.locator('.channel', { hasText: language }).click();
    return page;
  }

  async function count() {
    counter = await server.join();
    await counter.listen(ZH);
    await counter.listen(EN);
  }

  before(async () => {
    server = await startServerWithEars();
    await Promise.all(['speaker', 'wang', 'helen'].map(withMicrophone));
    proxy = await Proxy.before(server);
    podium = await ticketed('speaker', server.url, '/speak', { role: 'speaker' }, PHONE);
    await podium.click('.start[data-step=open]');
    await podium.locator('.inputs__choice', { hasText: 'Mixing desk' }).click();
    wang = await sitDown('wang', server.url, 1, 'Wang Li');
    helen = await sitDown('helen', proxy.url, 2, 'Helen Carter');
    av = await ticketed('speaker', server.url, '/av', { role: 'av' });
    await av.waitForSelector('.av-table tbody tr');
    [english, chinese] = [await listenTo('English'), await listenTo('中文')];
    await count();
  });

  after(async () => {
    await french?.leave();
    const wrong = [];
    for (const end of atEnd.reverse()) await end().catch((error) => wrong.push(error));
    await Promise.all(Object.values(browser).map((each) => each.close()));
    proxy?.close();
    await server?.stop();
    folder.remove();
    assert.deepEqual(wrong, []);
  });

  const listeners = () => [english, chinese];

  /**
   * Frames that listeners' pages did not have in time while `change` happens; on the wire none may be missing. What `change` gives judges the
   * sound of a page that had them all.
   */
  async function missedDuring(change) {
    const from = counter.packets.length;
    const before = missedSoFar(listeners());
    const judge = await change();
    await sleep(1500); // until the pages have reported
    for (const channel of [ZH, EN]) assertPerfect(counter.packets.slice(from).filter((packet) => packet.channel === channel), `channel ${channel}`);
    const missed = missedSince(listeners(), before);
    if (missed === 0) await judge?.();
    return missed;
  }

  const costsNothing = (t, change) => nobodyMissesAFrame(t, server, (n) => missedDuring(() => change(n)));

  test('the opening is in Chinese: whoever picked Chinese hears the speaker, whoever picked English the interpreter', async () => {
    await podium.click('.start[data-step=start]:enabled');
    await air(podium, 'on_air');
    await hears(chinese, is('speaker'), 'the floor in Chinese');
    await hears(english, is('speaker'), 'the floor in English, while nobody interprets');
    await hears(helen, is('speaker'), 'the floor in the booth');
    await wang.keyboard.press('m');
    await lamp(wang, 'on_air');
    await hears(english, is('wang'), 'Wang in English');
    await labelIs(english, 'direct');
    await hears(chinese, is('speaker'), 'the floor in Chinese');
    await labelIs(chinese, 'original');
    await hears(helen, isWith('speaker', 'wang'), 'the floor and the boothmate in Helen’s headphones');
    await hears(wang, is('speaker'), 'the floor alone in Wang’s');
  });

  test('a booth that works from English is on relay, and is labelled so', async () => {
    french = await Actor.join(server, { role: 'interpreter', booth: 'fr', desk: 1, source: 'desk', hz: HZ.french });
    await french.input(EN);
    await french.mic('on');
    await counter.until(() => counter.channel(FR).label === 'relay', 'relay on the French channel');
    await av.waitForSelector('tr:has-text("Français") .badge[data-label=relay]');
  });

  test('a cough is silence for those who hear Wang, and for nobody else', async () => {
    await wang.keyboard.down('Space');
    await lamp(wang, 'cough');
    await hears(english, isSilent, 'silence in English');
    await labelIs(english, 'direct');
    await hears(chinese, is('speaker'), 'the floor in Chinese');
    await wang.keyboard.up('Space');
    await lamp(wang, 'on_air');
    await hears(english, is('wang'), 'Wang again');
  });

  test('the floor turns to English: one key turns both channels round, and no frame is missing', (t) =>
    costsNothing(t, async (n) => {
      const [key, far, near] = n % 2 === 0 ? ['b', chinese, english] : ['a', english, chinese];
      await wang.keyboard.press(key);
      await Promise.all([hears(far, is('wang'), 'Wang on the other channel'), hears(near, is('speaker'), 'the floor on this one')]);
      await Promise.all([labelIs(far, 'direct'), labelIs(near, 'original')]);
    }));

  test('a relay whose source is the floor now is direct', async () => {
    await wang.keyboard.press('b'); // wherever the tries before have left it
    await hears(chinese, is('wang'), 'Wang in Chinese');
    await counter.until(() => counter.channel(FR).label === 'direct', 'direct on the French channel');
  });

  test('a handover: Helen asks, Wang gives, listeners hear no hole and see no change', (t) =>
    costsNothing(t, async (n) => {
      const [giver, taker, name] = n % 2 === 0 ? [wang, helen, 'helen'] : [helen, wang, 'wang'];
      await chinese.evaluate(() => {
        globalThis.labels?.watcher.disconnect();
        const badge = document.querySelector('.player .badge');
        const seen = new Set();
        const watcher = new MutationObserver(() => seen.add(badge.dataset.label));
        watcher.observe(badge, { attributes: true });
        globalThis.labels = { seen, watcher };
      });
      await forget(chinese);
      await taker.keyboard.press('h');
      await giver.waitForSelector('.prompt[data-case="requested"]');
      await giver.keyboard.press('h');
      await Promise.all([lamp(taker, 'on_air'), lamp(giver, 'off')]);
      await sleep(1000);
      const { samples } = await recording(chinese);
      assert.ok(is(name)(samples.slice(-RATE / 2)), 'who is heard afterwards');
      assert.deepEqual(await chinese.evaluate(() => [...globalThis.labels.seen]), [], 'the label never changed');
      return () => assert.equal(longestHole(samples), 0, 'a hole at the handover');
    }));

  test('a storm of keys of both desks: in the end one has the microphone, and the others went on', async () => {
    const storm = async (page, keys) => {
      for (let press = 0; press < 40; press++) await page.keyboard.press(keys[press % keys.length]);
    };
    await Promise.all([storm(wang, ['Shift+H', 'h', 'n']), storm(helen, ['h', 'Shift+H', 'm', 'h'])]);
    await hears(english, is('speaker'), 'the floor in English all the while');
    await sleep(4000); // a take-over that was begun is done by now
    for (const page of [wang, helen]) {
      // whatever was begun is ended, by the keys for it
      await page.keyboard.press('n');
      if ((await page.locator('.tally').getAttribute('data-lamp')) !== 'off') {
        await page.keyboard.press('m');
        await lamp(page, 'off');
      }
    }
    await hears(chinese, is('speaker'), 'the floor, when both are OFF');
    await helen.keyboard.press('m');
    await lamp(helen, 'on_air');
    await hears(chinese, is('helen'), 'Helen in Chinese');
  });

  test('a line that is lost: the floor fills, AV knows, the partner takes over at once, and who comes back is OFF', async () => {
    proxy.hold();
    await hears(chinese, is('speaker'), 'the floor, when Helen’s sound is missing for long');
    await labelIs(chinese, 'original');
    await av.waitForSelector('.alarms__item:has-text("zh-en/2")');
    await wang.keyboard.press('Shift+H');
    await lamp(wang, 'on_air');
    await hears(chinese, is('wang'), 'Wang in Chinese');
    proxy.cut();
    proxy.release();
    await lamp(helen, 'off');
    await hears(helen, isWith('speaker', 'wang'), 'the floor and the boothmate, when the line is back');
    await hears(chinese, is('wang'), 'Wang all the while');
  });

  test('an emergency is heard and read by everybody, and ends', async () => {
    await av.getByRole('button', { name: /emergency/i }).click();
    await av.locator('dialog .button--danger').click();
    for (const listener of [english, chinese]) {
      await listener.locator('.emergency').waitFor();
      await labelIs(listener, 'emergency');
      await hears(listener, isNobody, 'the attention tone');
    }
    await av.getByRole('button', { name: /emergency/i }).click();
    await av.locator('dialog button[value=yes]').click();
    await english.locator('.emergency').waitFor({ state: 'detached' });
    await hears(chinese, is('wang'), 'Wang again');
    await hears(english, is('speaker'), 'the speaker again');
  });

  test('keys and words that nobody should send are refused with words, and the room goes on', async () => {
    const stranger = await server.join();
    for (const message of [{ type: 'mic', state: 'on' }, { type: 'handover', action: 'take' }, { type: 'operate', action: 'emergency', on: true }]) {
      stranger.send(message);
      await stranger.refused('not_allowed');
    }
    const markup = '<img src=x onerror="document.title=1">';
    await wang.fill('.chat__field', markup);
    await wang.keyboard.press('Enter');
    await helen.waitForFunction((text) => [...document.querySelectorAll('.chat__text')].some((each) => each.textContent.includes(text)), markup);
    await wang.evaluate(() => document.activeElement.blur());
    const second = await ticketed('helen', server.url, '/booth', { role: 'interpreter', booth: 'zh-en', desk: 1 }, DESK);
    await second.fill('#name', 'x'.repeat(10_000));
    await second.click('button[type=submit]');
    await second.getByText(/Somebody is there already|opened on another page/).first().waitFor();
    await second.close();
    await lamp(wang, 'on_air');
    await hears(chinese, is('wang'), 'Wang all the while');
  });

  test('the server starts again: listeners hear, desks have their seats, and ON comes back as COUGH', async (t) => {
    const from = counter.packets.length;
    assert.ok(from > 0);
    await french.leave();
    await Promise.all([forget(english), forget(chinese)]);
    await server.stop('SIGTERM', { keep: true });
    server = await startServerWithEars({ folder: server.folder, listen: `${server.host}:${server.port}` });
    const up_ms = Date.now();
    await lamp(wang, 'cough');
    await lamp(helen, 'off');
    await hears(english, is('speaker'), 'the floor in English');
    const { samples, began_ms, rate } = await recording(english);
    t.diagnostic(`from the server’s first line to sound on a listener’s page: ${soundAgain(samples, rate, began_ms) - up_ms} ms`);
    assert.ok(soundAgain(samples, rate, began_ms) - up_ms < 10_000);
    await hears(chinese, isSilent, 'the channel is held, and silent: COUGH');
    await wang.keyboard.press('m');
    await lamp(wang, 'on_air');
    await hears(chinese, is('wang'), 'Wang, after a press');
  });

  /** The time of day at which sound began after the last silence of 0.1 s. */
  function soundAgain(samples, rate, began_ms) {
    const size = rate / 10;
    let at = Math.floor(samples.length / size) * size - size;
    while (at >= 0 && rms(samples.subarray(at, at + size)) > 0.01) at -= size;
    return Math.round(began_ms + ((at + size) / rate) * 1000);
  }

  test('the speaker ends, and it is silent', async () => {
    await wang.keyboard.press('m');
    await lamp(wang, 'off');
    await podium.click('.start[data-step=stop]');
    await air(podium, 'ready');
    await eventually(async () => (await Promise.all([english, chinese].map((page) => page.locator('.player .badge').getAttribute('data-label')))).every((label) => label === 'silent'), 'silence on both');
    await hears(english, isSilent, 'silence');
  });
});
