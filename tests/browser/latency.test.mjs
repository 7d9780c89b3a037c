// Mouth to ear, quickly: that sound finds its way whole and in order. How fast it is, tests/bench/latency says; here the bounds are many
// times what is expected, because this machine may be busy with anything.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, run, temporaryFolder } from '../lib/programs.mjs';

const folder = temporaryFolder();
let results;

before(async () => {
  const json = join(folder.path, 'latency.json');
  const args = [join(root, 'tests/bench/latency.mjs'), '--quick', '--only', 'booth,sweep', '--json', json];
  const { code, stderr } = await run(process.execPath, args, { timeout_ms: 120_000 });
  assert.equal(code, 0, stderr);
  results = JSON.parse(readFileSync(json, 'utf8'));
});
after(() => folder.remove());

test('an interpreter’s words are found in a listener’s ear, within a second', () => {
  const { delays, notFound } = results[0];
  assert.ok(delays.length >= 2 && delays.length > notFound, JSON.stringify(results[0]));
  assert.ok(delays.every((delay) => delay > 20 && delay < 1000), delays.join(' '));
});

test('the interpreter’s feed reaches 15 kHz within 3 dB', () => {
  const { response } = results[1];
  const middle = response.find(({ hz }) => hz === 1000).db;
  assert.ok(response.some(({ hz }) => hz === 15_000));
  for (const { hz, db } of response) assert.ok(Math.abs(db - middle) <= 3, `${hz} Hz: ${(db - middle).toFixed(1)} dB`);
});
