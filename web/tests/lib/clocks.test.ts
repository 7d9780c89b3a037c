// Estimates of delay and of other people's clocks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaptureClock, ServerClock, SlidingMinimum } from '../../src/lib/clock.js';
import { DelayEstimator } from '../../src/audio/delay.js';
import { MediaClock } from '../../src/lib/media-clock.js';
import { random } from '../audio/simulation.js';

test('ServerClock believes the exchange with the shortest round trip', () => {
  const clock = new ServerClock();
  assert.equal(clock.toServerUs(5), 0);
  const next = random(3);
  for (let i = 0; i < 40; i++) {
    const there = 5 + (i === 17 ? 0 : 80 * next());
    const back = 5 + (i === 17 ? 0 : 20 * next());
    const sent = 1000 * i;
    clock.add(sent, sent + there + back, (sent + there + 123_456) * 1000);
  }
  assert.ok(Math.abs(clock.offsetMs - 123_456) < 0.01, `${clock.offsetMs}`);
  assert.ok(Math.abs(clock.toServerUs(1000) - 124_456_000) < 10);
  assert.ok(clock.rttMs > 10);
});

test('ServerClock forgets after a minute, and ignores answers from the future', () => {
  const clock = new ServerClock();
  clock.add(0, 1, 0.5 * 1000);
  for (let i = 1; i <= 60; i++) clock.add(i * 1000, i * 1000 + 20, (i * 1000 + 10 + 7) * 1000);
  assert.ok(Math.abs(clock.offsetMs - 7) < 1e-6);
  clock.add(100_000, 99_000, 0);
  assert.ok(Math.abs(clock.offsetMs - 7) < 1e-6);
});

test('SlidingMinimum remembers for its span and not for three', () => {
  const minimum = new SlidingMinimum(1000);
  minimum.add(1, 0);
  for (let ms = 100; ms <= 1900; ms += 100) minimum.add(5, ms);
  assert.equal(minimum.value, 1);
  for (let ms = 2000; ms <= 3100; ms += 100) minimum.add(5, ms);
  assert.equal(minimum.value, 5);
  minimum.add(9, 20_000);
  assert.equal(minimum.value, 9);
});

test('CaptureClock is not fooled by blocks that come late', () => {
  const clock = new CaptureClock(48000);
  const next = random(4);
  for (let block = 0; block < 500; block++) clock.add((block + 1) * 960, 7000 + (block + 1) * 20 + 30 * next());
  assert.ok(Math.abs(clock.timeMs(960 * 100) - 9000) < 1, `${clock.timeMs(960 * 100)}`);
});

test('DelayEstimator: shortest transit, 0.97 quantile of the rest, and a margin', () => {
  const delay = new DelayEstimator();
  assert.equal(delay.ready, false);
  for (let i = 0; i < 3000; i++) delay.add(-500_000 + 48 * (i % 100), 960); // 0 .. 99 ms
  const expected = -500_000 + 97 * 48 + 128 + 4 * 48;
  assert.ok(Math.abs(delay.target - expected) <= 48, `${delay.target} instead of ${expected}`);
});

test('DelayEstimator: an unknown line is not trusted at once, a stall counts at once, and is forgotten slowly', () => {
  const delay = new DelayEstimator();
  delay.add(0, 960);
  assert.ok(delay.spread > 10 * 48);
  for (let i = 0; i < 500; i++) delay.add(0, 960);
  assert.equal(delay.spread, 0);
  for (let i = 0; i < 20; i++) delay.add((400 - 20 * i) * 48, 960);
  const stalled = delay.spread;
  assert.ok(stalled > 50 * 48, `${stalled / 48} ms`);
  for (let i = 0; i < 1500; i++) delay.add(0, 960);
  assert.ok(delay.spread < stalled && delay.spread < 10 * 48);
});

test('DelayEstimator: never more than 400 ms, and a shortest transit that cannot be starts it anew', () => {
  const delay = new DelayEstimator();
  for (let i = 0; i < 500; i++) delay.add((i % 10) * 48 * 200, 960);
  assert.equal(delay.spread, 400 * 48);
  delay.add(-48 * 3000, 960);
  assert.ok(delay.target < -48 * 2900);
});

test('MediaClock unwraps seq over its end', () => {
  const clock = new MediaClock();
  assert.equal(clock.anchor(0xffffffff, 1_000_000, 20), true);
  const first = clock.beatOf(0xffffffff, 20)!;
  assert.equal(clock.beatOf(0, 20), first + 1);
  assert.equal(clock.beatOf(3, 20), first + 4);
  assert.equal(clock.beatOf(0xfffffff8, 20), first - 7);
  assert.equal(clock.dueMs(first + 4, 20), 1080);
});

test('MediaClock: the same beats go on over a reconnection, others are another clock', () => {
  const clock = new MediaClock();
  clock.anchor(5000, 100_000_000, 20);
  const beat = clock.beatOf(5000, 20)!;
  assert.equal(clock.anchor(5500, 110_000_000, 20), false); // ten seconds later
  assert.equal(clock.beatOf(5500, 20), beat + 500);
  assert.equal(clock.anchor(40, 111_000_000, 20), true, 'seq began anew');
  assert.equal(clock.anchor(90, 113_000_000, 20), true, 'the same seqs at other times');
  assert.equal(clock.number, 3);
  assert.equal(clock.beatOf(90 + 3001, 20), null, 'more than a minute away');
});

test('MediaClock: packets of 60 ms are on the clock of those of 20 ms, whichever came first', () => {
  for (const first of [999, 1000, 1001]) {
    const clock = new MediaClock();
    clock.anchor(first, first * 20_000, 20);
    assert.equal(clock.anchor(340, 340 * 60_000, 60), false);
    const long = clock.beatOf(340, 60)!;
    assert.equal(clock.beatOf(340 * 3, 20), long * 3);
    assert.equal(clock.dueMs(long, 60), clock.dueMs(long * 3, 20));
  }
  const clock = new MediaClock();
  clock.anchor(340, 340 * 60_000, 60);
  assert.equal(clock.anchor(1021, 1021 * 20_000, 20), false);
  assert.equal(clock.beatOf(1020, 20)!, clock.beatOf(340, 60)! * 3);
});

test('MediaClock: a length that was not heard of for ten minutes goes on; a far one does not', () => {
  const clock = new MediaClock();
  clock.anchor(300, 300 * 20_000, 20);
  const before = clock.beatOf(300, 20)!;
  clock.anchor(100, 100 * 60_000, 60);
  for (let seq = 100; seq <= 10_100; seq++) clock.beatOf(seq, 60);
  assert.equal(clock.anchor(30_330, 30_330 * 20_000, 20), false);
  assert.equal(clock.beatOf(30_330, 20), before + 30_030);
  assert.equal(clock.number, 1);
  assert.equal(clock.beatOf(30_330 + 3100, 20), null);
  assert.equal(clock.anchor(20_000, 20_000 * 60_000, 60), true, 'ten minutes later');
});
