// The speaker's page: one key, the lamp, the microphone's processing, slow down.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeTicket } from '../../../web/tests/fake-ticket.mjs';
import { open, change, lamp, asked } from '../../lib/consoles.mjs';

describe('/speak', () => {
  const speakerOf = (context, options) =>
    open(context, `/speak#t=${fakeTicket('speaker')}`, { viewport: { width: 390, height: 844 }, ...options });
  const air = (page, state) => page.waitForSelector(`.lamp[data-air="${state}"]`, { timeout: 3000 });

  test('one key: microphone, start, stop; the lamp is the server’s', async (context) => {
    const page = await speakerOf(context);
    await page.click('.start[data-step=open]');
    await page.click('.start[data-step=start]:enabled');
    await air(page, 'on_air');
    await page.evaluate(() =>
      globalThis.fake.change((room) => room.floor.inputs.forEach((each) => (each.active = each.id === 'backup'))),
    );
    await air(page, 'standby');
    await page.click('.start[data-step=stop]');
    await air(page, 'ready');
    assert.deepEqual(await asked(page), ['publish floor/main', 'unpublish']);
  });

  test('the microphone is opened without any processing, unless it is ticked', async (context) => {
    const page = await speakerOf(context);
    await page.click('.start[data-step=open]');
    await page.click('summary');
    await page.check('.microphone__processing input >> nth=1');
    const opened = await page.evaluate(() =>
      globalThis.fake.asked.filter((each) => each.startsWith('microphone')).map((each) => JSON.parse(each.slice(11))),
    );
    assert.deepEqual(opened, [
      { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      { echoCancellation: false, noiseSuppression: true, autoGainControl: false },
    ]);
  });

  test('a microphone that ends while sending is told, and one tap brings it back', async (context) => {
    const page = await speakerOf(context);
    await page.click('.start[data-step=open]');
    await page.click('.start[data-step=start]:enabled');
    await air(page, 'on_air');
    await page.evaluate(() => globalThis.fake.emit('microphone_ended', { reason: 'unplugged' }));
    await air(page, 'no_microphone');
    await page.click('.start[data-step=again]');
    await air(page, 'on_air');
  });

  test('slow down is shown large over the lamp, moves nothing, and again when it is asked for again', async (context) => {
    const page = await speakerOf(context);
    await page.waitForSelector('.inputs__choice');
    const boxes = () =>
      page.evaluate(() => ['.lamp', '.start', '.inputs'].map((each) => document.querySelector(each).getBoundingClientRect().y));
    const still = await boxes();
    assert.equal(await page.locator('.slow').count(), 0);
    await page.evaluate(() => globalThis.fake.call('slow_down'));
    await page.waitForSelector('.slow');
    assert.deepEqual(await boxes(), still);
    assert.ok(await page.evaluate(() => parseFloat(getComputedStyle(document.querySelector('.slow')).fontSize) >= 28));
    await page.waitForTimeout(4500);
    await page.evaluate(() => globalThis.fake.call('slow_down'));
    await page.waitForTimeout(4500);
    assert.equal(await page.locator('.slow').count(), 1, 'eight seconds from the last time');
    await page.waitForSelector('.slow', { state: 'detached', timeout: 5000 });
  });

  test('a lost line is told, and the page goes on by itself', async (context) => {
    const page = await speakerOf(context);
    await page.click('.start[data-step=open]');
    await page.click('.start[data-step=start]:enabled');
    await air(page, 'on_air');
    await page.evaluate(() => globalThis.fake.dropLine());
    await air(page, 'interrupted');
    await page.evaluate(() => globalThis.fake.restoreLine('off'));
    await air(page, 'on_air');
  });
});
