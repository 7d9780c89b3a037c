// The engine of the pages (socket, decoder, player, microphone) in Debian's Chromium, against a server that misbehaves.
//
//     tone, encoded by the browser itself --> MockServer --> the engine under test --> tap: every block that is played
//
// What is heard is a 500 Hz tone, so that a click is what does not obey the recursion of a sine. How long things take is not
// asserted, because a machine that runs tests may be busy; that they happen is.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { MockServer } from './mock-server.mjs';

const WEB = fileURLToPath(new URL('../../web', import.meta.url));
const FLAGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync ' +
  '--autoplay-policy=no-user-gesture-required --use-fake-ui-for-media-stream --use-fake-device-for-media-stream';
const HZ = 500;
const OTHER_HZ = 700;
/** The recursion of a tone of amplitude 0.5 misses by this where a splice is; a click is ten times as much. */
const CLEAN = 5e-3;

let folder;
let server;
let base;
let browser;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'engine-'));
  execFileSync(join(WEB, 'build'), [folder], { stdio: 'ignore' });
  await buildTestScript();
  server = new MockServer(folder);
  base = await server.listen();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS.split(' ') });
  const page = await newPage();
  server.channels = [await encode(page, 0), await encode(page, HZ), await encode(page, OTHER_HZ)];
  await page.context().close();
});

after(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  server.resumes = server.refuses = false;
  server.log = [];
  server.reports = [];
  server.uplink = [];
});

/** createSession as a script of its own, with the addresses that the build gave to the other threads. */
async function buildTestScript() {
  const { build } = createRequire(join(WEB, 'package.json'))('esbuild');
  const built = readdirSync(join(folder, 'assets'));
  const address = (name) => JSON.stringify(`/assets/${built.find((file) => file.startsWith(`${name}-`) && file.endsWith('.js'))}`);
  await build({
    entryPoints: [join(WEB, 'src/lib/create-session.ts')],
    bundle: true,
    format: 'esm',
    outfile: join(folder, 'session.js'),
    define: { WORKER_URL: address('engine'), PLAYER_URL: address('player'), CAPTURE_URL: address('capture'), LIMITER_URL: address('limiter') },
  });
}

async function newPage(query = '') {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${base}/${query}`);
  return page;
}

/** Two seconds of a tone in Opus packets that can be played in a loop: whole periods, after the encoder has settled. */
async function encode(page, hz) {
  const packets = await page.evaluate(async (hz) => {
    const made = [];
    const encoder = new AudioEncoder({
      output(chunk) {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        made.push([...bytes]);
      },
      error: console.error,
    });
    encoder.configure({ codec: 'opus', sampleRate: 48000, numberOfChannels: 1, bitrate: 64000, opus: { frameDuration: 20000, application: 'audio' } });
    for (let frame = 0; frame < 150; frame++) {
      const data = Float32Array.from({ length: 960 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * (frame * 960 + i)) / 48000));
      const sound = new AudioData({ format: 'f32-planar', sampleRate: 48000, numberOfFrames: 960, numberOfChannels: 1, timestamp: frame * 20000, data });
      encoder.encode(sound);
      sound.close();
    }
    await encoder.flush();
    return made;
  }, hz);
  return packets.slice(40, 140).map((packet) => Buffer.from(packet));
}

/** A page with a session that has joined; its context goes with the test. */
async function enter(t, { query = '', audio = {} } = {}) {
  const page = await newPage(query);
  t.after(() => page.context().close());
  page.on('pageerror', (error) => assert.fail(`error in the page: ${error}`));
  await page.evaluate(async (audio) => {
    const { createSession } = await import('/session.js');
    const session = (globalThis.session = createSession({ room: 'hall' }));
    globalThis.events = [];
    globalThis.last = {};
    for (const name of ['line', 'joined', 'heard', 'stats', 'uplink', 'microphone', 'playing', 'error']) {
      session.on(name, (value) => {
        events.push({ name, value });
        last[name] = value;
      });
    }
    globalThis.blocks = [];
    session.tap((block, time) => blocks.push({ block, time }));
    session.start();
    await session.startAudio(audio);
  }, audio);
  return page;
}

/** Everything that was played since the last time. */
async function played(page) {
  return Float32Array.from(await page.evaluate(() => blocks.splice(0).flatMap(({ block }) => [...block])));
}

const pause = (page, ms) => page.waitForTimeout(ms);
const last = (page, name) => page.evaluate((name) => last[name], name);
const listen = (page, channel) => page.evaluate((channel) => session.listen(channel), channel);

/** Waits until this tone, and nothing else, is heard for half a second. */
async function hears(page, hz = HZ) {
  await page.waitForFunction(
    (hz) => {
      const sound = blocks.slice(-190).flatMap(({ block }) => [...block]);
      if (sound.length < 24000) return false;
      const k = 2 * Math.cos((2 * Math.PI * hz) / 48000);
      const tone = sound.every((x, n) => n < 2 || Math.abs(x - k * sound[n - 1] + sound[n - 2]) < 2e-3);
      return tone && Math.max(...sound) > 0.4;
    },
    hz,
    { polling: 100, timeout: 20000 },
  );
}

/** The largest click of a tone; the fades at the beginning are no clicks. */
function click(sound, hz = HZ) {
  const k = 2 * Math.cos((2 * Math.PI * hz) / 48000);
  let worst = 0;
  for (let n = 2; n < sound.length; n++) worst = Math.max(worst, Math.abs(sound[n] - k * sound[n - 1] + sound[n - 2]));
  return worst;
}

for (const decoder of ['webcodecs', 'wasm']) {
  describe(`decoded by ${decoder}`, () => {
    const query = decoder === 'wasm' ? '?decoder=wasm' : '';

    test('a channel is heard, without a click, with its label, and reported', async (t) => {
      const page = await enter(t, { query });
      await listen(page, 1);
      await hears(page);
      await played(page);
      await page.waitForFunction(() => last.stats?.played > 100);
      assert.ok(click(await played(page)) < CLEAN);
      const stats = await last(page, 'stats');
      assert.equal(stats.decoder, decoder);
      assert.ok(stats.delay_ms > 10 && stats.delay_ms < 2000, `${stats.delay_ms} ms`);
      assert.deepEqual(await last(page, 'heard'), { channel: 1, label: 'direct' });
      assert.ok(server.reports.length > 0 && server.reports.every(({ channel }) => channel === 1));
    });

    test('a change of channel: one message, the new tone is heard', async (t) => {
      const page = await enter(t, { query });
      await listen(page, 1);
      await hears(page);
      await listen(page, 2);
      await hears(page, OTHER_HZ);
      assert.deepEqual(server.log.at(-1), { type: 'listen', channel: 2, rendition: 'standard', history: 8, instead_of: 1 });
      assert.equal((await last(page, 'heard')).channel, 2);
    });

    test('packets that are no Opus are survived', async (t) => {
      const page = await enter(t, { query });
      const good = server.channels[1];
      t.after(() => (server.channels[1] = good));
      await listen(page, 1);
      await hears(page);
      server.channels[1] = good.map((packet, n) => (n % 25 === 7 ? Buffer.from([0xff, 0xff, 0xff]) : n % 25 === 17 ? Buffer.alloc(0) : packet));
      await pause(page, 2000);
      server.channels[1] = good;
      await hears(page);
    });
  });
}

test('stalls of 300 ms: filled, caught up with, and never a click', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  await played(page);
  for (let i = 0; i < 3; i++) {
    server.stall(300);
    await pause(page, 1500);
  }
  const sound = await played(page);
  assert.ok(click(sound) < CLEAN, `click ${click(sound)}`);
  assert.ok((await last(page, 'stats')).concealed > 0, 'the stalls were there');
  await hears(page);
});

test('a line that breaks: comes back by itself, resumes, and the sound goes on', async (t) => {
  const page = await enter(t);
  server.resumes = true;
  await listen(page, 1);
  await hears(page);
  server.log = [];
  server.cut();
  await page.waitForFunction(() => events.some(({ name, value }) => name === 'line' && value.state === 'waiting') && last.line.state === 'open');
  await played(page);
  await hears(page);
  assert.equal(server.log[0].resume.token, 'token');
  assert.equal(server.log[0].resume.listens[0].channel, 1);
  assert.equal(server.log.filter(({ type }) => type === 'listen').length, 0);
});

test('a server that forgot us: asked again, as if for the first time', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  server.log = [];
  server.cut();
  await page.waitForFunction(() => last.line.state !== 'open');
  while (!server.log.some(({ type }) => type === 'listen')) await pause(page, 50);
  await played(page);
  await hears(page);
  assert.deepEqual(server.log.filter(({ type }) => type === 'listen'), [{ type: 'listen', channel: 1, rendition: 'standard', history: 8 }]);
});

test('a server that was started again, with other beats: heard at once, not when the old ones are over', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  server.restart();
  await page.waitForFunction(() => last.line.state !== 'open');
  await page.waitForFunction(() => last.line.state === 'open');
  await played(page);
  await hears(page);
});

test('refused: says why, and stays away', async (t) => {
  server.refuses = true;
  const page = await enter(t);
  await page.waitForFunction(() => last.line?.state === 'refused');
  assert.equal((await last(page, 'line')).error.code, 'bad_ticket');
  await pause(page, 1000);
  assert.equal(server.log.length, 1);
});

test('a channel that is not there: listen() says so, the one before goes on', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await assert.rejects(listen(page, 9), /There is no channel 9/);
  await hears(page);
});

test('fetched ahead: the change of channel asks for nothing', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  await page.evaluate(() => session.prefetch(2));
  await pause(page, 300);
  await listen(page, 2);
  await hears(page, OTHER_HZ);
  assert.deepEqual(server.log.slice(-2).map(({ type, channel }) => [type, channel]), [['listen', 2], ['unlisten', 1]]);
});

test('through a media element, and after a stop and a new start', async (t) => {
  const page = await enter(t, { audio: { mediaElement: true } });
  await listen(page, 1);
  await hears(page);
  await page.evaluate(() => session.stopAudio());
  await page.waitForFunction(() => last.playing.on === false);
  await page.evaluate(() => session.startAudio());
  await hears(page);
});

test('hearing nothing is never digital silence', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  await page.evaluate(() => session.unlisten());
  await page.waitForFunction(() => last.playing.on === false);
  await pause(page, 300); // the fade
  await played(page);
  await pause(page, 500);
  const sound = await played(page);
  const loudest = sound.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  assert.ok(loudest > 1e-6 && loudest < 1e-4, `${loudest}`);
});

test('the main thread may be blocked: the sound goes on', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  await pause(page, 1500);
  await played(page);
  const before = await last(page, 'stats');
  await page.evaluate(() => {
    for (const start = performance.now(); performance.now() - start < 1500; );
  });
  await pause(page, 1500);
  const sound = await played(page);
  assert.ok(click(sound) < CLEAN);
  assert.ok((await last(page, 'stats')).played - before.played > 50);
});

test('the microphone: sent frame by frame, numbered and stamped, and heard again through the loop', async (t) => {
  const page = await enter(t);
  const microphone = await page.evaluate(() => session.openMicrophone());
  assert.equal(microphone.rate, 48000);
  await page.waitForFunction(() => last.microphone?.peak_db > -40);
  assert.equal(server.uplink.length, 0, 'nothing is sent yet');
  await page.evaluate(() => session.publish('floor/main'));
  await page.waitForFunction(() => last.uplink?.state === 'open' && last.uplink.sent > 100);
  await listen(page, 0);
  await page.waitForFunction(() => last.playing?.on && last.playing.peak_db > -40);
  for (const [n, { flags, seq }] of server.uplink.entries()) {
    if (n > 0) assert.equal(flags & 1, seq === server.uplink[n - 1].seq + 1 ? 0 : 1, `frame ${n}: a jump is flagged, and nothing else is`);
  }
  const ages = server.uplink.map(({ ageMs }) => ageMs).sort((a, b) => a - b);
  assert.ok(ages[0] > 15 && ages[ages.length >> 1] < 1000, `a frame is at least as old as it is long: ${ages[0]} ms`);
  server.cut();
  await page.waitForFunction(() => last.uplink.state === 'interrupted');
  await page.waitForFunction(() => last.uplink.state === 'open');
  await page.evaluate(() => session.unpublish());
  await page.waitForFunction(() => last.uplink.state === 'closed');
});
