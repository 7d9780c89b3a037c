// A one-on-one talk against the real server, in one Chromium: the pages of two people, and of the interpreter between them. Each of
// the three is a tone, so that what anybody hears is a matter of arithmetic: the interpreter in one's own language, the other at the
// level that one chose, and never oneself.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hears, launch, openPage, startServerWithEars, unfit } from '../lib/chromium.mjs';
import { temporaryFolder } from '../lib/programs.mjs';
import { RATE, rms, strength } from '../lib/sound.mjs';

const PHONE = { width: 390, height: 844 };
const HOST = { hz: 500, input: 'main', channels: 'zh-CN' };
const GUEST = { hz: 900, input: 'guest', channels: 'en-GB' };
const INTERPRETER_HZ = 1700;
const SPOKEN = 0.25; // amplitude of every voice
const BED = 0.15; // the page's first choice
const NOTHING = 0.004; // a tenth of the bed
const PIECE = RATE / 50;

const folder = temporaryFolder();
let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startServerWithEars({ folder }), launch()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  folder.remove();
});

const lamp = (page, air) => page.waitForSelector(`.lamp[data-air="${air}"]`);

/** The amplitude of a tone, in pieces of 20 ms: clocks that differ, and players that hold their delay, shift it a little. */
function amplitudeOf(samples, hz) {
  const pieces = Array.from({ length: Math.floor(samples.length / PIECE) }, (_, i) => samples.subarray(i * PIECE, (i + 1) * PIECE));
  return pieces.reduce((sum, piece) => sum + strength(piece, hz), 0) / pieces.length;
}

/** Whether the tones are heard at these amplitudes, within a quarter, and those of nobody else. */
const mix = (wanted) => (samples) =>
  [HOST.hz, GUEST.hz, INTERPRETER_HZ].every((hz) => {
    const amplitude = amplitudeOf(samples, hz);
    return wanted[hz] ? Math.abs(amplitude / wanted[hz] - 1) < 0.25 : amplitude < NOTHING;
  });

async function sitDown(t, { hz, ...place }) {
  const ticket = await server.ticket({ room: 'talks', role: 'speaker', ...place });
  const stop = (page) => page.click('text=Leave the talk', { timeout: 300 }).catch(() => {});
  const page = await openPage(t, browser, `${server.url}/talk`, { ticket, voice: hz, viewport: PHONE, leave: stop });
  await page.click('.start[data-step=join]:enabled');
  await lamp(page, 'on_air');
  return page;
}

async function interpret(t) {
  const ticket = await server.ticket({ room: 'talks', role: 'interpreter', booth: 'zh-en', desk: 1 });
  const page = await openPage(t, browser, `${server.url}/booth`, { ticket, voice: INTERPRETER_HZ });
  await page.fill('#name', 'Wang Li');
  await page.click('button[type=submit]');
  await page.click('.check-page__go button:enabled');
  await page.waitForSelector('.tally[data-lamp=off]');
  return page;
}

test('two people and an interpreter: each hears the interpreter in their language, the other softly, and never themselves', async (t) => {
  const [host, guest, booth] = [await sitDown(t, HOST), await sitDown(t, GUEST), await interpret(t)];
  const [ofHost, ofGuest] = [{ [HOST.hz]: SPOKEN * BED }, { [GUEST.hz]: SPOKEN * BED }];
  await hears(booth, mix({ [HOST.hz]: SPOKEN, [GUEST.hz]: SPOKEN }), 'both people in the booth');
  await hears(host, mix(ofGuest), 'the guest softly, before anybody interprets');

  await booth.click('.key--mic');
  await booth.waitForSelector('.tally[data-lamp=on_air]');
  await hears(guest, mix({ ...ofHost, [INTERPRETER_HZ]: SPOKEN }), 'the interpreter in English, over the host');
  await hears(host, mix(ofGuest), 'the guest alone: nobody interprets into Chinese');
  await guest.waitForSelector('.talk-hear[data-hearing=direct]');
  assert.match(await host.locator('.talk-hear').getAttribute('data-hearing'), /silent|nobody/);

  await booth.keyboard.press('b');
  await hears(host, mix({ ...ofGuest, [INTERPRETER_HZ]: SPOKEN }), 'the interpreter in Chinese, over the guest');
  await hears(guest, mix(ofHost), 'the host alone');

  await host.getByLabel('Original voice').fill('0.5');
  await hears(host, mix({ [GUEST.hz]: SPOKEN / 2, [INTERPRETER_HZ]: SPOKEN }), 'the guest at half');
  await host.getByLabel('Original voice').fill('0');
  await hears(host, mix({ [INTERPRETER_HZ]: SPOKEN }), 'the interpreter alone');

  await host.click('.start[data-step=mute]');
  await lamp(host, 'ready');
  await hears(guest, (samples) => rms(samples) < NOTHING, 'nothing of the host who is muted');
  await hears(booth, mix({ [GUEST.hz]: SPOKEN }), 'the guest alone in the booth');
  await host.click('.start[data-step=unmute]');
  await lamp(host, 'on_air');
  await hears(guest, mix(ofHost), 'the host again');
});

test('the server goes away and comes back: both go on by themselves', async (t) => {
  const [host, guest] = [await sitDown(t, HOST), await sitDown(t, GUEST)];
  await hears(guest, mix({ [HOST.hz]: SPOKEN * BED }), 'the host');
  const { host: address, port } = server;
  await server.stop('SIGTERM', { keep: true });
  server = await startServerWithEars({ folder, listen: `${address}:${port}` });
  for (const page of [host, guest]) await lamp(page, 'interrupted');
  for (const page of [host, guest]) await lamp(page, 'on_air');
  await hears(guest, mix({ [HOST.hz]: SPOKEN * BED }), 'the host again');
  await hears(host, mix({ [GUEST.hz]: SPOKEN * BED }), 'the guest again');
});

test('the same place twice: the second is told, and the first goes on', async (t) => {
  const [host, guest] = [await sitDown(t, HOST), await sitDown(t, GUEST)];
  const ticket = await server.ticket({ room: 'talks', role: 'speaker', input: 'main', channels: 'zh-CN' });
  const second = await openPage(t, browser, `${server.url}/talk`, { ticket, voice: INTERPRETER_HZ, viewport: PHONE });
  await second.click('.start[data-step=join]:enabled');
  await lamp(second, 'failed');
  assert.match(await second.locator('.lamp__text').innerText(), /Somebody is there already/);
  assert.deepEqual(await unfit(second), []);
  await lamp(host, 'on_air');
  await hears(guest, mix({ [HOST.hz]: SPOKEN * BED }), 'the host');
});
