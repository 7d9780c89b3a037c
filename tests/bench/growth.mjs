// How the server's cost grows: its CPU time against listeners, channels and rooms, as a table, a plot, and words about where the line is
// straight and where it bends.
//
//   options -> points of each axis -> [ rounds: a fresh server and bench_hear for each point, up and down ] -> JSON -> table, words, SVG
//
// The server has one processor for itself, and the listeners the other one (bench.mjs says more). What is told is the whole of the server's
// CPU time: sources, beat, encoders, delivery. When that processor is full the curve lies flat, because packets go out several at a time;
// those points are told, and left out of the line.
//
//   listeners   one channel of one room, packets of 20 ms and of 60 ms
//   channels    the same number of listeners, spread over 1 to 32 channels: each costs a mix and an encoder
//   rooms       the same number of listeners, spread over 1 to 8 rooms: each has a source of sound of its own
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpus, release } from 'node:os';
import { Bench } from './lib/bench.mjs';
import { makeSpeech } from './lib/material.mjs';
import { hear, untilCalm } from './lib/measure.mjs';
import { numberOf, readOptions, wordsOf } from './lib/options.mjs';
import { draw } from './lib/plot.mjs';
import { kinds } from './lib/servers.mjs';
import { median } from './lib/statistics.mjs';
import { format } from './lib/table.mjs';
import { isFull, isTooMuch, sentencesOf } from './lib/trend.mjs';

const help = `Usage: tests/bench/growth [--quick] [OPTION...]

  --quick          three points of each axis, one short round: shows that it works, not what is true
  --axes NAME,..   listeners, saver (listeners with packets of 60 ms), channels, rooms (default: all)
  --rounds N       windows of each point (default: 3)
  --seconds S      length of a window (default: 4)
  --spread N       listeners on the axes "channels" and "rooms" (default: 1600)
  --tries N        for a window in which the machine was busy with something else (default: 3)
  --look US        how often the listeners look at their sockets (default: 500)
  --realtime       the measured programs go before all others (needs root): for a machine that is shared
  --build DIR      programs that are built already (default: build, which is brought up to date first)
  --json FILE      where the numbers go (default: growth.json in the build folder); the plot is beside it, as .svg
  --add            keep what other axes the file has
  --table          measure nothing, print and draw what the file has
`;

const options = readOptions(help, {
  axes: { type: 'string', default: 'listeners,saver,channels,rooms' },
  spread: { type: 'string' },
});
const { quick } = options;
const rounds = numberOf('rounds', options.rounds ?? (quick ? 1 : 3));
const seconds = numberOf('seconds', options.seconds ?? (quick ? 1 : 4));
const spread = numberOf('spread', options.spread ?? (quick ? 160 : 1600));
const window = { seconds, look_us: Number(options.look), tries: numberOf('tries', options.tries) };
const file = options.json ?? join(options.build, 'growth.json');

// ---- what is measured ----

const batch = kinds.find(({ key }) => key === 'batch');
const saver = kinds.find(({ key }) => key === 'saver');
const crowds = quick ? [50, 100, 200] : [100, 250, 500, 1000, 1500, 2000, 3000, 4000, 5000, 6500, 8000, 10000];

const axes = [
  { key: 'listeners', title: 'listeners, packets of 20 ms', kind: batch, at: crowds, shape: (n) => ({ listeners: n, channels: 1, rooms: 1 }) },
  { key: 'saver', title: 'listeners, packets of 60 ms', kind: saver, at: crowds, shape: (n) => ({ listeners: n, channels: 1, rooms: 1 }) },
  {
    key: 'channels',
    title: `channels, ${spread} listeners in all`,
    kind: batch,
    at: quick ? [1, 4, 32] : [1, 2, 4, 8, 16, 24, 32],
    shape: (n) => ({ listeners: spread, channels: n, rooms: 1 }),
  },
  {
    key: 'rooms',
    title: `rooms, ${spread} listeners in all`,
    kind: batch,
    at: quick ? [1, 2, 4] : [1, 2, 3, 4, 6, 8],
    shape: (n) => ({ listeners: spread, channels: 1, rooms: n }),
  },
];

const wanted = wordsOf('axes', options.axes, axes.map(({ key }) => key));

async function measurePoint(bench, { kind, shape }, n, speech) {
  const all = { ...shape(n), ...window, speech };
  return untilCalm(all.tries, async () => {
    const server = await kind.open(bench, all);
    return hear(bench, kind, server, all).finally(server.close);
  });
}

/**
 * Measures an axis, up and down again, so that a slow minute does not bend the line; `keep(axis)` takes what there is after each round. It
 * ends with the first point at which somebody does not hear everything.
 */
async function measureAxis(bench, { key, title, kind, at, ...rest }, speech, keep) {
  const points = at.map((n) => ({ at: n, rounds: [] }));
  const measured = new Date().toISOString().slice(0, 10);
  for (let round = 0; round < rounds; round++) {
    for (const point of round % 2 ? [...points].reverse() : points) {
      process.stderr.write(`round ${round + 1} of ${rounds}: ${point.at} ${title}\n`);
      point.rounds.push(await measurePoint(bench, { kind, ...rest }, point.at, speech));
      if (round === 0 && isTooMuch(middle(kind, point))) points.length = points.indexOf(point) + 1;
    }
    keep({ key, title, frame_ms: kind.frame_ms, seconds, look_us: window.look_us, measured, points });
  }
}

// ---- telling ----

/** The medians of a point: { at, core_percent, heard_percent, us, p99_ms, lost }. */
function middle({ frame_ms }, { at, rounds: list }) {
  const mid = (pick) => median(list.map(pick));
  return {
    at,
    core_percent: mid((r) => r.core_percent),
    heard_percent: mid((r) => (100 * r.packets * frame_ms) / (r.listeners * r.seconds * 1000)),
    us: mid((r) => (r.server.cpu_us / r.packets) * (20 / frame_ms)),
    p99_ms: mid((r) => r.delay_us.p99 / 1e3),
    lost: list.reduce((sum, r) => sum + r.lost + r.doubled + r.gone, 0),
  };
}

function tableOf(points) {
  const rows = points.map((p) => [
    String(p.at),
    p.core_percent.toFixed(1),
    p.us.toFixed(2),
    p.heard_percent.toFixed(1),
    String(p.lost),
    p.p99_ms.toFixed(1),
    isTooMuch(p) ? 'too much' : isFull(p) ? 'full' : '',
  ]);
  return format([['', 'core %', 'us/20 ms', 'heard %', 'lost', 'p99 ms', ''], ...rows]);
}

function print({ machine, axes: told }) {
  console.log(`\n${machine.cpu}, ${machine.processors} processors, Linux ${machine.kernel}`);
  for (const axis of told) {
    const points = axis.points.map((point) => middle(axis, point));
    console.log(`\n${axis.title} (${axis.measured}, ${axis.points[0].rounds.length} rounds of ${axis.seconds} s, medians)`);
    console.log(tableOf(points));
    console.log(sentencesOf(points));
  }
  const plot = file.replace(/\.json$/, '') + '.svg';
  const drawn = draw(plot, told.map((axis) => ({ title: axis.title, points: axis.points.map((point) => middle(axis, point)) })));
  console.log(`\nAll numbers: ${file}\n${drawn ? `Plot: ${plot}` : 'No plot: gnuplot is not installed (Debian package gnuplot-nox).'}`);
}

async function main() {
  const machine = { cpu: cpus()[0].model.trim(), processors: cpus().length, kernel: release() };
  const old = (options.add || options.table) && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { axes: [] };
  const result = { machine, ...old };
  if (!options.table) {
    const bench = new Bench(options);
    const speech = makeSpeech(bench, seconds + 90);
    for (const axis of axes.filter(({ key }) => wanted.includes(key))) {
      await measureAxis(bench, axis, speech, (measured) => {
        result.axes = axes.flatMap(({ key }) => (key === axis.key ? [measured] : result.axes.filter((one) => one.key === key)));
        writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
      });
    }
  }
  print(result);
}

await main();
