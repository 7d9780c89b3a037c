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
  await enter(page);
  return page;
}

async function enter(page) {
  await page.fill('#name', 'Wang Li');
  await page.click('button[type=submit]');
  await page.click('.check-page__go button');
  await lamp(page, 'off');
}

/** An edit of the scripted room: of this desk, of the boothmate's, of the whole. */
const change = (page, edit) => page.evaluate(`globalThis.fake.change((room) => { const [own, mate] = room.desks; ${edit} })`);

const lamp = (page, state) => page.waitForSelector(`.tally[data-lamp="${state}"]`, { timeout: 3000 });
const asked = (page) =>
  page.evaluate(() => globalThis.fake.asked.filter((each) => /^(mic |output|input|operate|publish|unpublish|handover|true_floor|to_floor|signal|chat)/.test(each)));
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

  test('output, presets and floor by keys; one that the booth does not have is nothing', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('b');
    await page.waitForSelector('.output__key[aria-pressed=true]:has-text("中文")');
    await page.keyboard.press('c');
    await page.keyboard.press('2');
    await page.waitForSelector('.incoming__row:has(:checked):has-text("Français")');
    await page.keyboard.press('f');
    await page.waitForSelector('.incoming__row:has(:checked):has-text("Floor")');
    await page.keyboard.press('f');
    await page.waitForSelector('.incoming__row:has(:checked):has-text("Français")');
    await page.keyboard.press('0');
    await page.waitForSelector('.incoming__row:has(:checked):has-text("Floor")');
    assert.deepEqual(await asked(page), ['publish desk', 'output B', 'input 3', 'input 0', 'input 3', 'input 0']);
    assert.deepEqual(await heard(page), ['listen 0 high', 'listen 3 high', 'listen 0 high', 'listen 3 high', 'listen 0 high']);
  });

  test('a preset is assigned, remembered, and heard on as what it has become', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('2');
    await page.waitForSelector('.incoming__row:has(:checked):has-text("Français")');
    await page.selectOption('.assign >> nth=1', { label: 'Русский' });
    await page.waitForSelector('.incoming__row:has(:checked):has-text("Русский")');
    await page.keyboard.press('0'); // the selection has given the keyboard back
    await page.waitForSelector('.incoming__row:has(:checked):has-text("Floor")');
    await page.reload();
    await enter(page);
    assert.match(await page.textContent('.preset >> nth=2'), /Русский/);
  });

  test('an input that the server refuses is heard no longer', async (context) => {
    const page = await deskOf(context);
    await page.evaluate(() => {
      globalThis.fake.setInput = () => globalThis.fake.complain('not_allowed', 'no', 'input');
    });
    await page.keyboard.press('3');
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

  test('line-up tone on the own channel puts the lamp out and says why; an emergency moves nothing', async (context) => {
    const page = await deskOf(context);
    await page.click('.key--mic');
    await lamp(page, 'on_air');
    await change(page, 'room.channels[2].line_up = true');
    await lamp(page, 'not_heard');
    await page.waitForSelector('.tally__text:has-text("Line-up tone is on English")');
    await change(page, 'room.channels[2].line_up = false');
    await lamp(page, 'on_air');
    const places = async () => [await page.locator('.key--mic').boundingBox(), await page.locator('.incoming').boundingBox()];
    const before = await places();
    await change(page, "room.emergency = true; room.emergency_text = { und: 'East doors' }");
    await page.waitForSelector('.emergency:has-text("East doors")');
    assert.deepEqual(await places(), before);
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

  test('nothing moves when its state changes, and 1280 x 720 is enough', async (context) => {
    for (const lang of ['en', 'zh', 'ru', 'fr', 'es', 'ar']) {
      const page = await deskOf(context, { query: `?lang=${lang}`, viewport: { width: 1280, height: 720 } });
      const places = () =>
        page.evaluate(() => {
          const still = '.alert,.tally,.key,.own,.level,.incoming,.preset,.small-key,.slider,.output__key,.call,.handover,.prompt,.handover-key,.handover__head,.mates,.chat,.chat__lines,.chat__form,.programme';
          const boxes = [...document.querySelectorAll(still)].map((each) => {
            const { x, y, width, height } = each.getBoundingClientRect();
            return [each.className.replace(/ .*/, ''), x, y, width, height].join(' ');
          });
          const { scrollHeight, scrollWidth } = document.documentElement;
          return [...boxes, `page ${scrollWidth} ${scrollHeight}`];
        });
      const still = await places();
      assert.equal(still.at(-1), 'page 1280 720', lang);
      const stays = async (what) => {
        await page.waitForTimeout(120);
        assert.deepEqual(await places(), still, `${lang}: ${what}`);
      };
      await page.keyboard.press('m');
      await lamp(page, 'on_air');
      await stays('on air');
      await change(page, 'room.auto_relay = 5');
      await stays('true floor');
      await page.evaluate(() => globalThis.fake.mate('request'));
      await stays('requested');
      await page.evaluate(() => globalThis.fake.mate('take'));
      await stays('taken');
      await change(page, 'own.cut = own.overlap = own.cough_long = own.relay_lost = true; room.channels[2].uninterpreted = true');
      await stays('warned');
      await change(page, "room.booths[0].turn = { ...room.booths[0].turn, since_us: 1e6, colour: 'red' }");
      await stays('a long turn');
      await page.keyboard.press('s');
      await page.keyboard.press('Shift+F');
      await stays('called, armed');
      await change(page, "own.to_floor = true; own.input = 2; mate.mic = 'on'; mate.link = 'late'; mate.name = 'A name that goes on and on and on and on'");
      await stays('to the floor, a preset that is its own, a long name');
      await page.evaluate(() => {
        for (let line = 0; line < 20; line++) globalThis.fake.say('av', 'Li Na', 'zh-en/1', `line ${line} `.repeat(30));
      });
      await stays('messages');
      await page.keyboard.down('Space');
      await lamp(page, 'cough');
      await stays('cough');
      await page.evaluate(() => globalThis.fake.dropLine());
      await lamp(page, 'unknown');
      await stays('no line');
      await page.keyboard.up('Space');
      await page.context().close();
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

  test('a handover by one key each: request, accept, and the microphone is here', async (context) => {
    const page = await deskOf(context);
    await change(page, "mate.mic = 'on'");
    await page.waitForSelector('.handover-key:has-text("Ask for mic")[aria-disabled=false]');
    await page.keyboard.press('h');
    await page.waitForSelector('.prompt[data-case=requesting]:has-text("You ask Helen Carter")');
    assert.match(await page.textContent('.prompt__seconds'), /^(60|59)$/);
    await page.evaluate(() => globalThis.fake.mate('accept'));
    await lamp(page, 'on_air');
    await page.waitForSelector('.prompt:has-text("You have the microphone")');
    await page.waitForSelector('.turn:has-text("Your turn")');
    assert.equal(await alertText(page), '');
    assert.deepEqual(await asked(page), ['publish desk', 'handover request']);
  });

  test('an offer is declined by N; how it ended is told for a while', async (context) => {
    const page = await deskOf(context);
    await change(page, "mate.mic = 'on'");
    await page.evaluate(() => globalThis.fake.mate('offer'));
    await page.waitForSelector('.prompt[data-case=offered]:has-text("Helen Carter offers")');
    await page.keyboard.press('n');
    await page.waitForSelector('.prompt:has-text("Declined")');
    await page.waitForFunction(() => document.querySelector('.prompt__text').textContent === '', undefined, { timeout: 12_000 });
    assert.deepEqual(await asked(page), ['publish desk', 'handover decline']);
  });

  test('a take-over counts down on both sides, wants Shift, and is no cut', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('m');
    await lamp(page, 'on_air');
    await page.keyboard.press('Shift+H'); // who speaks takes from nobody
    await page.evaluate(() => globalThis.fake.mate('take'));
    await page.waitForSelector('.prompt[data-case=taken]');
    assert.match(await alertText(page), /Helen Carter takes over/);
    assert.equal(await page.textContent('.prompt__seconds'), '3');
    await page.waitForFunction(() => document.querySelector('.prompt__seconds').textContent === '1');
    await page.evaluate(() => globalThis.fake.mate('accept'));
    await lamp(page, 'off');
    await page.waitForSelector('.prompt:has-text("Helen Carter has the microphone")');
    assert.equal(await alertText(page), '');
    await page.keyboard.press('Shift+H');
    await page.waitForSelector('.prompt[data-case=taking]');
    await page.keyboard.press('n');
    await page.waitForSelector('.prompt:has-text("Withdrawn")');
    assert.deepEqual(await asked(page), ['publish desk', 'mic on', 'handover take', 'handover cancel']);
  });

  test('the boothmate is heard while this desk is OFF, and not one moment longer', async (context) => {
    const page = await deskOf(context);
    const beds = () => page.evaluate(() => globalThis.fake.asked.filter((each) => /^bed /.test(each)));
    await change(page, "own.output = 'B'; mate.mic = 'on'");
    await page.keyboard.press('m');
    await lamp(page, 'on_air');
    await page.keyboard.press('m');
    await lamp(page, 'off');
    await change(page, "mate.mic = 'off'");
    assert.deepEqual(await beds(), ['bed 2', 'bed null', 'bed 2', 'bed null']);
  });

  test('RELAY LOST lights, the true floor shows while there is an auto-relay, and its key works', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('g');
    await change(page, 'own.input = 2');
    await page.waitForSelector('.lamp-small[data-lit=true]');
    assert.match(await alertText(page), /RELAY LOST/);
    await change(page, 'own.input = 0; room.auto_relay = 3');
    await page.waitForSelector('.incoming__note:has-text("Auto-relay: Français")');
    await page.keyboard.press('g');
    await page.waitForSelector('.small-key[aria-pressed=true]');
    assert.deepEqual(await asked(page), ['publish desk', 'true_floor true']);
    assert.deepEqual((await heard(page)).slice(-2), ['listen 3 high', 'listen 0 high']);
  });

  test('the floor is spoken to by two presses, muted in these headphones, and ended by one', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('m');
    await lamp(page, 'on_air');
    await page.keyboard.press('Shift+F');
    await page.waitForSelector('.call[data-state=armed]:has-text("Press again")');
    await page.keyboard.press('Shift+F');
    await page.waitForSelector('.call[data-state=on]');
    assert.match(await alertText(page), /the whole room hears your microphone/);
    const volumes = () => page.evaluate(() => globalThis.fake.asked.filter((each) => /^volume/.test(each)));
    assert.equal((await volumes()).at(-1), 'volume 0.00');
    await page.keyboard.press('Shift+F');
    await page.waitForSelector('.call[data-state=idle] >> nth=2');
    assert.equal((await volumes()).at(-1), 'volume 1.00');
    assert.deepEqual(await asked(page), ['publish desk', 'mic on', 'to_floor true', 'to_floor false']);
  });

  test('calls say that they were sent, and no longer when the server says no', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('s');
    await page.waitForSelector('.call[data-state=sent]:has-text("asked")');
    await page.keyboard.press('t');
    await page.evaluate(() => globalThis.fake.complain('too_many', 'no', 'signal'));
    await page.waitForFunction(() => document.querySelectorAll('.call[data-state=sent]').length === 0);
    assert.match(await alertText(page), /Not possible/);
    assert.deepEqual(await asked(page), ['publish desk', 'signal slow_down', 'signal technician']);
  });

  test('no key fires while a message is typed; sending gives the keys back', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('w');
    await page.keyboard.type('mabc 0123 fghnst ?');
    await page.keyboard.press('Shift+H');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.chat__line[data-own=true]');
    await page.keyboard.press('b');
    await page.waitForSelector('.output__key[aria-pressed=true]:has-text("中文")');
    assert.deepEqual(await asked(page), ['publish desk', 'chat booth mabc 0123 fghnst ?H', 'output B']);
  });

  test('a message stays text, and one in the other thread is marked until it is read', async (context) => {
    const page = await deskOf(context);
    await page.evaluate(() => {
      globalThis.fake.say('zh-en/2', '<i>Helen</i>', 'booth', '<img src=x onerror=alert(1)>');
      globalThis.fake.say('av', 'Li Na', 'zh-en/1', 'Line check');
    });
    await page.waitForSelector('.chat__beside:has-text("1 unread")');
    assert.equal(await page.textContent('.chat__text'), '<img src=x onerror=alert(1)>');
    assert.equal(await page.locator('.chat img').count(), 0);
    await page.keyboard.press('w');
    await page.waitForSelector('.chat__text:has-text("Line check")');
    assert.equal(await page.textContent('.chat__beside'), '');
  });

  test('ears: a key says how things are, and selections are confirmed', async (context) => {
    const page = await deskOf(context);
    const spoken = (text) => page.waitForFunction((wanted) => document.querySelector('.desk > [role=status]').textContent.includes(wanted), text);
    await page.keyboard.press('i');
    await spoken('OFF. You hear: Floor, Original. You speak into: English, free. Boothmate: Helen Carter OFF');
    await page.keyboard.press('2');
    await spoken('You hear: Français, Direct');
    await page.keyboard.press('b');
    await spoken('You speak into: 中文, free');
    await page.keyboard.press('+');
    await spoken('Headphones: 105%');
  });

  test('AV’s cut and a wrong direction are told as long as they last', async (context) => {
    const page = await deskOf(context);
    await page.keyboard.press('b');
    await page.keyboard.press('m');
    await page.waitForSelector('.alert:has-text("WRONG DIRECTION")');
    await page.waitForSelector('.output__key[data-wrong=true]:has-text("wrong direction")');
    await change(page, "Object.assign(own, { mic: 'off', cut: true })");
    await page.waitForSelector('.alert:has-text("CUT by the AV team")');
    await page.keyboard.press('a');
    await page.keyboard.press('m');
    await lamp(page, 'on_air');
    assert.equal(await alertText(page), '');
  });

  test('tone and levels are told to the sound, and remembered', async (context) => {
    const page = await deskOf(context);
    await page.focus('.slider >> nth=2 >> input');
    await page.keyboard.press('ArrowRight');
    await page.focus('.slider >> nth=3 >> input');
    await page.keyboard.press('ArrowLeft');
    const told = () =>
      page.evaluate(() => ['tone', 'bed_volume'].map((each) => globalThis.fake.asked.filter((line) => line.startsWith(each)).at(-1)));
    assert.deepEqual(await told(), ['tone 0 1', 'bed_volume 0.35']);
    await page.reload();
    await enter(page);
    assert.deepEqual(await told(), ['tone 0 1', 'bed_volume 0.35']);
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

  test('a click listens to a channel or a source, another one ends it', async (context) => {
    const page = await avOf(context);
    await page.click('.av-listen:has-text("English")');
    await page.click('tr:has(.av-listen:has-text("Français")) td >> nth=1');
    await page.click('.av-listen:has-text("Backup")');
    await page.waitForSelector('.av-listen[aria-pressed=true]:has-text("Backup")');
    await page.click('tr:has(.av-listen:has-text("fr/1")) td >> nth=1');
    assert.equal(await page.locator('.av-listen[aria-pressed=true]').count(), 1);
    await page.click('.av-listen:has-text("fr/1")');
    assert.equal(await page.locator('.av-listen[aria-pressed=true]').count(), 0);
    assert.deepEqual(await page.evaluate(() => globalThis.fake.asked.filter((each) => /listen/.test(each))), [
      'listen 2 standard',
      'listen 3 standard',
      'listen floor/backup standard',
      'listen desk/fr/1 standard',
      'unlisten',
    ]);
  });

  test('the keys of a row are no click on it', async (context) => {
    const page = await avOf(context);
    await page.click('tr:has-text("Backup") .av-action');
    assert.deepEqual(await page.evaluate(() => globalThis.fake.asked.filter((each) => /listen/.test(each))), []);
  });

  test('a source that the server does not let be heard: said, and nothing is marked', async (context) => {
    const page = await avOf(context);
    await page.evaluate(() => (globalThis.fake.forbidden = 'desk/fr/1'));
    await page.click('.av-listen:has-text("English")');
    await page.click('.av-listen:has-text("fr/1")');
    await page.waitForFunction(() => document.querySelector('.av-answer').textContent.includes('Your link does not allow this'));
    assert.equal(await page.locator('.av-listen[aria-pressed=true]').count(), 0);
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

  test('auto-relay and interlock are sent, and wait for the truth', async (context) => {
    const page = await avOf(context);
    await page.selectOption('#auto-relay', { label: 'English' });
    await page.waitForFunction(() => document.querySelector('#auto-relay').value === '2');
    await page.selectOption('tr:has-text("Français") .av-mode', 'toggle-override');
    await page.waitForFunction(() => [...document.querySelectorAll('.av-mode')].some((each) => each.value === 'toggle-override'));
    assert.deepEqual(await asked(page), [
      'operate auto_relay {"channel":2}',
      'operate interlock {"channel":3,"mode":"toggle-override"}',
    ]);
  });

  test('calls stay until they are clicked away', async (context) => {
    const page = await avOf(context);
    await page.evaluate(() => {
      globalThis.fake.call('slow_down');
      globalThis.fake.call('technician', 'fr/1');
      globalThis.fake.call('technician', 'fr/1');
    });
    await page.waitForSelector('.av-calls__item:has-text("Technician to fr/1 (Camille Roux)"):has-text("×2")');
    assert.equal(await page.locator('.av-calls__item').count(), 2);
    await page.click('.av-calls__item:has-text("Technician") button');
    assert.deepEqual(await page.locator('.av-calls__text').allTextContents(), ['An interpreter asks the speaker to slow down']);
  });

  test('a message goes to the desk that is chosen, and one from another desk is marked', async (context) => {
    const page = await avOf(context);
    await page.selectOption('.chat__thread', 'es/1');
    await page.fill('.chat__field', 'All well?');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.chat__line[data-own=true]:has-text("All well?")');
    await page.evaluate(() => globalThis.fake.say('fr/1', 'Camille Roux', 'av', '<b>no</b> sound'));
    await page.waitForSelector('.chat__beside:has-text("1 unread")');
    await page.selectOption('.chat__thread', 'fr/1');
    assert.equal(await page.textContent('.chat__text'), '<b>no</b> sound');
    assert.equal(await page.textContent('.chat__beside'), '');
    assert.deepEqual(await asked(page), ['chat es/1 All well?']);
  });

  test('booths show whose turn it is, and a handover under way', async (context) => {
    const page = await avOf(context);
    await page.waitForSelector('.av-booths__row:has-text("zh-en"):has-text("Wang Li")');
    const ends = '(performance.now() + 42_000) * 1000 + 5e9';
    await change(page, `room.booths[0].handover = { state: 'requested', from: own.id, to: mate.id, ends_us: ${ends}, ended: '' }`);
    await page.waitForSelector('.av-booths__row:has-text("asked → Helen Carter")');
    assert.match(await page.textContent('.av-booths__handover'), /^4[0-9] s · asked/);
  });

  test('an emergency is asked about, and Escape means no', async (context) => {
    const page = await avOf(context);
    await page.click('.av-floor .button--danger');
    await page.keyboard.press('Escape');
    await page.click('.av-floor .button--danger');
    await page.click('dialog .button--danger');
    await page.waitForSelector('.alarms__item:has-text("EMERGENCY")');
    const [sent] = await asked(page);
    assert.deepEqual(JSON.parse(sent.replace('operate emergency ', '')), {
      on: true, // the tone, and the words of the settings
      text: { zh: '请从最近的出口离开。', en: 'Please leave by the nearest exit.' },
    });
    assert.match(await page.textContent('.emergency__text'), /^\s*Please leave by the nearest exit\.$/);
    await page.click('.av-floor .button--danger');
    await page.click('dialog .button--danger');
    await page.waitForSelector('.emergency', { state: 'detached' });
    assert.equal((await asked(page))[1], 'operate emergency {"on":false}');
  });

  test('an emergency with a source and words of its own', async (context) => {
    const page = await avOf(context);
    await page.click('.av-floor .button--danger');
    await page.selectOption('dialog select', 'desk/fr/1');
    assert.deepEqual(await page.locator('dialog option').evaluateAll((all) => all.map((each) => each.value)), [
      '', 'floor/main', 'floor/backup', 'desk/zh-en/1', 'desk/zh-en/2', 'desk/fr/1', 'desk/es/1', 'desk/ru/1', 'desk/it/1',
    ]);
    await page.fill('dialog textarea[lang=en]', ' <b>East</b> doors, please ');
    await page.fill('dialog textarea[lang=zh]', '');
    await page.click('dialog .button--danger');
    await page.waitForSelector('.emergency');
    const [sent] = await asked(page);
    assert.deepEqual(JSON.parse(sent.replace('operate emergency ', '')), { on: true, source: 'desk/fr/1', text: { en: '<b>East</b> doors, please' } });
    assert.match(await page.textContent('.emergency__text'), /<b>East<\/b> doors, please/);
    await page.selectOption('.language-menu select', 'fr'); // nothing in French: the page's own sentence, then what there is
    assert.match(await page.textContent('.emergency__text'), /^Annonce d’urgence.*<b>East<\/b> doors, please$/);
    assert.equal(await page.getAttribute('.emergency__text bdi', 'lang'), 'en');
  });

  test('tone and music by channel and on all: sent at once, lit by the truth', async (context) => {
    const page = await avOf(context);
    const key = (name) => page.getByRole('button', { name });
    await page.evaluate(() => (globalThis.fake.answerMs = 400));
    await key('Tone: line-up tone on Français').click();
    assert.equal(await key('Tone: line-up tone on Français').getAttribute('aria-pressed'), 'false');
    await page.waitForSelector('tr:has-text("Français") .av-made__key[aria-pressed=true]');
    await page.waitForSelector('tr:has-text("Français") .badge[data-label=line_up]');
    await page.waitForSelector('.alarms__item:has-text("Line-up tone is on")');
    await page.evaluate(() => (globalThis.fake.answerMs = 40));
    await key('Break music on all languages').click();
    await page.waitForSelector('.av-floor__made [aria-pressed=true]');
    await page.waitForSelector('tr:has-text("中文") .badge[data-label=music]');
    await page.waitForSelector('tr:has-text("Русский") .badge[data-label=direct]'); // somebody holds it: the music waits
    assert.equal(await page.getAttribute('tr:has-text("Русский") .av-made__key >> nth=1', 'aria-pressed'), 'true');
    await key('Line-up tone on all').click();
    await page.waitForFunction(() => document.querySelectorAll('.badge[data-label=line_up]').length === 7);
    await key('Line-up tone on all').click();
    await page.waitForFunction(() => document.querySelectorAll('.badge[data-label=line_up]').length === 0);
    assert.deepEqual(await asked(page), [
      'operate line_up {"channel":3,"on":true}',
      'operate break_music {"channel":"all","on":true}',
      'operate line_up {"channel":"all","on":true}',
      'operate line_up {"channel":"all","on":false}',
    ]);
  });

  test('without a file there are no keys for music, and it is said why', async (context) => {
    const page = await avOf(context);
    await change(page, 'room.break_music = false; room.channels[2].break_music = true');
    await page.waitForSelector('.av-made__note:has-text("break_music")');
    assert.equal(await page.locator('.av-made__key:enabled:text-is("Music")').count(), 1); // what is on can be ended
    assert.equal(await page.getByRole('button', { name: 'Break music on all languages' }).isEnabled(), false);
  });

  test('the language of the floor says who says so', async (context) => {
    const page = await avOf(context);
    assert.equal(await page.textContent('.av-floor__from'), '');
    await page.selectOption('#floor-language', '');
    await page.waitForSelector('.av-floor__from:text-is("中文 (by the programme)")');
    assert.equal(await page.inputValue('#floor-language'), '');
    await change(page, "Object.assign(room.floor, { language: 'fr-FR', from: 'concluded' })");
    await page.waitForSelector('.av-floor__from:text-is("français (concluded)")');
    assert.deepEqual(await asked(page), ['operate floor_language {"language":""}']);
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
