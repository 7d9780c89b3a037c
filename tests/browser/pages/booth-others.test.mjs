// The interpreter's console and the other people of the room: handover, the boothmate's voice, relay, calls, messages, AV.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deskOf, enter, change, lamp, asked, heard, alertText } from '../../lib/consoles.mjs';

describe('/booth, with others', () => {
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
