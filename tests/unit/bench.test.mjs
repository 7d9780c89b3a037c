// What the benchmark computes from its numbers: medians, ratios within rounds, lines, bends, and the words about them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inRounds, untilCalm } from '../bench/lib/measure.mjs';
import { Results } from '../bench/lib/results.mjs';
import { bend, line, median, ratios } from '../bench/lib/statistics.mjs';
import { sentencesOf } from '../bench/lib/trend.mjs';

const near = (value, wanted, by = 1e-9) => assert.ok(Math.abs(value - wanted) <= by, `${value}, not ${wanted}`);
const points = (xs, y) => xs.map((at) => ({ at, core_percent: y(at), heard_percent: 100, lost: 0, p99_ms: 9.4 }));
const crowds = [100, 250, 500, 1000, 2000, 3000, 4000];

test('medians and ratios', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.deepEqual(ratios([2, 6], [4, 3]), [0.5, 2]);
});

test('a line through points is found again', () => {
  const { base, slope, worst } = line(crowds.map((x) => [x, 3 + 0.02 * x]));
  near(base, 3);
  near(slope, 0.02);
  near(worst, 0);
  near(line([[0, 0], [1, 3], [2, 0]]).worst, 2);
});

test('a bend is found where the two lines meet', () => {
  const found = bend([1, 2, 3, 4, 5, 6, 7, 8].map((x) => [x, x <= 4 ? 2 * x : 8 + 5 * (x - 4)]));
  near(found.before.slope, 2);
  near(found.after.slope, 5);
  near(found.at, 4);
  near(found.gain, 1);
  assert.equal(bend([[1, 1], [2, 2], [3, 3], [4, 4], [5, 5]]), undefined);
});

test('words: straight, bent, and full', () => {
  assert.match(sentencesOf(points(crowds, (x) => 3 + 0.02 * x)), /^From 100 to 4000 it is a straight line: 3\.0 % of a processor, and 20\.0 % for each 1,000;/);
  assert.match(sentencesOf(points([1, 2, 4, 8], (x) => 10 + 2 * x)), /10\.0 % of a processor, and 2\.00 % for each;/);
  const bent = sentencesOf(points(crowds, (x) => (x <= 1000 ? 0.01 * x : 10 + 0.025 * (x - 1000))));
  assert.match(bent, /^It bends at about 1000: before, .* 10\.0 % for each 1,000; after, .* 25\.0 % for each 1,000\.$/);
  const over = { at: 8000, core_percent: 99, heard_percent: 91, lost: 7, p99_ms: 800 };
  assert.match(sentencesOf([...points(crowds, (x) => 0.02 * x), over]), /straight line[\s\S]*\nAt 8000 the processor is full \(99\.0 %\)\.\nAt 8000 it is too much: 91\.0 % of what is due is heard, 7 packets/);
  const full = [...points([...crowds, 5000, 6000], (x) => Math.min(0.02 * x, 97)), over];
  assert.match(sentencesOf(full), /\nAt 5000 the processor is full \(97\.0 %\)\.\nFrom there on .* 6000 are still served whole, 9 ms late \(p99\)\.\nAt 8000 it is too much/);
  assert.match(sentencesOf(points([100, 200], () => 1)), /^Too few points/);
});

test('each round has every case once, and another one begins', async () => {
  const asked = [];
  const lists = await inRounds(['a', 'b', 'c'], 3, async (one, round) => {
    asked.push(one);
    return `${one}${round}`;
  });
  assert.deepEqual(lists, [['a0', 'a1', 'a2'], ['b0', 'b1', 'b2'], ['c0', 'c1', 'c2']]);
  assert.deepEqual(asked.join(''), 'abc' + 'bac' + 'cab');
});

test('a case that fails is left out from there on, and the others go on', async () => {
  const lists = await inRounds(['good', 'bad'], 2, async (one) => {
    if (one === 'bad') throw new Error('it did not start');
    return 1;
  });
  assert.deepEqual(lists[0], [1, 1]);
  assert.equal(lists[1].message, 'it did not start');
});

test('a window that was disturbed, or in which not all listeners were there, is measured again, but not for ever', async () => {
  const good = { others_percent: 3, stall_ms: 3, load_percent: 10, listeners: 5, listening: 5, gone: 0 };
  const tried = async (tries, ...windows) => (await untilCalm(tries, async () => windows.shift() ?? good)).tried;
  assert.equal(await tried(3), 1);
  assert.equal(await tried(3, { ...good, stall_ms: 500 }), 2);
  assert.equal(await tried(3, { ...good, others_percent: 80 }), 2);
  assert.equal(await tried(3, { ...good, listening: 4 }, { ...good, gone: 1 }), 3);
  assert.equal(await tried(3, { ...good, listening: 4, core_percent: 98 }), 1); // and this server's
  assert.equal(await tried(2, { ...good, stall_ms: 500 }, { ...good, stall_ms: 500 }, { ...good, stall_ms: 500 }), 2);
  assert.equal(await tried(3, { ...good, stall_ms: 500, load_percent: 99 }), 1); // the listeners' own processor is full: that is no accident
});

const caseOf = (server, us) => ({ server, over: 'plain', listeners: 500, channels: 1, rooms: 1, rounds: us.map((value) => ({ us: value })) });

test('only what was measured together is compared', () => {
  const results = new Results();
  results.add([caseOf('bare', [2, 4]), caseOf('batch', [1, 4])]);
  near(results.ratio(results.find({ server: 'batch' }), results.find({ server: 'bare' })), 0.75);
  results.add([caseOf('batch', [1, 1])]);
  assert.equal(results.cases.length, 2);
  assert.equal(results.ratio(results.find({ server: 'batch' }), results.find({ server: 'bare' })), undefined);
});

test('a sitting that is measured again gets more rounds', () => {
  const results = new Results();
  results.add([caseOf('bare', [1]), caseOf('batch', [2])]);
  results.add([caseOf('bare', [3]), caseOf('batch', [5])]);
  assert.deepEqual(results.find({ server: 'batch' }).rounds.map((round) => round.us), [2, 5]);
  near(results.ratio(results.find({ server: 'batch' }), results.find({ server: 'bare' })), (2 + 5 / 3) / 2);
});
