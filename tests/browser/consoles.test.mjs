// The consoles in Chromium, against the scripted room of web/tests/fake-consoles.ts: what hands do, what lamps say, what stays in its
// place. Runs without a server; the whole way of the sound is tested elsewhere.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { fakeTicket } from '../../web/tests/fake-ticket.mjs';
import { server } from '../../web/tests/preview.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
];
const DESK = fakeTicket('interpreter', 'zh-en', 1);

let browser;
let url;

before(async () => {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${server.address().port}`;
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS });
});

after(async () => {
  await browser?.close();
  server.close();
});

/** A fresh profile on a page; whatever the page complains of fails the test at its end. */
async function open(context, path, options = {}) {
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

async function deskOf(context, options = {}) {
  const page = await open(context, `/booth${options.query ?? ''}#t=${DESK}`, options);
  await page.fill('#name', 'Wang Li');
  await page.click('button[type=submit]');
  await page.click('.check-page__go button');
  await lamp(page, 'off');
  return page;
}

const lamp = (page, state) => page.waitForSelector(`.tally[data-lamp="${state}"]`, { timeout: 3000 });
const asked = (page) =>
  page.evaluate(() => globalThis.fake.asked.filter((each) => /^(mic |output|input|operate|publish|unpublish)/.test(each)));
const heard = (page) => page.evaluate(() => globalThis.fake.asked.filter((each) => each.startsWith('listen')));
const alertText = (page) => page.textContent('.alert');

async function seriousOf(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map((each) => `${each.impact} ${each.id}: ${each.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

describe('/booth', () => {
  test('the ticket leaves the address, and stays for a reload', async (context) => {
    const page = await open(context, `/booth#t=${DESK}`);
    await page.waitForSelector('#name');
    assert.equal(new URL(page.url()).hash, '');
    await page.reload();
    await page.waitForSelector('#name');
  });

  test('without a ticket it asks for one, and takes a link', async (context) => {
    const page = await open(context, '/booth');
    await page.fill('#ticket', 'hello');
    await page.click('button[type=submit]');
    assert.match(await page.textContent('.entrance__answer'), /neither a link nor a ticket/);
    await page.fill('#ticket', `https://venue.example/booth#t=${fakeTicket('speaker')}`);
    await page.click('button[type=submit]');
    assert.match(await page.textContent('.entrance__answer'), /another page/);
    await page.fill('#ticket', `https://venue.example/booth#t=${DESK}`);
    await page.click('button[type=submit]');
    assert.match(await page.textContent('.entrance__where'), /zh-en · Desk 1/);
  });

  test('the desk is entered OFF, published, and hears the floor', async (context) => {
    const page = await deskOf(context);
    assert.deepEqual(await asked(page), ['publish desk']);
    assert.deepEqual(await heard(page), ['listen 0 high']);
    assert.equal(await page.getAttribute('.key--mic', 'aria-pressed'), 'false');
  });

  test('a press is pending until the server has answered, and only then the lamp is lit', async (context) => {
    const page = await deskOf(context);
    await page.evaluate(() => (globalThis.fake.answerMs = 600));
    await page.click('.key--mic');
    await page.waitForSelector('.key--mic.key--pending');
    await lamp(page, 'off');
    assert.equal(await page.getAttribute('.key--mic', 'aria-pressed'), 'false');
    await lamp(page, 'on_air');
    assert.equal(await page.getAttribute('.key--mic', 'aria-pressed'), 'true');
    assert.equal(await page.locator('.key--pending').count(), 0);
  });

  test('a server that does not answer is told, and the truth stands', async (context) => {
    const page = await deskOf(context);
    await page.evaluate(() => (globalThis.fake.answerMs = 60_000));
    await page.click('.key--mic');
    await page.waitForFunction(() => document.querySelector('.alert')?.textContent.includes('does not answer'), undefined, {
      timeout: 5000,
    });
    assert.equal(await page.locator('.key--pending').count(), 0);
    await lamp(page, 'off');
  });

  test('Space coughs while it is held, with any button in focus', async (context) => {
    const page = await deskOf(context);
    await page.click('.key--mic');
    await lamp(page, 'on_air');
    await page.keyboard.down('Space');
    await lamp(page, 'cough');
    await page.keyboard.up('Space');
    await lamp(page, 'on_air');
    assert.deepEqual(await asked(page), ['publish desk', 'mic on', 'mic cough', 'mic on']);
  });

  test('the key COUGH works by pointer, and a hand that slides off it ends it', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('m');
    await lamp(page, 'on_air');
    await page.hover('.key--cough');
    await page.mouse.down();
    await lamp(page, 'cough');
    await page.mouse.move(5, 5);
    await page.mouse.up();
    await lamp(page, 'on_air');
  });

  test('with the latch COUGH stays down', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('m');
    await lamp(page, 'on_air');
    await page.check('.air__latch input');
    await page.click('.key--cough');
    await lamp(page, 'cough');
    await page.waitForTimeout(150);
    await lamp(page, 'cough');
    await page.click('.key--cough');
    await lamp(page, 'on_air');
  });

  test('no key fires while the sheet is open or the keys are off', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('?');
    await page.keyboard.press('m');
    await page.uncheck('dialog[open] input');
    await page.click('dialog[open] button');
    await page.keyboard.press('m');
    await page.keyboard.press('b');
    assert.deepEqual(await asked(page), ['publish desk']);
  });

  test('output and input by keys; one that the booth does not have is nothing', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('b');
    await page.waitForSelector('.output__key[aria-pressed=true]:has-text("中文")');
    await page.keyboard.press('c');
    await page.keyboard.press('3');
    await page.waitForSelector('.incoming__row:has(:checked):has-text("Français")');
    assert.deepEqual(await asked(page), ['publish desk', 'output B', 'input 3']);
    assert.deepEqual(await heard(page), ['listen 0 high', 'listen 3 high']);
  });

  test('an input that the server refuses is heard no longer', async (context) => {
    const page = await deskOf(context);
    await page.evaluate(() => {
      globalThis.fake.setInput = () => globalThis.fake.complain('not_allowed', 'no', 'input');
    });
    await page.keyboard.press('4');
    await page.waitForFunction(() => globalThis.fake.asked.at(-1) === 'listen 0 high');
    assert.match(await alertText(page), /Not possible/);
  });

  test('ENGAGED names who has the channel', async (context) => {
    const page = await deskOf(context);
    await page.evaluate(() =>
      globalThis.fake.change((room) =>
        Object.assign(
          room.desks.find((each) => each.id === 'es/1'),
          { output: 'B' },
        ),
      ),
    );
    await page.keyboard.press('m');
    await lamp(page, 'engaged');
    assert.match(await page.textContent('.tally'), /Lucía Ortega/);
    assert.match(await page.textContent('.output__key[aria-pressed=true]'), /engaged: Lucía Ortega/);
  });

  test('a lost line takes the lamp away, and the server says how the desk comes back', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('m');
    await lamp(page, 'on_air');
    await page.evaluate(() => globalThis.fake.dropLine());
    await lamp(page, 'unknown');
    assert.match(await alertText(page), /line is down/);
    await page.click('.key--mic', { force: true });
    await page.evaluate(() => globalThis.fake.restoreLine('cough'));
    await lamp(page, 'cough');
    assert.match(await alertText(page), /press MIC to be heard/);
    await page.keyboard.press('m');
    await lamp(page, 'on_air');
    assert.deepEqual(await asked(page), ['publish desk', 'mic on', 'mic on']);
  });

  test('a microphone that is cut from outside is told', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('m');
    await lamp(page, 'on_air');
    await page.evaluate(() => globalThis.fake.change((room) => (room.desks.find((each) => each.id === 'zh-en/1').mic = 'off')));
    await lamp(page, 'off');
    assert.match(await alertText(page), /from outside/);
  });

  test('ON without sound is WRONG after five seconds', async (context) => {
    const page = await deskOf(context);
    await page.evaluate(() => (globalThis.fake.microphoneDb = -90));
    await page.keyboard.press('m');
    await page.waitForFunction(() => document.querySelector('.alert')?.textContent.startsWith('WRONG'), undefined, {
      timeout: 8000,
    });
    await page.evaluate(() => (globalThis.fake.microphoneDb = -14));
    await page.waitForFunction(() => document.querySelector('.alert')?.textContent === '', undefined, { timeout: 2000 });
  });

  test('leaving while ON is asked about, leaving while OFF is not', async (context) => {
    const page = await deskOf(context);
    const questions = [];
    page.on('dialog', (dialog) => {
      questions.push(dialog.type());
      void dialog.accept();
    });
    await page.keyboard.press('m');
    await lamp(page, 'on_air');
    await page.reload();
    await page.waitForSelector('#name');
    assert.deepEqual(questions, ['beforeunload']);
    await page.reload();
    assert.deepEqual(questions, ['beforeunload']);
  });

  test('nothing moves when its state changes', async (context) => {
    for (const query of ['?lang=en', '?lang=ru', '?lang=ar']) {
      const page = await deskOf(context, { query });
      const places = () =>
        page.evaluate(() =>
          ['.tally', '.key--mic', '.key--cough', '.own .level', '.incoming', '.output', '.mates', '.programme'].map((each) => {
            const { x, y, width, height } = document.querySelector(each).getBoundingClientRect();
            return [each, x, y, width, height].join(' ');
          }),
        );
      const still = await places();
      await page.keyboard.press('m');
      await lamp(page, 'on_air');
      assert.deepEqual(await places(), still, 'on air');
      await page.keyboard.down('Space');
      await lamp(page, 'cough');
      assert.deepEqual(await places(), still, 'cough');
      await page.evaluate(() => globalThis.fake.dropLine());
      await lamp(page, 'unknown');
      assert.deepEqual(await places(), still, 'no line');
      await page.keyboard.up('Space');
    }
  });

  test('a name of ten thousand characters and one with markup stay text in their place', async (context) => {
    const page = await deskOf(context);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    await page.evaluate(() =>
      globalThis.fake.change((room) => {
        Object.assign(
          room.desks.find((each) => each.id === 'zh-en/2'),
          { name: `<img src=x onerror=alert(1)>${'x'.repeat(10_000)}`, mic: 'on' },
        );
      }),
    );
    await page.waitForSelector('.mates__state[data-state=on_air]');
    assert.equal(await page.locator('.mates img').count(), 0);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
  });
});

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

describe('/av', () => {
  const avOf = async (context, options) => {
    const page = await open(context, `/av#t=${fakeTicket('av')}`, options);
    await page.waitForSelector('.av-table tbody tr');
    return page;
  };

  test('every channel and every source has a row', async (context) => {
    const page = await avOf(context);
    assert.equal(await page.locator('.av-panel >> nth=0 >> tbody tr').count(), 7);
    assert.equal(await page.locator('.av-panel >> nth=1 >> tbody tr').count(), 12);
  });

  test('a click listens to a channel, another one ends it; sources cannot be listened to', async (context) => {
    const page = await avOf(context);
    await page.click('.av-listen:has-text("English")');
    await page.click('tr:has(.av-listen:has-text("Français")) td >> nth=1');
    await page.click('.av-listen:has-text("Français")');
    assert.deepEqual(await page.evaluate(() => globalThis.fake.asked.filter((each) => /listen/.test(each))), [
      'listen 2 standard',
      'listen 3 standard',
      'unlisten',
    ]);
    assert.equal(await page.locator('.av-panel >> nth=1 >> .av-listen').count(), 0);
  });

  test('actions are sent as the protocol has them, and the switch waits for the truth', async (context) => {
    const page = await avOf(context);
    await page.evaluate(() => (globalThis.fake.answerMs = 400));
    await page.click('tr:has-text("Русский") .av-switch >> nth=0');
    assert.equal(await page.isChecked('tr:has-text("Русский") [role=switch]'), true);
    await page.waitForSelector('tr:has-text("Русский") [role=switch]:not(:checked)');
    await page.selectOption('#floor-language', 'en-GB');
    await page.click('tr:has-text("fr/1") .av-action >> visible=true');
    await page.click('tr:has-text("Backup") .av-action');
    assert.deepEqual(await asked(page), [
      'operate fill {"channel":5,"on":false}',
      'operate floor_language {"language":"en-GB"}',
      'operate mic_off {"desk":"fr/1"}',
      'operate input {"input":"backup"}',
    ]);
  });

  test('an emergency is asked about, and Escape means no', async (context) => {
    const page = await avOf(context);
    await page.click('.av-floor .button--danger');
    await page.keyboard.press('Escape');
    await page.click('.av-floor .button--danger');
    await page.click('dialog .button--danger');
    await page.waitForSelector('.alarms__item:has-text("EMERGENCY")');
    assert.deepEqual(await asked(page), ['operate emergency {"on":true}']);
  });

  test('alarms come, stay and go', async (context) => {
    const page = await avOf(context);
    await page.evaluate(() => globalThis.fake.change((room) => (room.floor.inputs[0].link = 'lost')));
    await page.waitForSelector('.alarms[data-severity=red] .alarms__item:has-text("Main: lost")');
    await page.evaluate(() => globalThis.fake.change((room) => (room.floor.inputs[0].link = 'up')));
    await page.waitForSelector('.alarms[data-severity=none]');
  });

  test('levels do not lay the page out', async (context) => {
    const page = await avOf(context);
    await page.waitForTimeout(1200);
    const client = await page.context().newCDPSession(page);
    await client.send('Performance.enable');
    const layouts = async () =>
      (await client.send('Performance.getMetrics')).metrics.find((each) => each.name === 'LayoutCount').value;
    const first = await layouts();
    await page.waitForTimeout(3000);
    assert.ok((await layouts()) - first <= 12, 'figures are written once a second; thirty messages of levels came');
  });

  test('somebody who may not operate gets no keys', async (context) => {
    const page = await open(context, `/av#t=${fakeTicket('organiser')}`);
    await page.waitForSelector('.av-table tbody tr');
    assert.equal(await page.locator('.av-operate >> visible=true').count(), 0);
    assert.equal(await page.locator('[role=switch]:enabled').count(), 0);
  });
});

describe('for everybody', () => {
  for (const lang of ['en', 'zh', 'ar'])
    for (const colorScheme of ['dark', 'light'])
      test(`axe finds nothing: ${lang}, ${colorScheme}`, async (context) => {
        const theme = {
          locale: lang,
          storageState: {
            cookies: [],
            origins: [{ origin: url, localStorage: [{ name: 'boothcast.theme', value: colorScheme }] }],
          },
        };
        const desk = await deskOf(context, theme);
        assert.deepEqual(await seriousOf(desk), [], 'booth, off');
        await desk.keyboard.press('m');
        await lamp(desk, 'on_air');
        assert.deepEqual(await seriousOf(desk), [], 'booth, on air');
        await desk.evaluate(() => globalThis.fake.dropLine());
        await lamp(desk, 'unknown');
        assert.deepEqual(await seriousOf(desk), [], 'booth, no line');
        const speaker = await open(context, `/speak#t=${fakeTicket('speaker')}`, {
          ...theme,
          viewport: { width: 390, height: 844 },
        });
        await speaker.click('.start[data-step=open]');
        await speaker.click('summary');
        assert.deepEqual(await seriousOf(speaker), [], 'speak');
        const av = await open(context, `/av#t=${fakeTicket('av')}`, theme);
        await av.waitForSelector('.av-table tbody tr');
        await av.evaluate(() => globalThis.fake.change((room) => (room.floor.inputs[0].link = 'lost')));
        await av.waitForSelector('.alarms__item');
        assert.deepEqual(await seriousOf(av), [], 'av');
      });
});
