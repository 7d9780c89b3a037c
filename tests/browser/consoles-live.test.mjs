// The pages of those who work, against the real server, in real Chromium: what their microphones bring to listeners, and what their lamps say.
// The microphone of the browser reads a file of tone hops, so that what is heard anywhere can be found in it.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Actor } from '../lib/actor.mjs';
import { hears, launch, openPage, startServerWithEars, unfit } from '../lib/chromium.mjs';
import { hops, locate, shareOf } from '../lib/markers.mjs';
import { eventually, needs, run, sleep, temporaryFolder } from '../lib/programs.mjs';
import { floats, RATE, rms, thin, wav } from '../lib/sound.mjs';

const FLOOR_HZ = 500;
const ACTOR_HZ = 1700;
const PHONE = { viewport: { width: 390, height: 844 } };
const said = hops(10); // by the microphone, over and over
const FEW = 6000; // samples a second are enough to find a piece of it
const saidThin = thin(Float32Array.from({ length: said.length * 1.1 }, (_, i) => said[i % said.length]), RATE, FEW);

/** Whether the last 0.1 s are a piece of what the microphone says. */
function isMicrophone(samples) {
  return rms(samples) > 0.05 && locate(thin(samples.slice(-RATE / 10), RATE, FEW), saidThin).alike > 0.7;
}
const isTone = (hz) => (samples) => rms(samples) > 0.05 && shareOf(samples, hz) > 0.95;
const isSilent = (samples) => rms(samples) < 0.001;

const folder = temporaryFolder();
let server;
let browser;

before(async () => {
  const microphone = join(folder.path, 'microphone.wav');
  writeFileSync(microphone, wav([said]));
  [server, browser] = await Promise.all([startServerWithEars(), launch({ microphone })]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  folder.remove();
});

const ticketed = async (t, path, who, options) => openPage(t, browser, server.url + path, { ticket: await server.ticket({ room: 'hall', ...who }), ...options });
const listenerOf = async (t, language) => {
  const page = await openPage(t, browser, `${server.url}/r/hall`, PHONE);
  await page.locator('.channel', { hasText: language }).click();
  return page;
};
const labelIs = (page, wanted) => page.waitForFunction((name) => document.querySelector('.player .badge')?.dataset.label === name, wanted);

describe('/speak', () => {
  const air = (page, state) => page.waitForSelector(`.lamp[data-air="${state}"]`);

  const main = (page) => page.locator('.inputs__choice', { hasText: 'Mixing desk' });

  async function speak(t) {
    const stop = (page) => page.click('.start[data-step=stop]', { timeout: 300 }).catch(() => {});
    const page = await ticketed(t, '/speak', { role: 'speaker' }, { ...PHONE, leave: stop });
    await page.click('.start[data-step=open]');
    // What the test before has left is lost for some seconds, and then free.
    await eventually(async () => !(await main(page).innerText()).includes('in use'), 'the input is free');
    await main(page).click();
    await page.click('.start[data-step=start]:enabled');
    await air(page, 'on_air');
    return page;
  }

  test('the microphone is on air, by the server’s word, and is heard on a page and by any player', needs('ffmpeg'), async (t) => {
    const page = await speak(t);
    const listener = await listenerOf(t, 'English');
    await hears(listener, isMicrophone, 'the microphone on a listener’s page');
    await labelIs(listener, 'original');
    const address = `${server.url}/live/hall/en-GB.opus`;
    const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', address, '-t', '2', '-f', 'f32le', '-ac', '1', '-ar', '48000', '-'], { binary: true });
    assert.ok(isMicrophone(floats(stdout)), 'the microphone by ffmpeg');
    await page.click('.start[data-step=stop]');
    await air(page, 'ready');
    await hears(listener, isSilent, 'nothing after the stop');
  });

  test('an input that is taken is refused with a sentence, and the first goes on', async (t) => {
    const page = await speak(t);
    const other = await ticketed(t, '/speak', { role: 'speaker' }, PHONE);
    await other.click('.start[data-step=open]');
    await main(other).click();
    await other.click('.start[data-step=start]:enabled');
    await air(other, 'failed');
    assert.match(await other.locator('.lamp__text').innerText(), /Somebody is there already/);
    await air(page, 'on_air');
  });

  test('the spare microphone waits, and takes over when the first stops', async (t) => {
    const page = await speak(t);
    const spare = await ticketed(t, '/speak', { role: 'speaker' }, PHONE);
    await spare.click('.start[data-step=open]');
    await spare.locator('.inputs__choice', { hasText: 'chosen' }).and(spare.locator('.inputs__choice', { hasText: 'Spare' })).waitFor();
    await spare.click('.start[data-step=start]:enabled'); // the free input is offered first: backup
    await air(spare, 'standby');
    await page.click('.start[data-step=stop]');
    await air(spare, 'on_air');
  });

  test('nothing serious found by axe, light and dark, 320 px wide', async (t) => {
    for (const colorScheme of ['light', 'dark']) {
      const page = await ticketed(t, '/speak', { role: 'speaker' }, { viewport: { width: 320, height: 640 }, colorScheme });
      await page.click('.start[data-step=open]');
      await page.waitForSelector('.start[data-step=start]:enabled');
      await page.locator('details').evaluateAll((all) => all.forEach((one) => (one.open = true)));
      assert.deepEqual(await unfit(page), []);
    }
  });
});

describe('with a floor of 500 Hz', () => {
  let speaker;
  before(async () => {
    speaker = await Actor.join(server, { role: 'speaker', source: 'floor/main', hz: FLOOR_HZ });
  });
  after(() => speaker.leave());

  describe('/booth', () => {
    const DESK = { role: 'interpreter', booth: 'zh-en', desk: 1 };
    const lamp = (page, state) => page.waitForSelector(`.tally[data-lamp="${state}"]`);

    async function sitDown(t, options) {
      const page = await ticketed(t, '/booth', DESK, options);
      await page.fill('#name', 'Wang Li');
      await page.click('button[type=submit]');
      await page.click('.check-page__go button:enabled');
      await lamp(page, 'off');
      return page;
    }

    test('ON: the channel is this microphone, direct; COUGH: silence; OFF: the floor', async (t) => {
      const page = await sitDown(t);
      const listener = await listenerOf(t, 'English');
      await hears(listener, isTone(FLOOR_HZ), 'the floor, before ON');
      await hears(page, isTone(FLOOR_HZ), 'the floor in the booth');
      await page.click('.key--mic');
      await lamp(page, 'on_air');
      await hears(listener, isMicrophone, 'the interpreter');
      await labelIs(listener, 'direct');
      await page.keyboard.down('Space');
      await lamp(page, 'cough');
      await hears(listener, isSilent, 'silence at COUGH');
      await page.keyboard.up('Space');
      await lamp(page, 'on_air');
      await hears(listener, isMicrophone, 'the interpreter again');
      await page.keyboard.press('m');
      await lamp(page, 'off');
      await hears(listener, isTone(FLOOR_HZ), 'the floor, after OFF');
      await labelIs(listener, 'original');
    });

    test('output B turns the two channels round', async (t) => {
      const page = await sitDown(t);
      const [english, chinese] = [await listenerOf(t, 'English'), await listenerOf(t, '中文')];
      await page.click('.key--mic');
      await hears(english, isMicrophone, 'the interpreter in English');
      await hears(chinese, isTone(FLOOR_HZ), 'the floor in Chinese');
      await page.keyboard.press('b');
      await hears(chinese, isMicrophone, 'the interpreter in Chinese');
      await hears(english, isTone(FLOOR_HZ), 'the floor in English');
      await page.keyboard.press('m');
      await lamp(page, 'off');
      await page.keyboard.press('a');
      await page.waitForSelector('.output__key[aria-pressed=true]:has-text("English")');
    });

    test('a relay preset is heard in the booth', async (t) => {
      const french = await Actor.join(server, { role: 'interpreter', booth: 'fr', desk: 1, source: 'desk', hz: ACTOR_HZ });
      t.after(() => french.leave());
      await french.mic('on');
      const page = await sitDown(t);
      await page.keyboard.press('2'); // the second preset: French
      await hears(page, isTone(ACTOR_HZ), 'the French booth as relay');
      await page.keyboard.press('0');
      await hears(page, isTone(FLOOR_HZ), 'the floor');
    });

    test('the lamp is lit by the server, never by the press', async (t) => {
      const page = await sitDown(t);
      await page.evaluate(() => {
        globalThis.seen = [];
        const watch = () => globalThis.seen.push(`${document.querySelector('.tally').dataset.lamp} ${document.querySelector('.key--mic').classList.contains('key--pending')}`);
        new MutationObserver(watch).observe(document.querySelector('.air'), { subtree: true, attributes: true });
      });
      await page.click('.key--mic');
      await lamp(page, 'on_air');
      const seen = await page.evaluate(() => globalThis.seen);
      assert.ok(seen.includes('off true'), `pending and dark first: ${seen}`);
      assert.ok(!seen.includes('on_air true'), `never lit while the press is unanswered: ${seen}`);
    });

    test('the same desk in a second tab: only one has it', async (t) => {
      const first = await sitDown(t);
      const second = await ticketed(t, '/booth', DESK);
      await second.fill('#name', 'Li Na');
      await second.click('button[type=submit]');
      await eventually(async () => {
        const texts = await Promise.all([first, second].map((page) => page.locator('body').innerText()));
        return texts.some((text) => /Somebody is there already|opened on another page/.test(text));
      }, 'one of them is told');
    });

    test('nothing serious found by axe, light and dark, 320 px wide and on a desk', async (t) => {
      for (const colorScheme of ['light', 'dark']) {
        const page = await sitDown(t, { colorScheme });
        for (const width of [1280, 320]) {
          await page.setViewportSize({ width, height: 800 });
          assert.deepEqual(await unfit(page), [], `${colorScheme}, ${width}`);
        }
        await page.close();
        await sleep(300);
      }
    });
  });

  describe('/av', () => {
    const channelRow = (page, name) => page.locator('tr.av-row--click', { hasText: name });
    const sourceRow = (page, name) => page.locator('tr', { has: page.locator('.av-source__name', { hasText: name }) });
    const peakOf = async (row) => Number((await row.locator('td').nth(1).innerText()).replace('−', '-').replace(/[^\d.-]/g, '') || NaN);

    async function watch(t, options) {
      const page = await ticketed(t, '/av', { role: 'av' }, options);
      await channelRow(page, 'English').waitFor();
      return page;
    }

    test('levels move, and a click listens', async (t) => {
      const page = await watch(t);
      const row = channelRow(page, 'English');
      // 0.25 of full scale are -12 dBFS; the channel is floor-filled and may be matched in loudness by up to 6 dB.
      await eventually(async () => Math.abs((await peakOf(row)) + 12) < 7, 'the peak of the channel');
      await eventually(async () => Math.abs((await peakOf(sourceRow(page, 'Mixing desk'))) + 12) < 2, 'the peak of the floor’s input');
      const cover = row.locator('.level__cover').first();
      assert.match(await cover.evaluate((bar) => bar.style.transform), /scaleX\(0\.[0-7]/);
      await row.locator('.av-listen').click();
      await hears(page, isTone(FLOOR_HZ), 'the channel in the AV view');
      await eventually(async () => /[1-9]/.test(await row.locator('td').nth(5).innerText()), 'this listener is counted');
    });

    test('a click on a source listens to it, whatever the channels carry; a desk that is OFF gives nothing', async (t) => {
      const desk = await Actor.join(server, { role: 'interpreter', booth: 'zh-en', desk: 1, source: 'desk', hz: ACTOR_HZ });
      t.after(() => desk.leave());
      await desk.mic('on');
      const page = await watch(t);
      await channelRow(page, 'English').locator('.av-listen').click();
      await hears(page, isTone(ACTOR_HZ), 'the interpreter on the channel');
      await sourceRow(page, 'Mixing desk').locator('.av-listen').click();
      await hears(page, isTone(FLOOR_HZ), 'the floor’s input');
      await sourceRow(page, 'zh-en/1').locator('.av-listen').click();
      await hears(page, isTone(ACTOR_HZ), 'the interpreter’s microphone');
      await desk.mic('off');
      await hears(page, isSilent, 'a microphone that is OFF');
    });

    test('a cut microphone is off at once: listeners hear the floor', async (t) => {
      const desk = await Actor.join(server, { role: 'interpreter', booth: 'zh-en', desk: 1, source: 'desk', hz: ACTOR_HZ });
      t.after(() => desk.leave());
      await desk.mic('on');
      const listener = await listenerOf(t, 'English');
      await hears(listener, isTone(ACTOR_HZ), 'the interpreter');
      const page = await watch(t);
      await sourceRow(page, 'zh-en/1').locator('.av-action').click();
      await hears(listener, isTone(FLOOR_HZ), 'the floor after the cut');
      await labelIs(listener, 'original');
      assert.equal((await desk.desk()).mic, 'off');
    });

    test('floor fill can be taken from a channel, and given back', async (t) => {
      const page = await watch(t);
      const listener = await listenerOf(t, 'Italiano');
      await hears(listener, isTone(FLOOR_HZ), 'the floor');
      const fill = channelRow(page, 'Italiano').getByRole('switch');
      await fill.click();
      await hears(listener, isSilent, 'silence');
      await labelIs(listener, 'silent');
      await fill.click();
      await hears(listener, isTone(FLOOR_HZ), 'the floor again');
    });

    test('an emergency reaches every listener’s page, with sound and words, and ends', async (t) => {
      const desk = await Actor.join(server, { role: 'interpreter', booth: 'zh-en', desk: 1, source: 'desk', hz: ACTOR_HZ });
      t.after(() => desk.leave());
      await desk.mic('on');
      const [page, english, french] = [await watch(t), await listenerOf(t, 'English'), await listenerOf(t, 'Français')];
      await hears(english, isTone(ACTOR_HZ), 'the interpreter');
      await page.getByRole('button', { name: /emergency/i }).click();
      await page.locator('dialog .button--danger').click();
      for (const listener of [english, french]) {
        await listener.locator('.emergency').waitFor();
        await labelIs(listener, 'emergency');
        await hears(listener, (samples) => rms(samples) > 0.03 && shareOf(samples, FLOOR_HZ) < 0.5 && shareOf(samples, ACTOR_HZ) < 0.5, 'the attention tone');
      }
      await page.getByRole('button', { name: /emergency/i }).click();
      await page.locator('dialog button[value=yes]').click();
      await english.locator('.emergency').waitFor({ state: 'detached' });
      await hears(english, isTone(ACTOR_HZ), 'the interpreter again');
    });

    test('nothing serious found by axe, light and dark, 320 px wide and on a desk', async (t) => {
      for (const colorScheme of ['light', 'dark']) {
        const page = await watch(t, { colorScheme });
        for (const width of [1280, 320]) {
          await page.setViewportSize({ width, height: 800 });
          assert.deepEqual(await unfit(page), [], `${colorScheme}, ${width}`);
        }
      }
    });
  });
});

test('a page without its ticket asks for one; one with a wrong ticket is told', async (t) => {
  const page = await openPage(t, browser, `${server.url}/av`);
  await page.waitForSelector('#ticket');
  assert.deepEqual(await unfit(page), []);
  const foreign = (await server.ticket({ room: 'hall', role: 'av' })).replace(/.{8}$/, 'AAAAAAAA');
  await page.fill('#ticket', foreign);
  await page.click('button[type=submit]');
  await page.getByText('This link is not valid.').first().waitFor();
});
