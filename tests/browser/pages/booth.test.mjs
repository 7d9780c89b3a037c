// The interpreter's console, alone: what hands do, what lamps say, what stays in its place.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeTicket } from '../../../web/tests/fake-ticket.mjs';
import { DESK, open, deskOf, enter, change, lamp, asked, heard, alertText } from '../../lib/consoles.mjs';

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

  test('with the reader\'s own colours, what is chosen and what is on still look it', async (context) => {
    const page = await deskOf(context, { forcedColors: 'active' });
    const ground = (selector) => page.locator(selector).first().evaluate((each) => getComputedStyle(each).backgroundColor);
    const chosen = [
      ['output', ".output__key[aria-pressed='true']", ".output__key[aria-pressed='false']"],
      ['incoming', '.incoming__row:has(:checked)', '.incoming__row:not(:has(:checked))'],
    ];
    for (const [what, is, isNot] of chosen) assert.notEqual(await ground(is), await ground(isNot), what);
    const off = await ground('.key--mic');
    await page.keyboard.press('m');
    await lamp(page, 'on_air');
    assert.notEqual(await ground('.key--mic'), off, 'the microphone');
    assert.match(await page.locator('.level__scale').first().evaluate((each) => getComputedStyle(each).backgroundImage), /gradient/);
    assert.equal(await page.locator('.level').first().evaluate((each) => getComputedStyle(each).forcedColorAdjust), 'none');
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
});
