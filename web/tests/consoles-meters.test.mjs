// Meters and clocks: what moves on the consoles.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadTs } from './load-ts.mjs';

const { Ballistics, FLOOR_DB, share } = await loadTs('page/consoles/ballistics.ts');
const { localTime, nowAndNext } = await loadTs('page/consoles/event-time.ts');

test('a meter rises at once and falls 20 dB in 1.7 s', () => {
  const meter = new Ballistics();
  meter.read(-6, 1000);
  assert.equal(meter.db, -6);
  for (let now = 1000; now <= 2700; now += 50) meter.read(-Infinity, now);
  assert.ok(Math.abs(meter.db + 26) < 0.01, String(meter.db));
});

test('the highest peak stays for a moment, then follows', () => {
  const meter = new Ballistics();
  meter.read(-3, 0);
  meter.read(-40, 1000);
  assert.equal(meter.holdDb, -3);
  meter.read(-40, 1600);
  assert.ok(meter.holdDb < -10);
});

test('levels outside the scale, and no number at all, stay on it', () => {
  assert.equal(share(6), 1);
  assert.equal(share(-100), 0);
  assert.equal(share(Number.NaN), 0);
  const meter = new Ballistics();
  meter.read(Number.NaN, 10);
  assert.equal(meter.db, FLOOR_DB);
  assert.equal(meter.atRest, true);
});

test('the clock is that of the event', () => {
  const now = new Date('2025-03-21T01:30:05Z');
  assert.equal(localTime(now, 'Asia/Shanghai'), '2025-03-21T09:30:05');
  assert.equal(localTime(now, 'Europe/Zurich'), '2025-03-21T02:30:05');
  assert.equal(localTime(new Date('2025-03-20T16:00:00Z'), 'Asia/Shanghai'), '2025-03-21T00:00:00', 'midnight is 00, not 24');
  assert.match(localTime(now, 'Mars/Olympus'), /^2025-03-2\dT\d\d:30:05$/);
});

const item = (starts, ends) => ({ starts, ends, title: { en: starts }, speaker: '', language: '' });

test('the programme: before, in, between and after its items', () => {
  const first = item('2025-03-21T09:00', '2025-03-21T10:00');
  const second = item('2025-03-21T10:30', '2025-03-21T12:00');
  const programme = [second, first];
  assert.deepEqual(nowAndNext(programme, '2025-03-21T08:59:59'), { now: null, next: first });
  assert.deepEqual(nowAndNext(programme, '2025-03-21T09:00:00'), { now: first, next: second });
  assert.deepEqual(nowAndNext(programme, '2025-03-21T10:10:00'), { now: null, next: second });
  assert.deepEqual(nowAndNext(programme, '2025-03-21T11:59:59'), { now: second, next: null });
  assert.deepEqual(nowAndNext(programme, '2025-03-21T12:00:00'), { now: null, next: null });
});

test('an item that overlaps the next one ends when that begins', () => {
  const long = item('2025-03-21T09:00', '2025-03-21T12:00');
  const next = item('2025-03-21T10:00', '2025-03-21T11:00');
  assert.equal(nowAndNext([long, next], '2025-03-21T10:30:00').now, next);
});
