// The page of a one-on-one talk, in Debian's Chromium, with the true engine and a server that does what it is told: what one tap brings,
// what the lamp says, what stays in its place. The way of the sound through the real server is tested elsewhere (talk-live.test.mjs).

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { fakeTicket } from '../../../web/tests/fake-ticket.mjs';
import { unfit } from '../../lib/chromium.mjs';
import { newPage, server } from '../engine-bench.mjs';

const PHONE = { width: 390, height: 844 };
const OTHER = 'floor/main';
const ENGLISH = 2;

/** The page of the guest, who understands English; the host sends. */
function table() {
  const channel = (number, language, name) => ({
    number, language, name, label: 'silent', state: 'silent', carries: '', depth: 0,
    fill: false, holders: [], renditions: ['standard'], uninterpreted: false,
  });
  const main = { id: 'main', name: { en: 'Host' }, link: 'up', active: true };
  const guest = { id: 'guest', name: { en: 'Guest' }, link: 'down', active: false };
  return {
    id: 'talks', name: { zh: '一对一洽谈', en: 'One-on-one talks', ar: 'لقاءات ثنائية' }, closed: true,
    event: { id: 'chengdu', name: { en: '2025 World Conference on Cultural Industry' }, place: { en: 'Chengdu' }, timezone: 'Asia/Shanghai' },
    revision: 1, emergency: false, auto_relay: 0,
    floor: { mode: 'mixed', language: '', inputs: [main, guest] },
    channels: [channel(0, '', 'Floor'), channel(1, 'zh-CN', '中文'), channel(ENGLISH, 'en-GB', 'English')],
    booths: [], desks: [], programme: [],
  };
}

beforeEach(() => {
  server.room = table();
  server.talk = { input: 'guest', channels: [ENGLISH], others: [OTHER] };
  server.sources.set(OTHER, server.channels[1]);
});

/** Whatever the page complains of fails the test at its end; a line that the test breaks is no fault of the page. */
async function open(t, { ticket = fakeTicket('speaker'), query = '', locale = 'en-GB', ...options } = {}) {
  const page = await newPage('', { viewport: PHONE, locale, ...options });
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => line.type() === 'error' && !line.text().includes('WebSocket') && complaints.push(line.text()));
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(complaints, []);
  });
  await page.addInitScript(() => {
    const { getUserMedia } = MediaDevices.prototype;
    MediaDevices.prototype.getUserMedia = async function (wishes) {
      (globalThis.wishes ??= []).push(wishes.audio);
      return (globalThis.microphone = await getUserMedia.call(this, wishes));
    };
  });
  await page.goto(`${page.url()}talk.html${query}${ticket ? `#t=${ticket}` : ''}`);
  return page;
}

const key = (page, step) => page.waitForSelector(`.start[data-step="${step}"]:enabled`);
const lamp = (page, air) => page.waitForSelector(`.lamp[data-air="${air}"]`);
const hearing = (page, state) => page.waitForSelector(`.talk-hear[data-hearing="${state}"]`);
/** What the page asked of the server: '+floor/main' listens, '-2' leaves. */
const asked = () =>
  server.log.flatMap(({ type, channel, source }) => {
    if (type === 'listen') return [`+${source ?? channel}`];
    if (type === 'unlisten') return [`-${source ?? channel}`];
    return type === 'publish' || type === 'unpublish' ? [`${type} ${source}`] : [];
  });
const until = async (page, holds) => {
  while (!holds()) await page.waitForTimeout(50);
};

async function inside(t, options) {
  const page = await open(t, options);
  await (await key(page, 'join')).click();
  await lamp(page, 'on_air');
  await hearing(page, 'silent');
  return page;
}

describe('joining', () => {
  test('one tap: microphone, interpreter, and the other’s voice under it; before it nothing is sent or heard', async (t) => {
    const page = await open(t);
    await key(page, 'join');
    await page.getByText('A private talk. Nothing is recorded.').waitFor();
    assert.deepEqual(asked(), []);
    await page.click('.start');
    await lamp(page, 'on_air');
    await hearing(page, 'silent');
    assert.deepEqual(asked().sort(), ['+2', '+floor/main', 'publish floor/guest']);
    await until(page, () => server.uplink.length > 20);
    assert.match(await page.locator('.talk-hear__name').innerText(), /English/);
    await page.waitForFunction(() => /Delay \d+ ms/.test(document.querySelector('.talk-hear__foot').textContent));
  });

  test('all by keyboard', async (t) => {
    const page = await open(t);
    await key(page, 'join');
    await page.keyboard.press('Tab'); // the language of the page
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await lamp(page, 'on_air');
    await page.keyboard.press('Enter');
    await lamp(page, 'ready');
    await page.keyboard.press('Tab'); // the original
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(() => document.querySelector('.talk-hear .slider__figure').textContent === '10%');
  });

  test('the microphone is not touched, unless echo cancelling is ticked', async (t) => {
    const page = await inside(t);
    await page.getByLabel('I sit without headphones').check();
    await page.waitForFunction(() => globalThis.wishes.length === 2);
    const chosen = () => globalThis.wishes.map((each) => [each.echoCancellation, each.noiseSuppression, each.autoGainControl]);
    const wishes = await page.evaluate(chosen);
    assert.deepEqual(wishes, [[false, false, false], [true, false, false]]);
    await lamp(page, 'on_air');
  });

  test('of several languages the one of this person is heard, and another can be chosen', async (t) => {
    server.talk.channels = [1, ENGLISH];
    const page = await open(t, { locale: 'zh-CN' });
    await (await key(page, 'join')).click();
    await until(page, () => asked().includes('+1'));
    await page.selectOption('.talk-hear select', { label: 'English' });
    await until(page, () => asked().includes('+2'));
  });

  test('without a channel for this person the original is heard alone', async (t) => {
    server.talk.channels = [];
    const page = await open(t);
    await (await key(page, 'join')).click();
    await hearing(page, 'alone');
    assert.deepEqual(asked().sort(), ['+floor/main', 'publish floor/guest']);
  });
});

describe('the microphone', () => {
  test('mute: the lamp is dark when the server says so, and the sound goes on', async (t) => {
    const page = await inside(t);
    server.stall(1000);
    await page.click('.start[data-step=mute]');
    await lamp(page, 'ending');
    await lamp(page, 'ready');
    assert.equal(await page.locator('.lamp__word').innerText(), 'Muted');
    const sent = server.uplink.length;
    await page.waitForTimeout(300);
    assert.equal(server.uplink.length, sent);
    await page.click('.start[data-step=unmute]');
    await lamp(page, 'on_air');
    assert.deepEqual(asked().filter((each) => each.startsWith('-')), []);
  });

  test('lit by the server alone: while it does not say that sound arrives, nobody is heard', async (t) => {
    const page = await inside(t);
    server.change((room) => (room.floor.inputs[1].link = 'late'));
    await lamp(page, 'late');
    server.change((room) => (room.floor.inputs[1].link = 'up'));
    await lamp(page, 'on_air');
  });

  test('pulled out: told, and opened again by the key', async (t) => {
    const page = await inside(t);
    await page.evaluate(() => globalThis.microphone.getTracks()[0].dispatchEvent(new Event('ended')));
    await lamp(page, 'no_microphone');
    await (await key(page, 'again')).click();
    await lamp(page, 'on_air');
  });

  test('muted by the system or its own switch: told', async (t) => {
    const page = await inside(t);
    await page.evaluate(() => globalThis.microphone.getTracks()[0].dispatchEvent(new Event('mute')));
    await page.getByText('muted by the system or by its own switch').waitFor();
    await page.evaluate(() => globalThis.microphone.getTracks()[0].dispatchEvent(new Event('unmute')));
    await lamp(page, 'on_air');
  });

  test('refused: said why, what is heard goes on', async (t) => {
    const page = await open(t);
    await page.evaluate(() => {
      MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await (await key(page, 'join')).click();
    await key(page, 'again');
    await page.getByText('The microphone is not allowed').waitFor();
    await hearing(page, 'silent');
  });
});

describe('what is heard', () => {
  test('the label says whether it is the interpreter, or why it is silent', async (t) => {
    const page = await inside(t);
    const says = (words) => page.locator('.talk-hear > .words .words__item--seen', { hasText: words }).waitFor();
    await says('Silence while your own language is spoken');
    server.change((room) => (room.channels[ENGLISH].label = 'direct'));
    await hearing(page, 'direct');
    await says('The interpreter');
    assert.equal(await page.locator('.talk-hear .badge').getAttribute('data-label'), 'direct');
    server.change((room) => Object.assign(room.channels[ENGLISH], { label: 'silent', uninterpreted: true }));
    await hearing(page, 'nobody');
  });

  test('the original at a level of one’s own, remembered; at nothing it is not even sent', async (t) => {
    const page = await inside(t);
    const original = page.getByLabel('Original voice');
    assert.equal(await original.inputValue(), '0.15');
    await original.fill('0');
    await until(page, () => asked().includes('-floor/main'));
    await original.fill('0.4');
    await until(page, () => asked().filter((each) => each === '+floor/main').length === 2);
    await page.reload();
    await key(page, 'join');
    assert.equal(await original.inputValue(), '0.4');
  });

  test('a source that the server does not give: told, and the interpreter is heard', async (t) => {
    server.forbidden.add(OTHER);
    const page = await inside(t);
    await page.getByText('Your link does not allow this').waitFor();
    await until(page, () => server.reports.some(({ channel }) => channel === ENGLISH));
  });

  test('leaving ends everything', async (t) => {
    const page = await inside(t);
    await page.click('text=Leave the talk');
    await key(page, 'join');
    await hearing(page, 'out');
    assert.deepEqual(asked().slice(-3).sort(), ['-2', '-floor/main', 'unpublish floor/guest']);
    assert.equal(await page.evaluate(() => globalThis.microphone.getTracks()[0].readyState), 'ended');
  });
});

test('a line that breaks: told, and microphone and sound go on by themselves', async (t) => {
  const page = await inside(t);
  server.log = [];
  server.uplink = [];
  server.cut();
  await lamp(page, 'interrupted');
  await lamp(page, 'on_air');
  await until(page, () => server.uplink.length > 20);
  await until(page, () => asked().length === 3);
  assert.deepEqual(asked().sort(), ['+2', '+floor/main', 'publish floor/guest']);
  await hearing(page, 'silent');
});

test('slow-down sign and emergency are shown as everywhere', async (t) => {
  const page = await inside(t);
  server.tell({ type: 'signal', what: 'slow_down', from: '', at_us: 0 });
  await page.getByText('More slowly, please').waitFor();
  server.change((room) => {
    room.emergency = true;
    room.channels[ENGLISH].label = 'emergency';
  });
  await page.locator('.emergency').waitFor();
  await hearing(page, 'emergency');
  await page.locator('.slow').evaluate((sign) => Promise.all(sign.getAnimations().map(({ finished }) => finished))); // it blinks
  assert.deepEqual(await unfit(page), []);
});

test('nothing moves when the state changes', async (t) => {
  const page = await open(t);
  await key(page, 'join');
  const parts = page.locator('.start, .talk-hear, .slider, .talk > .panel');
  const places = () => parts.evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().top)));
  const before = await places();
  await page.click('.start');
  await lamp(page, 'on_air');
  await hearing(page, 'silent');
  assert.deepEqual(await places(), before);
  server.change((room) => (room.channels[ENGLISH].label = 'relay'));
  await hearing(page, 'relay');
  assert.deepEqual(await places(), before);
  server.cut();
  await lamp(page, 'interrupted');
  assert.deepEqual(await places(), before);
});

for (const locale of ['zh-CN', 'en-GB', 'ar'])
  for (const colorScheme of ['light', 'dark'])
    test(`nothing serious found by axe, and nothing sticks out: ${locale}, ${colorScheme}`, async (t) => {
      const page = await open(t, { locale, colorScheme });
      await key(page, 'join');
      assert.deepEqual(await unfit(page), []);
      await page.click('.start');
      await lamp(page, 'on_air');
      await page.locator('details').evaluateAll((all) => all.forEach((one) => (one.open = true)));
      for (const width of [390, 320, 1280]) {
        await page.setViewportSize({ width, height: 844 });
        assert.deepEqual(await unfit(page), [], `${width}`);
      }
    });

describe('tickets', () => {
  test('without one the page asks for it; with another page’s it says so', async (t) => {
    const page = await open(t, { ticket: '' });
    await page.getByText('A one-on-one talk is opened by a link').waitFor();
    await page.fill('#ticket', fakeTicket('av'));
    await page.click('button[type=submit]');
    await page.getByText('This ticket is for another page.').waitFor();
    await page.fill('#ticket', fakeTicket('speaker'));
    await page.click('button[type=submit]');
    await key(page, 'join');
  });

  test('a speaker’s ticket of a room without a table is for another page', async (t) => {
    server.talk = undefined;
    const page = await open(t);
    await page.getByText('This ticket is for another page.').waitFor();
    server.talk = { input: 'guest', channels: [ENGLISH], others: [OTHER] };
    await page.fill('#ticket', fakeTicket('speaker'));
    await page.click('button[type=submit]');
    await key(page, 'join');
  });

  test('one that the server refuses: why, and the way to another', async (t) => {
    server.refuses = true;
    const page = await open(t);
    await page.getByText('This link is not valid').waitFor();
    await page.getByRole('button', { name: 'Use another ticket' }).waitFor();
  });
});
