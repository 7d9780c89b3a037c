// What holds for every console: axe finds nothing, in three languages, in the dark and in the light.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeTicket } from '../../../web/tests/fake-ticket.mjs';
import { open, deskOf, change, lamp, seriousOf } from '../../lib/consoles.mjs';
import { origin } from '../../lib/preview.mjs';

describe('for everybody', { concurrency: 2 }, () => {
  for (const lang of ['en', 'zh', 'ar'])
    for (const colorScheme of ['dark', 'light'])
      test(`axe finds nothing: ${lang}, ${colorScheme}`, async (context) => {
        const theme = {
          locale: lang,
          storageState: {
            cookies: [],
            origins: [{ origin: origin(), localStorage: [{ name: 'boothcast.theme', value: colorScheme }] }],
          },
        };
        const desk = await deskOf(context, theme);
        assert.deepEqual(await seriousOf(desk), [], 'booth, off');
        await desk.keyboard.press('m');
        await lamp(desk, 'on_air');
        assert.deepEqual(await seriousOf(desk), [], 'booth, on air');
        await desk.keyboard.press('s');
        await desk.keyboard.press('Shift+F');
        await change(desk, "room.auto_relay = 5; own.cut = own.overlap = own.cough_long = true; room.booths[0].turn.colour = 'red'");
        await desk.evaluate(() => globalThis.fake.mate('take'));
        await desk.evaluate(() => globalThis.fake.say('av', 'Li Na', 'zh-en/1', 'hello'));
        await desk.evaluate(() => globalThis.fake.say('zh-en/2', 'Helen Carter', 'booth', 'hello'));
        await desk.waitForSelector('.prompt[data-case=taken]');
        assert.deepEqual(await seriousOf(desk), [], 'booth, warned and taken');
        await desk.keyboard.press('?');
        assert.deepEqual(await seriousOf(desk), [], 'booth, sheet');
        await desk.keyboard.press('Escape');
        await desk.evaluate(() => globalThis.fake.dropLine());
        await lamp(desk, 'unknown');
        assert.deepEqual(await seriousOf(desk), [], 'booth, no line');
        const speaker = await open(context, `/speak#t=${fakeTicket('speaker')}`, {
          ...theme,
          viewport: { width: 390, height: 844 },
        });
        await speaker.click('.start[data-step=open]');
        await speaker.click('summary');
        await speaker.evaluate(() => globalThis.fake.call('slow_down'));
        await speaker.waitForTimeout(1700); // its appearance is over
        assert.deepEqual(await seriousOf(speaker), [], 'speak');
        const av = await open(context, `/av#t=${fakeTicket('av')}`, theme);
        await av.waitForSelector('.av-table tbody tr');
        await av.evaluate(() => globalThis.fake.change((room) => (room.floor.inputs[0].link = 'lost')));
        await av.waitForSelector('.alarms__item');
        await av.evaluate(() => globalThis.fake.call('technician', 'fr/1'));
        await av.evaluate(() => globalThis.fake.say('fr/1', 'Camille Roux', 'av', 'hello'));
        await av.waitForSelector('.av-calls__item');
        assert.deepEqual(await seriousOf(av), [], 'av');
      });
});
