// The benchmark, for a moment and with few listeners: that every server which is here can be measured, that nothing of what it sent was missed,
// and that all numbers are told. How good they are, only a quiet machine and tests/bench/run can say.
// Runs alone: servers and listeners have a processor each.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { notInstalled } from '../bench/lib/rivals.mjs';
import { kinds } from '../bench/lib/servers.mjs';
import { boothcast, root, run, temporaryFolder, which } from '../lib/programs.mjs';

const listeners = 50;
const folder = temporaryFolder();
after(() => folder.remove());

async function bench(script, name, args) {
  const json = join(folder.path, name);
  const common = ['--build', dirname(boothcast), '--json', json, '--rounds', '1', '--seconds', '0.25', '--tries', '1'];
  const settings = { timeout_ms: 120_000 };
  const ended = await run(process.execPath, [join(root, 'tests', 'bench', script), ...common, ...args], settings);
  assert.equal(ended.code, 0, ended.stderr);
  return { told: ended.stdout, json: JSON.parse(readFileSync(json, 'utf8')) };
}

const numbers = ['us', 'us_with_idle', 'core_percent', 'idle_percent', 'user_share', 'packets', 'heard_percent', 'bytes_per_packet', 'lost', 'doubled', 'gone'];
const others = ['bytes_per_listener', 'load_percent', 'others_percent', 'stall_ms', 'machine_load', 'tried'];

/** All listeners heard a packet for each beat of the window, but for what a busy machine holds up. */
function assertHeard(one) {
  const [round] = one.rounds;
  for (const name of [...numbers, ...others]) assert.ok(Number.isFinite(round[name]), `${one.name}: ${name} is ${round[name]}`);
  for (const name of ['p50', 'p99', 'p999', 'max']) assert.ok(round.delay_ms[name] >= 0, `${one.name}: ${name}`);
  assert.ok(round.delay_ms.p50 <= round.delay_ms.p99 && round.delay_ms.p99 <= round.delay_ms.max, one.name);
  assert.deepEqual([round.gone, round.doubled], [0, 0], `${one.name}: ${round.reason}`);
  // whoever cannot get the processor for two seconds is moved on by the server, and has lost what lay between
  if (round.stall_ms < 1000) assert.equal(round.lost, 0, one.name);
  assert.ok(round.packets >= listeners, `${one.name}: ${round.packets} packets`);
  assert.equal(one.listeners, listeners);
}

const asked = { plain: kinds, tls: kinds.filter(({ key }) => !['ring', 'direct', 'saver'].includes(key)) };

for (const [over, wanted] of Object.entries(asked)) {
  describe(`every server, ${over}`, () => {
    const possible = wanted.filter((kind) => kind.missing() === undefined);

    test('delivers everything, and all numbers are told', async () => {
      const servers = wanted.map(({ key }) => key).join(',');
      const args = ['--parts', 'audience', '--listeners', String(listeners), '--over', over, '--servers', servers];
      const { told, json } = await bench('bench.mjs', `${over}.json`, args);
      assert.deepEqual(json.cases.map((one) => one.server).sort(), possible.map(({ key }) => key).sort(), JSON.stringify(json.missing));
      for (const one of json.cases) assertHeard(one);
      for (const one of json.cases) assert.ok(told.includes(one.name), one.name);
      for (const kind of wanted.filter((one) => one.missing() !== undefined)) assert.match(told, new RegExp(`^missing: ${kind.key}: .+`, 'm'));
      assert.match(told, /^goal /m);
      assert.match(told, /^missing: uWebSockets: /m);
    });
  });
}

test('numbers of several sittings come into one table', async () => {
  const quick = ['--parts', 'audience', '--over', 'plain', '--servers', 'bare'];
  await bench('bench.mjs', 'both.json', [...quick, '--listeners', '20']);
  const { json } = await bench('bench.mjs', 'both.json', [...quick, '--listeners', '30', '--add']);
  assert.deepEqual(json.cases.map((one) => one.listeners), [20, 30]);
  const { told } = await bench('bench.mjs', 'both.json', ['--table']);
  assert.match(told, /^plain +20 .*\nplain +30 /m);
});

test('growth has a table, words and a plot', async () => {
  const { told, json } = await bench('growth.mjs', 'growth.json', ['--quick', '--axes', 'rooms', '--spread', '24']);
  const [axis] = json.axes;
  assert.deepEqual(axis.points.map((point) => point.at), [1, 2, 4]);
  for (const { rounds } of axis.points) assert.deepEqual([rounds[0].listening, rounds[0].gone], [24, 0], rounds[0].reason);
  assert.match(told, /straight line|bends at|Too few points/);
  if (which('gnuplot') === undefined) assert.match(told, /No plot: gnuplot is not installed/);
  else assert.match(readFileSync(join(folder.path, 'growth.svg'), 'utf8'), /^<\?xml[\s\S]*<svg/);
});

test('a word that it does not know is refused in a sentence', async () => {
  for (const [script, option] of [['bench.mjs', 'servers'], ['growth.mjs', 'axes']]) {
    const ended = await run(process.execPath, [join(root, 'tests', 'bench', script), `--${option}`, 'bear']);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, new RegExp(`^--${option}: there is no "bear"; write .*\\n$`));
  }
});

test('what is not installed is told with its package', () => {
  assert.equal(notInstalled('boothcast-no-such-program', 'no-such-package'), 'boothcast-no-such-program is not installed (Debian package no-such-package)');
  assert.equal(notInstalled('node', 'nodejs'), undefined);
});
