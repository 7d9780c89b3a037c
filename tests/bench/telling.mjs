// What telling costs sound. Listeners sit in one room or in several while an operator changes the state ten times a second, so that everybody is
// told each time; against the same without changes, and, with --before, against another program in the same run.
//
//   program (before, now) x rooms x changes (0, 10 a second)  -->  lateness of the beat, p99.9 (the server's own histogram, over the window)
//                                                                  delay from encoder to socket, p99 (the same)
//                                                                  processor time for each delivered packet (bench_hear)
//
// Quantiles are read from histograms, straight within a bucket. The last lines are ratios: with changes against without, and now against
// before; a machine that does other work shows in both alike.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { Client } from '../lib/client.mjs';

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values: options } = parseArgs({
  options: {
    help: { type: 'boolean' },
    before: { type: 'string' },
    build: { type: 'string', default: join(root, 'build') },
    listeners: { type: 'string', default: '5000' },
    rooms: { type: 'string', default: '1,8' },
    window: { type: 'string', default: '8000' },
    rounds: { type: 'string', default: '2' },
    json: { type: 'boolean' },
  },
});

if (options.help) {
  console.log(`tests/bench/telling [--before REVISION] [--listeners N] [--rooms 1,8] [--window MS] [--rounds N] [--json]`);
  process.exit(0);
}

const changesPerSecond = 10;
const folder = mkdtempSync(join(tmpdir(), 'boothcast-telling-'));
const children = new Set();
process.on('exit', () => {
  children.forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

function settings(rooms) {
  const room = (number) => `  - id: hall${number}
    name: {en: Hall ${number}}
    channels: [{number: 1, language: en-GB}, {number: 2, language: fr-FR}]
    booths: [{id: en-fr, outputs: [fr-FR, en-GB], desks: 2}]
`;
  const path = join(folder, `rooms-${rooms}.yaml`);
  writeFileSync(path, `event: {id: bench, name: {en: Benchmark}}\nserver: {connections: 20000}\nrooms:\n${Array.from({ length: rooms }, (_, i) => room(i + 1)).join('')}`);
  return path;
}

async function startServer(program, config) {
  const state = mkdtempSync(join(folder, 'state-'));
  const child = spawn(program, ['serve', '--config', config, '--listen', '127.0.0.1:0', '--state', state], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.add(child);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, config, state, program, url: /listening on (\S+)/.exec(line)[1] };
}

async function stopServer({ child }) {
  child.kill('SIGTERM');
  await once(child, 'exit');
  children.delete(child);
}

/** The cumulative buckets of a histogram, all series added: [bound, count] by bound. */
function buckets(metrics, name) {
  const sums = new Map();
  for (const [, bound, count] of metrics.matchAll(new RegExp(`^${name}_bucket\\{[^}]*le="([^"]+)"\\} (\\d+)`, 'gm'))) {
    const at = bound === '+Inf' ? Infinity : Number(bound);
    sums.set(at, (sums.get(at) ?? 0) + Number(count));
  }
  return [...sums].sort(([a], [b]) => a - b);
}

/** The quantile of what came between two readings, in milliseconds; Infinity above the last bound. */
function quantile(before, after, q) {
  const counts = after.map(([bound, count], i) => [bound, count - (before[i]?.[1] ?? 0)]);
  const total = counts.at(-1)[1];
  let low = 0, below = 0;
  for (const [bound, count] of counts) {
    if (count >= q * total) return bound === Infinity ? Infinity : 1000 * (low + ((bound - low) * (q * total - below)) / Math.max(1, count - below));
    [low, below] = [bound, count];
  }
  return NaN;
}

/** Toggles floor-fill in one room after the other until told to stop; everybody in the room sees each change. */
async function startChanges(server, rooms) {
  const operators = [];
  for (let number = 1; number <= rooms; number++) {
    const { stdout } = await run(server.program, ['ticket', '--config', server.config, '--state', server.state, '--room', `hall${number}`, '--role', 'av']);
    const client = await Client.open(`${server.url.replace(/^http/, 'ws')}/ws`);
    await client.join({ room: `hall${number}`, ticket: stdout.trim() });
    operators.push(client);
  }
  let turn = 0;
  const timer = setInterval(() => {
    const on = Math.floor(turn / rooms) % 2 === 1;
    operators[turn++ % rooms].send({ type: 'operate', action: 'fill', channel: 1, on });
  }, 1000 / changesPerSecond);
  return () => {
    clearInterval(timer);
    operators.forEach((client) => client.end());
    return turn;
  };
}

const metricsOf = async (server) => (await fetch(`${server.url}/metrics`)).text();

async function measure(program, rooms, changes) {
  const server = await startServer(program, settings(rooms));
  const hear = spawn(
    join(options.build, 'tests', 'bench_hear'),
    ['--url', server.url, '--pid', String(server.child.pid), '--listeners', options.listeners, '--rooms', String(rooms), '--settle', '2000', '--window', options.window],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.add(hear);
  let output = '';
  hear.stdout.on('data', (bytes) => (output += bytes));
  const ended = once(hear, 'exit');
  const came = async () => Number(/^boothcast_joins_total (\d+)/m.exec(await metricsOf(server))?.[1] ?? 0);
  while ((await came()) < Number(options.listeners)) await new Promise((resolve) => setTimeout(resolve, 250));
  const stop = changes > 0 ? await startChanges(server, rooms) : () => 0;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const before = await metricsOf(server);
  await new Promise((resolve) => setTimeout(resolve, Number(options.window) - 1000));
  const after = await metricsOf(server);
  await ended;
  children.delete(hear);
  const made = stop();
  await stopServer(server);
  const heard = JSON.parse(output);
  const read = (name, q) => quantile(buckets(before, name), buckets(after, name), q);
  return {
    rooms, changes: made, late_ms: read('boothcast_beat_lateness_seconds', 0.999), delay_ms: read('boothcast_delivery_delay_seconds', 0.99),
    cpu_us: heard.server.cpu_us / heard.packets, lost: heard.lost,
  };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const programs = [...(options.before ? [['before', options.before]] : []), ['now', join(options.build, 'boothcast')]];
const rows = [];
for (let round = 0; round < Number(options.rounds); round++) {
  for (const rooms of options.rooms.split(',').map(Number)) {
    for (const [name, program] of programs) {
      for (const changes of [0, changesPerSecond]) {
        const row = { name, ...(await measure(program, rooms, changes)) };
        rows.push({ ...row, wanted: changes });
        if (!options.json) {
          console.log(
            `${name.padEnd(6)} ${String(rooms).padStart(2)} rooms ${String(changes).padStart(2)} changes/s: beat late p99.9 ${row.late_ms.toFixed(2)} ms, ` +
              `encoder to socket p99 ${row.delay_ms.toFixed(2)} ms, ${row.cpu_us.toFixed(2)} us a packet, ${row.lost} lost`,
          );
        }
      }
    }
  }
}
if (options.json) console.log(JSON.stringify(rows));
for (const rooms of options.rooms.split(',').map(Number)) {
  for (const [name] of programs) {
    const of = (wanted, key) => median(rows.filter((row) => row.name === name && row.rooms === rooms && row.wanted === wanted).map((row) => row[key]));
    const ratio = (key) => (of(changesPerSecond, key) / of(0, key)).toFixed(2);
    if (!options.json) console.log(`${name.padEnd(6)} ${String(rooms).padStart(2)} rooms: with changes against without: beat ${ratio('late_ms')}, delay ${ratio('delay_ms')}`);
  }
}
