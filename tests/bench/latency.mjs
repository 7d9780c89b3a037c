// Mouth to ear: how long sound takes from a microphone in one page of Chromium to the loudspeaker in another, through the real server.
//
//     Chromium A: file -> microphone -> /speak or /booth --> server --> Chromium B: /r/hall -> loudspeaker
//                               \-> recorder "mouth"                              recorder "ear" <-/
//
// The microphone says seeded tone hops (tests/lib/markers.mjs). Once a second a piece of 100 ms of the mouth's recording is looked for in the
// ear's. Both recorders stand in the audio graphs, and both audio clocks are read by the earliest of many quanta; what the devices themselves
// add is shown beside the delay, as the browser reports it. The fake device is an outlier in some runs: every run is printed, none dropped.
//
// Then: holes, sound that was made up (from the pages' reports to the server), the hole of a change of channel, and how high the
// interpreter's feed reaches. And where the time goes: what each stage says of itself.
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Actor } from '../lib/actor.mjs';
import { forget, launch, openPage, recording, startServerWithEars } from '../lib/chromium.mjs';
import { hops, locate, longestHole, RATE, spectrum, sweep } from '../lib/markers.mjs';
import { metrics } from '../lib/http.mjs';
import { boothcast, sleep, temporaryFolder } from '../lib/programs.mjs';
import { wav } from '../lib/sound.mjs';

const help = `Usage: tests/bench/latency [--quick] [OPTION...]

  --seconds S     of each measurement (default: 60)
  --runs N        of each measurement (default: 1)
  --only NAME,... of: speak, booth, wasm, switch, sweep
  --quick         some seconds of each: shows that it works, not what is true
  --json FILE     the numbers, besides, with the delay of every second
`;
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string' },
    runs: { type: 'string', default: '1' },
    only: { type: 'string', default: 'speak,booth,wasm,switch,sweep' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const seconds = Number(options.seconds ?? (options.quick ? 5 : 60));
const PIECE = RATE / 10;
const SETTLE_MS = options.quick ? 2000 : 12_000; // the estimators of the player look back over 10 s
const SWITCHES = options.quick ? 4 : 20;

const folder = temporaryFolder();
const results = [];

// openPage() wants the context of a test: something that knows what to do at the end.
class Round {
  ends = [];
  after(end) {
    this.ends.push(end);
  }
  async end() {
    for (const end of this.ends.reverse()) await end();
  }
}

async function inRound(run) {
  const round = new Round();
  try {
    return await run(round);
  } finally {
    await round.end();
  }
}

const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? NaN;
const median = (values) => quantile(values, 0.5);

async function openServer(round) {
  const server = await startServerWithEars();
  round.after(() => server.stop());
  return server;
}

async function openBrowser(round, sound) {
  const file = join(folder.path, `microphone-${round.ends.length}.wav`);
  if (sound) writeFileSync(file, wav([sound]));
  const browser = await launch(sound ? { microphone: file } : {});
  round.after(() => browser.close());
  return browser;
}

async function openSpeaker(round, browser, server) {
  const page = await openPage(round, browser, `${server.url}/speak`, { ticket: await server.ticket({ room: 'hall', role: 'speaker' }) });
  await page.click('.start[data-step=open]');
  await page.click('.start[data-step=start]:enabled');
  await page.waitForSelector('.lamp[data-air=on_air]');
  return page;
}

async function openBooth(round, browser, server) {
  const page = await openPage(round, browser, `${server.url}/booth`, {
    ticket: await server.ticket({ room: 'hall', role: 'interpreter', booth: 'zh-en', desk: 1 }),
  });
  await page.fill('#name', 'Wang Li');
  await page.click('button[type=submit]');
  await page.click('.check-page__go button:enabled');
  await page.waitForSelector('.tally[data-lamp=off]');
  return page;
}

async function openListener(round, browser, server, query = '') {
  const page = await openPage(round, browser, `${server.url}/r/hall${query}`);
  await page.locator('.channel', { hasText: 'English' }).click();
  await page.waitForSelector('.player[data-state=playing]');
  return page;
}

const sumOf = (numbers, name, ...labels) =>
  [...numbers].filter(([key]) => key.startsWith(name) && labels.every((label) => key.includes(label))).reduce((sum, [, value]) => sum + value, 0);

/** Looks once a second at what the stages say while it measures. */
async function watchStages(server, listener, source) {
  const seen = [];
  const ends = performance.now() + seconds * 1000;
  while (performance.now() < ends) {
    await sleep(1000);
    const now = await metrics(server);
    const shown = await listener.locator('.player__delay').innerText();
    seen.push({
      ingestMs: 1000 * sumOf(now, 'boothcast_source_buffer_seconds', 'room="hall"', `source="${source}"`),
      playerMs: Number(/\d+/.exec(shown)?.[0] ?? NaN),
    });
  }
  return { ingestMs: median(seen.map((one) => one.ingestMs)), playerMs: median(seen.map((one) => one.playerMs)) };
}

/** How long each second's piece took, and what was not found. */
function delaysOf(mouth, ear) {
  const shift = ear.began_ms - mouth.began_ms;
  const delays = [];
  let lost = 0;
  for (let from = RATE / 2; from + PIECE < mouth.samples.length; from += RATE) {
    const window = Math.max(0, from - Math.round((shift * RATE) / 1000));
    const { at, alike } = locate(mouth.samples.slice(from, from + PIECE), ear.samples.slice(window, window + 2 * RATE));
    if (window + 2 * RATE > ear.samples.length) break;
    if (alike < 0.6) lost++;
    else delays.push(shift + ((window + at - from) * 1000) / RATE);
  }
  return { delays, lost };
}

async function mouthToEar(name, { booth = false, query = '' }) {
  return inRound(async (round) => {
    const server = await openServer(round);
    const speaking = await openBrowser(round, hops(60));
    const listening = await openBrowser(round);
    const mouthPage = booth ? await openBooth(round, speaking, server) : await openSpeaker(round, speaking, server);
    if (booth) {
      await mouthPage.click('.key--mic');
      await mouthPage.waitForSelector('.tally[data-lamp=on_air]');
    }
    const earPage = await openListener(round, listening, server, query);
    await sleep(SETTLE_MS);
    const before = await metrics(server);
    await Promise.all([forget(mouthPage), forget(earPage)]);
    const source = booth ? 'desk/zh-en/1' : 'floor/main';
    const stages = await watchStages(server, earPage, source);
    const [mouth, ear, after] = await Promise.all([recording(mouthPage, 'mouth'), recording(earPage), metrics(server)]);
    const grown = (metric, ...labels) => sumOf(after, metric, ...labels) - sumOf(before, metric, ...labels);
    const { delays, lost } = delaysOf(mouth, ear);
    const result = {
      name,
      load: loadavg()[0],
      median: median(delays),
      p90: quantile(delays, 0.9),
      least: Math.min(...delays),
      most: Math.max(...delays),
      notFound: lost,
      delays,
      hole: longestHole(ear.samples),
      concealed: grown('boothcast_listener_concealed_frames_total'),
      late: grown('boothcast_listener_late_frames_total'),
      lateBeats: grown('boothcast_beat_lateness_seconds_count') - grown('boothcast_beat_lateness_seconds_bucket{le="0.02"}'),
      ingestLate: grown('boothcast_source_beats_late_total', `source="${source}"`),
      ...stages,
      microphoneMs: mouth.baseLatency * 1000,
      loudspeakerMs: (ear.outputLatency ?? 0) * 1000,
    };
    results.push(result);
    const ms = (value) => `${value.toFixed(1)} ms`;
    console.log(`${name}: median ${ms(result.median)}, p90 ${ms(result.p90)} (${ms(result.least)} to ${ms(result.most)}), ${delays.length} pieces, ${lost} not found; load ${result.load.toFixed(1)}`);
    console.log(`  longest hole ${result.hole} ms; frames made up by the player ${result.concealed}, too late ${result.late}; beats without sound of the source ${result.ingestLate}, begun over 20 ms late ${result.lateBeats}`);
    console.log(`  stages: waits for the beat ${ms(result.ingestMs)}, beat to ear as the page measures it ${ms(result.playerMs)}; the devices besides: loudspeaker ${ms(result.loudspeakerMs)}`);
  });
}

/** From the press on another language to its sound, and how long nothing is heard in between. */
async function changeOfChannel(query = '') {
  return inRound(async (round) => {
    const server = await openServer(round);
    await Actor.join(server, { role: 'speaker', source: 'floor/main', hz: 500 });
    const desk = await Actor.join(server, { role: 'interpreter', booth: 'fr', desk: 1, source: 'desk', hz: 1700 });
    await desk.mic('on');
    const browser = await openBrowser(round);
    const page = await openListener(round, browser, server, query);
    await sleep(SETTLE_MS);
    const holes = [];
    const times = [];
    for (let i = 0; i < SWITCHES; i++) {
      const [name, hz] = i % 2 ? ['English', 500] : ['Français', 1700];
      await forget(page);
      await sleep(400);
      const row = page.locator('.channel', { hasText: name });
      const pressedMs = await row.evaluate((button) => {
        button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
        button.click();
        return performance.timeOrigin + performance.now();
      });
      await sleep(800);
      const { samples, began_ms } = await recording(page);
      holes.push(longestHole(samples));
      times.push(began_ms + arrivalMs(samples, hz) - pressedMs);
    }
    const result = { name: `switch${query}`, load: loadavg()[0], hole: Math.max(...holes), median: median(times), most: Math.max(...times) };
    results.push(result);
    console.log(`change of channel${query ? ' (WASM)' : ''}: ${SWITCHES} times, longest hole ${result.hole} ms; press to sound median ${result.median.toFixed(0)} ms, longest ${result.most.toFixed(0)} ms; load ${result.load.toFixed(1)}`);
  });
}

/** When a tone is there and stays: the first window of 10 ms from which on it is the louder one. */
function arrivalMs(samples, hz) {
  const size = RATE / 100;
  const power = (at, f) => {
    let [re, im] = [0, 0];
    for (let i = 0; i < size; i++) {
      re += samples[at + i] * Math.cos((2 * Math.PI * f * i) / RATE);
      im += samples[at + i] * Math.sin((2 * Math.PI * f * i) / RATE);
    }
    return re * re + im * im;
  };
  const other = hz === 500 ? 1700 : 500;
  let at = Math.floor(samples.length / size) * size - size;
  while (at >= 0 && power(at, hz) > power(at, other)) at -= size;
  return ((at + size) * 1000) / RATE;
}

/** How high the feed of the interpreters reaches: a sweep on the floor, in the ear of /booth, against what the microphone took. */
async function bandwidth() {
  return inRound(async (round) => {
    const length = options.quick ? 4 : 10;
    const server = await openServer(round);
    const browser = await openBrowser(round, sweep(length, 100, 18_000));
    const booth = await openBooth(round, browser, server);
    const speaker = await openSpeaker(round, browser, server);
    await sleep(3000);
    await Promise.all([forget(booth), forget(speaker)]);
    await sleep((2 * length + 1) * 1000);
    const [mouth, ear] = await Promise.all([recording(speaker, 'mouth'), recording(booth)]);
    const bands = [250, 500, 1000, 2000, 4000, 8000, 10_000, 12_000, 13_000, 14_000, 15_000];
    const [original, heard] = [spectrum(mouth.samples), spectrum(ear.samples)];
    const response = bands.map((hz) => ({ hz, db: 10 * Math.log10(heard(hz) / original(hz)) }));
    const middle = response.find(({ hz }) => hz === 1000).db;
    results.push({ name: 'sweep', load: loadavg()[0], response });
    console.log(`interpreter's feed, dB against 1 kHz: ${response.map(({ hz, db }) => `${hz >= 1000 ? `${hz / 1000} k` : hz}Hz ${(db - middle).toFixed(1)}`).join(', ')}; load ${loadavg()[0].toFixed(1)}`);
  });
}

const measurements = {
  speak: () => mouthToEar('/speak to the floor, WebCodecs', {}),
  booth: () => mouthToEar('/booth to English, WebCodecs', { booth: true }),
  wasm: () => mouthToEar('/booth to English, WASM', { booth: true, query: '?decoder=wasm' }),
  switch: async () => {
    await changeOfChannel();
    await changeOfChannel('?decoder=wasm');
  },
  sweep: bandwidth,
};

if (options.help) {
  process.stdout.write(help);
} else {
  console.log(`${boothcast}; ${seconds} s each; load ${loadavg().map((one) => one.toFixed(1)).join(' ')}`);
  for (let run = 0; run < Number(options.runs); run++) for (const name of options.only.split(',')) await measurements[name]();
  if (options.json) writeFileSync(options.json, JSON.stringify(results, null, 2));
}
folder.remove();
