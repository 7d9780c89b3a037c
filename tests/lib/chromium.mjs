// Debian's Chromium for tests: with a microphone that reads a WAV file, and with ears.
//
// The ears are put into a page from outside, before its own scripts run: whatever the page connects to its loudspeaker, and whatever it
// connects to its microphone, goes into a recorder as well. The pages know nothing of it, and what is recorded is what would be heard. The
// recorder is one file more in the folder of the pages, because their Content-Security-Policy takes scripts from there alone.
//
//     page: gain ----------> destination           page: microphone ----------> capture worklet
//              \-> recorder ("ear")                                \-> recorder ("mouth")
//
// A page may also get a voice of its own, a steady tone, in the place of the browser's one microphone: two people in one browser.
//
// Each block of a recording has the number of its first sample on the audio clock, and the time of day at which the audio thread was
// earliest in that second: a thread is often late and never early, so that the earliest gives the true relation of the two clocks.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { boothcast, temporaryFolder } from './programs.mjs';
import { startServer } from './server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
];

/** `microphone`: the absolute path of a WAV file, which is played in a loop from the moment at which a page opens the microphone. */
export function launch({ microphone } = {}) {
  const args = microphone ? [...FLAGS, `--use-file-for-fake-audio-capture=${microphone}`] : FLAGS;
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
}

/**
 * The same engine without the windows, bars and profiles of a browser, which cost two thirds of what it takes to open a page: for tests that
 * open a fresh one for every sentence.
 */
export function launchShell() {
  return chromium.launch({ executablePath: process.env.CHROMIUM_SHELL ?? '/usr/bin/chromium-headless-shell', args: FLAGS });
}

// ---- what goes into the page ----

const RECORDER_PATH = '/assets/tests-recorder.js';
const RECORDER = `
class Recorder extends AudioWorkletProcessor {
  blocks = new Float32Array(4800);
  filled = 0;
  first = 0;
  earliest = Infinity;
  process([input]) {
    const quantum = input[0] ?? new Float32Array(128);
    if (this.filled > 0 && currentFrame !== this.first + this.filled) this.hand();
    if (this.filled === 0) this.first = currentFrame;
    this.earliest = Math.min(this.earliest, Date.now() - (currentFrame / sampleRate) * 1000);
    this.blocks.set(quantum, this.filled);
    this.filled += quantum.length;
    if (this.filled + 128 > this.blocks.length) this.hand();
    return true;
  }
  hand() {
    this.port.postMessage({ first: this.first, earliest: this.earliest, samples: this.blocks.slice(0, this.filled) });
    this.filled = 0;
    this.earliest = Infinity;
  }
}
registerProcessor('tests-recorder', Recorder);`;

/** Runs in the page. */
function growEars({ path, voice }) {
  const recordings = { ear: [], mouth: [] };
  const connect = AudioNode.prototype.connect;
  const record = async (node, name) => {
    const { context } = node;
    await context.audioWorklet.addModule(path);
    const recorder = new AudioWorkletNode(context, 'tests-recorder', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
    const blocks = [];
    recordings[name].push({ context, blocks });
    recorder.port.onmessage = ({ data }) => blocks.push(data);
    connect.call(node, recorder);
  };
  AudioNode.prototype.connect = function (to, ...rest) {
    const loudspeaker = to instanceof AudioDestinationNode || to instanceof MediaStreamAudioDestinationNode;
    if (loudspeaker) void record(this, 'ear');
    else if (this instanceof MediaStreamAudioSourceNode) void record(this, 'mouth');
    return connect.call(this, to, ...rest);
  };
  if (voice)
    navigator.mediaDevices.getUserMedia = async () => {
      const context = new AudioContext({ sampleRate: 48000 });
      const tone = new OscillatorNode(context, { frequency: voice });
      const level = new GainNode(context, { gain: 0.25 });
      const stream = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
      connect.call(tone, level); // not to be recorded as what is heard
      connect.call(level, stream);
      tone.start();
      return stream.stream;
    };
  const base64 = (samples) => {
    const bytes = new Uint8Array(Int16Array.from(samples, (x) => Math.max(-1, Math.min(1, x)) * 32767).buffer);
    let text = '';
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return btoa(text);
  };
  globalThis.testsRecording = (name) => {
    const recording = recordings[name].at(-1);
    if (!recording) return null;
    const { sampleRate, baseLatency, outputLatency } = recording.context;
    const blocks = recording.blocks.map(({ first, earliest, samples }) => ({ first, earliest, samples: base64(samples) }));
    return { rate: sampleRate, baseLatency, outputLatency, blocks };
  };
  globalThis.testsForget = () => Object.values(recordings).forEach((list) => list.forEach(({ blocks }) => blocks.splice(0)));
}

/** A server of startServer() whose pages can be listened to. */
export function startServerWithEars({ args = [], folder = temporaryFolder(), ...options } = {}) {
  const web = join(folder.path, 'web');
  cpSync(join(dirname(boothcast), 'web'), web, { recursive: true });
  writeFileSync(join(web, RECORDER_PATH), RECORDER);
  return startServer({ folder, args: ['--web', web, ...args], ...options });
}

// ---- pages ----

/** What a page complained of: errors of its own, and what the Content-Security-Policy refused. A network that is down is no fault of a page. */
const HARMLESS = [/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|WebSocket connection to/];

/** Counts, by the reports that the page sends to the server, the frames that were late or made up. Whoever listens anew counts anew. */
function countMissed(page) {
  const last = new Map();
  page.missed = 0;
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      if (typeof payload !== 'string' || !payload.startsWith('{"type":"report"')) return;
      const { channel, source, late, concealed } = JSON.parse(payload);
      const now = late + concealed;
      const before = last.get(channel ?? source) ?? 0;
      page.missed += now >= before ? now - before : now;
      last.set(channel ?? source, now);
    }),
  );
}

/**
 * A page in a profile of its own, closed when the test `t` ends; the test fails when the page complained of anything.
 * `page.missed` counts the frames that it heard late or made up. `ticket` goes into the fragment of its address; `voice` is the tone of its microphone, in Hz; leave(page) is done before it is closed.
 */
export async function openPage(t, browser, address, { ticket, voice, leave, ...options } = {}) {
  const profile = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options });
  await profile.addInitScript(growEars, { path: RECORDER_PATH, voice });
  const page = await profile.newPage();
  countMissed(page);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  t.after(async () => {
    await leave?.(page);
    await profile.close();
    assert.deepEqual(complaints.filter((each) => !HARMLESS.some((harmless) => harmless.test(each))), [], `complaints of ${address}`);
  });
  await page.goto(ticket ? `${address}#t=${ticket}` : address);
  return page;
}

/**
 * What went out of the page's loudspeaker ('ear') or came in by its microphone ('mouth') since the sound was started or forget() was called:
 * { rate, samples, began_ms: time of day of the first sample, baseLatency, outputLatency in seconds }. What is missing is silence.
 */
export async function recording(page, name = 'ear') {
  const taken = await page.evaluate((which) => globalThis.testsRecording(which), name);
  if (!taken || taken.blocks.length === 0) return { rate: 48000, samples: new Float32Array(0), began_ms: NaN };
  const { rate, blocks, baseLatency, outputLatency } = taken;
  const pieces = blocks.map(({ samples, ...block }) => {
    const bytes = Buffer.from(samples, 'base64');
    return { ...block, samples: new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1) };
  });
  const first = pieces[0].first;
  const last = pieces.at(-1);
  const whole = new Float32Array(last.first + last.samples.length - first);
  for (const piece of pieces) whole.set(Float32Array.from(piece.samples, (x) => x / 32767), piece.first - first);
  const earliest = Math.min(...pieces.map((piece) => piece.earliest));
  return { rate, samples: whole, began_ms: earliest + (first / rate) * 1000, baseLatency, outputLatency };
}

/** Begins the recordings of a page anew. */
export const forget = (page) => page.evaluate(() => globalThis.testsForget());

/** Records for a while. */
export async function hear(page, ms, name = 'ear') {
  await forget(page);
  await page.waitForTimeout(ms + 150); // the recorder hands over pieces of 100 ms
  return recording(page, name);
}

/** Waits until test(samples of the last 0.4 s, rate) holds of what is heard. */
export async function hears(page, test, what, patience_ms = 15_000) {
  const ends = performance.now() + patience_ms;
  for (;;) {
    const { samples, rate } = await hear(page, 300);
    if (samples.length > rate * 0.2 && test(samples, rate)) return samples;
    if (performance.now() > ends) throw new Error(`this was not heard in ${patience_ms / 1000} s: ${what}`);
  }
}

/** What axe-core finds serious or critical, and how far the page sticks out of its window. */
export async function unfit(page) {
  const out = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const found = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
  return out > 0 ? [...found, `sticks out by ${out} px`] : found;
}
