// The bench of the tests of the engine (socket, decoder, player, microphone): whoever imports it has a browser, and a server that
// misbehaves when it is told to.
//
//     tones, encoded by the browser itself --> MockServer --> the engine under test --> tap: every block that is played
//
// What is heard are tones, so that a click is what does not obey the recursion of a sine. How long things take is not asserted,
// because a machine that runs tests may be busy; that they happen is.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchShell } from '../lib/chromium.mjs';
import { MockServer } from './mock-server.mjs';

const WEB = fileURLToPath(new URL('../../web', import.meta.url));
/** A busy machine makes sound late; then it takes a while until half a second is whole. */
const PATIENCE_MS = 60_000;
export const HZ = 500;
export const OTHER_HZ = 900;
export const LOW_HZ = 100;
/** Amplitude of the tones: well under the sustained limit. */
export const AMPLITUDE = 0.3;
/** Channel 3 is channel 1 upside down, 4 is low, 5 is louder than anything should be. */
export const UNDONE = 3;
export const LOW = 4;
export const LOUD = 5;
/** What can be listened to beside the channels: the tone of channel 2. */
export const SOURCE = 'floor/guest';
/** The recursion of a tone of amplitude 0.3 misses by this where a splice is; a click is ten times as much. */
export const CLEAN = 5e-3;

let folder;
/** The server under the pages, for bad behaviour and for what it has seen. */
export let server;
let base;
let browser;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'engine-'));
  execFileSync(join(WEB, 'build'), [folder], { stdio: 'ignore' });
  await buildTestScript();
  server = new MockServer(folder);
  base = await server.listen();
  browser = await launchShell();
  const page = await newPage();
  const tones = [[0, 0], [HZ, AMPLITUDE], [OTHER_HZ, AMPLITUDE], [HZ, -AMPLITUDE], [LOW_HZ, AMPLITUDE], [HZ, 1]];
  for (const [hz, amplitude] of tones) server.channels.push(await encode(page, hz, amplitude));
  server.sources.set(SOURCE, server.channels[2]);
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
  server.forbidden.clear();
});

/** createSession as a script of its own, with the addresses that the build gave to the other threads. */
async function buildTestScript() {
  const { build } = createRequire(join(WEB, 'package.json'))('esbuild');
  const built = readdirSync(join(folder, 'assets'));
  const address = (name) => JSON.stringify(`/assets/${built.find((file) => file.startsWith(`${name}-`) && file.endsWith('.js'))}`);
  await build({
    entryPoints: [join(WEB, 'src/session/create-session.ts')],
    bundle: true,
    format: 'esm',
    outfile: join(folder, 'session.js'),
    define: { WORKER_URL: address('engine'), PLAYER_URL: address('player'), CAPTURE_URL: address('capture'), LIMITER_URL: address('limiter') },
  });
}

/** A page of a profile of its own, at an address of the server. */
export async function newPage(path = '', options = {}) {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(`${base}/${path}`);
  return page;
}

/** Two seconds of a tone in Opus packets that can be played in a loop: whole periods, after the encoder has settled. */
async function encode(page, hz, amplitude) {
  const packets = await page.evaluate(async ([hz, amplitude]) => {
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
      const data = Float32Array.from({ length: 960 }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * (frame * 960 + i)) / 48000));
      const sound = new AudioData({ format: 'f32-planar', sampleRate: 48000, numberOfFrames: 960, numberOfChannels: 1, timestamp: frame * 20000, data });
      encoder.encode(sound);
      sound.close();
    }
    await encoder.flush();
    return made;
  }, [hz, amplitude]);
  return packets.slice(40, 140).map((packet) => Buffer.from(packet));
}

/** A page with a session that has joined; its context goes with the test. */
export async function enter(t, { query = '', audio = {} } = {}) {
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
export async function played(page) {
  return Float32Array.from(await page.evaluate(() => blocks.splice(0).flatMap(({ block }) => [...block])));
}

export const pause = (page, ms) => page.waitForTimeout(ms);
export const last = (page, name) => page.evaluate((name) => last[name], name);
export const listen = (page, channel) => page.evaluate((channel) => session.listen(channel), channel);

/** Waits until this tone, and nothing else, is heard for half a second. */
export async function hears(page, hz = HZ) {
  await page.waitForFunction(
    (hz) => {
      const sound = blocks.slice(-190).flatMap(({ block }) => [...block]);
      if (sound.length < 24000) return false;
      const k = 2 * Math.cos((2 * Math.PI * hz) / 48000);
      const tone = sound.every((x, n) => n < 2 || Math.abs(x - k * sound[n - 1] + sound[n - 2]) < 1.5e-3);
      return tone && Math.max(...sound) > 0.25;
    },
    hz,
    { polling: 200, timeout: PATIENCE_MS },
  );
}

/**
 * Waits until half a second is made of tones of these amplitudes and of nothing else: [[hz, amplitude], ...]. Looked at in pieces of
 * 20 ms, because a player that steers changes the pitch by up to half a percent.
 */
export async function mixes(page, tones) {
  await page.waitForFunction(
    (tones) => {
      const sound = blocks.slice(-188).flatMap(({ block }) => [...block]);
      const pieces = Math.floor(sound.length / 960);
      if (pieces < 25) return false;
      const found = tones.map(() => 0);
      let rest = 0;
      for (let piece = 0; piece < pieces; piece++) {
        const part = sound.slice(piece * 960, (piece + 1) * 960);
        rest += part.reduce((sum, x) => sum + x * x, 0) / 480;
        for (const [i, [hz]] of tones.entries()) {
          let [re, im] = [0, 0];
          for (let n = 0; n < 960; n++) {
            re += part[n] * Math.cos((2 * Math.PI * hz * n) / 48000);
            im += part[n] * Math.sin((2 * Math.PI * hz * n) / 48000);
          }
          const amplitude = Math.hypot(re, im) / 480;
          found[i] += amplitude / pieces;
          rest -= amplitude ** 2;
        }
      }
      return rest / pieces < 1e-3 && tones.every(([, amplitude], i) => Math.abs(found[i] - amplitude) < 0.012);
    },
    tones,
    { polling: 200, timeout: PATIENCE_MS },
  );
}

/** The largest click of a tone; the fades at the beginning are no clicks. */
export function click(sound, hz = HZ) {
  const k = 2 * Math.cos((2 * Math.PI * hz) / 48000);
  let worst = 0;
  for (let n = 2; n < sound.length; n++) worst = Math.max(worst, Math.abs(sound[n] - k * sound[n - 1] + sound[n - 2]));
  return worst;
}
