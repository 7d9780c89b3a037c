// The benchmark: what it costs a server to bring 20 ms of sound to one listener, how late that is, and how much memory a listener takes:
// ours in its ways of delivery, bare loops in C that do nothing but send, and the servers that others use for the same work.
//
//   options -> cases, in sittings -> [ rounds: a fresh server and bench_hear for each case, in turn ] -> JSON -> table, goals
//
// The measured server has a processor for itself; the listeners, one C program for all of them, have the other one. All of a sitting are
// measured by turns, and a ratio is taken within a round, because the machine may be shared and its speed changes from minute to minute.
//
// On one machine the sender pays for the waking of a receiver who sleeps, often more than for the packet itself; how often that is hangs
// on what else runs, and no network card asks for it. So the listeners are not woken: they look at their sockets by a clock of their own, every
// --look microseconds, and delays are longer by half of that on average. With --look 0 they are woken by every packet, as an ordinary
// client of one's own machine is; the ratios of rounds then lie far apart.
//
// lib/: bench (processes), material (sound, certificate, event), servers and rivals (how each is started), measure (one window, rounds),
// options, results (the numbers), statistics, table, goals, encoding (what is told of them).
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Bench } from './lib/bench.mjs';
import { encodeCosts, encodingTables } from './lib/encoding.mjs';
import { goalsOf } from './lib/goals.mjs';
import { makeCertificate, makeSpeech } from './lib/material.mjs';
import { inRounds, measure } from './lib/measure.mjs';
import { numberOf, readOptions, wordsOf } from './lib/options.mjs';
import { Results } from './lib/results.mjs';
import { kinds, nameOf } from './lib/servers.mjs';
import { audience, tableOf } from './lib/table.mjs';

const help = `Usage: tests/bench/run [--quick] [OPTION...]

  --quick           one short round of 100 listeners, plain and TLS: shows that everything works, not what is true
  --parts NAME,..   audience: all servers, for each number of listeners
                    spread:   ours, 3,200 listeners on 1 channel and on 32
                    full:     ours, 10,000 listeners of 60 ms packets
                    encode:   what encoding costs (default: audience,spread,full)
  --listeners N,N   numbers of listeners of the part "audience" (default: 500,2000,5000)
  --servers NAME,.. ${kinds.map(({ key }) => key).join(', ')} (default: all; bare is what the
                    others are compared with)
  --over plain,tls  one of them, or both (default: both); "spread" and "full" are plain
  --rounds N        windows of each case (default: 3)
  --seconds S       length of a window (default: 4)
  --tries N         for a window in which the machine was busy with something else (default: 3)
  --look US         how often the listeners look at their sockets (default: 500); 0: they are woken by each packet
  --realtime        the measured programs go before all others (needs root): for a machine that is shared
  --build DIR       programs that are built already (default: build, which is brought up to date first)
  --json FILE       where the numbers go (default: bench.json in the build folder)
  --add             keep what the file has, and print the table of all: for long tables in several sittings. The same cases again
                    get more rounds
  --table           measure nothing, print the table of the file
`;

const keys = kinds.map(({ key }) => key);
const options = readOptions(help, {
  parts: { type: 'string' },
  listeners: { type: 'string' },
  servers: { type: 'string', default: keys.join(',') },
  over: { type: 'string', default: 'plain,tls' },
});
const { quick } = options;
const parts = wordsOf('parts', options.parts ?? (quick ? 'audience' : 'audience,spread,full'), ['audience', 'spread', 'full', 'encode']);
const overs = wordsOf('over', options.over, ['plain', 'tls']);
const sizes = (options.listeners ?? (quick ? '100' : '500,2000,5000')).split(',').map((text) => numberOf('listeners', text));
const rounds = numberOf('rounds', options.rounds ?? (quick ? 1 : 3));
const seconds = numberOf('seconds', options.seconds ?? (quick ? 1 : 4));
const tries = numberOf('tries', options.tries);
const look_us = Number(options.look);
const file = options.json ?? join(options.build, 'bench.json');

// ---- what is measured ----

const servers = wordsOf('servers', options.servers, keys);
const wanted = kinds.filter(({ key }) => servers.includes(key));
const kindOf = (key) => kinds.find((kind) => kind.key === key);
const shapeOf = (listeners, channels = 1, over = 'plain') => ({ listeners, channels, rooms: 1, over });

/** The sittings: lists of { kind, shape } that are measured by turns. */
function sittings() {
  const all = [];
  const everybody = (over, listeners) => wanted.map((kind) => ({ kind, shape: shapeOf(listeners, 1, over) }));
  if (parts.includes('audience')) for (const over of overs) for (const size of sizes) all.push(everybody(over, size));
  if (parts.includes('spread')) all.push([1, 32].map((channels) => ({ kind: kindOf('batch'), shape: shapeOf(3200, channels) })));
  if (parts.includes('full')) all.push([{ kind: kindOf('saver'), shape: shapeOf(10000) }]);
  return all;
}

/** Those that can be measured here; the reasons of the others go to `missing`. */
function possible(cases, missing, secure) {
  return cases.filter(({ kind, shape }) => {
    const why = kind.missing();
    if (why !== undefined) missing[kind.key] = why;
    return why === undefined && kind.refuses({ ...shape, secure: shape.over === 'tls' && secure }) === undefined;
  });
}

/** Measures a sitting; what failed goes to `missing`. */
async function sit(bench, cases, { speech, certificate }, missing) {
  const say = ({ kind, shape }, round) =>
    process.stderr.write(`round ${round + 1} of ${rounds}: ${shape.over}, ${audience(shape)} listeners, ${nameOf(kind, shape.over)}\n`);
  const lists = await inRounds(cases, rounds, (one, round) => {
    say(one, round);
    const secure = one.shape.over === 'tls' ? certificate : undefined;
    return measure(bench, one.kind, { ...one.shape, seconds, look_us, tries, speech, secure });
  });
  return cases.flatMap(({ kind, shape }, i) => {
    const what = { server: kind.key, name: nameOf(kind, shape.over), ...shape, frame_ms: kind.frame_ms };
    if (Array.isArray(lists[i])) return [{ ...what, seconds, look_us, rounds: lists[i] }];
    missing[`${kind.key}, ${shape.over}, ${shape.listeners} listeners`] = lists[i].message;
    return [];
  });
}

// ---- telling ----

function print(results) {
  const { machine, missing } = results;
  const looks = new Set(results.cases.map((one) => (one.look_us === 0 ? 'are woken by packets' : `look every ${one.look_us} us`)));
  const windows = new Set(results.cases.map((one) => `${one.rounds.length} rounds of ${one.seconds} s`));
  const days = new Set(results.cases.map((one) => one.measured));
  console.log(`\n${machine.cpu}, ${machine.processors} processors, Linux ${machine.kernel}; ${[...days].join(', ')}`);
  console.log(`${[...windows].join(' or ')}, medians; listeners ${[...looks].join(' or ')}\n`);
  console.log(tableOf(results));
  for (const [key, why] of Object.entries(missing)) console.log(`missing: ${key}: ${why}`);
  console.log('missing: uWebSockets: neither in Debian nor in npm; it was measured once as equal to the bare send() loop');
  const goals = goalsOf(results);
  if (goals !== '') console.log(`\n${goals}`);
}

async function main() {
  const results = options.add || options.table ? Results.read(file) : new Results();
  if (!options.table) {
    if (availableParallelism() < 2) process.stderr.write('There is one processor only: servers and listeners share it.\n');
    const bench = new Bench(options);
    const material = { certificate: makeCertificate(bench), speech: makeSpeech(bench, 2 * seconds + 90) };
    for (const cases of sittings()) {
      results.add(await sit(bench, possible(cases, results.missing, material.certificate), material, results.missing));
      results.write(file);
    }
    if (parts.includes('encode')) console.log(`\n${encodingTables(encodeCosts(bench, material.speech))}`);
  }
  if (results.cases.length > 0) print(results);
  console.log(`\nAll numbers: ${file}`);
}

await main();
