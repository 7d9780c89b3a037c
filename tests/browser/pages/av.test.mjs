// The AV view: rows, listening, operating, alarms, messages.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeTicket } from '../../../web/tests/fake-ticket.mjs';
import { open, change, asked } from '../../lib/consoles.mjs';

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
