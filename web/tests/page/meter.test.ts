// Meters and clocks: what moves on the consoles.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ballistics, FLOOR_DB, share } from '../../src/page/kit/ballistics.js';
import { clockTime } from '../../src/lib/event-clock.js';

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
  assert.equal(clockTime(now, 'Asia/Shanghai'), '09:30:05');
  assert.equal(clockTime(now, 'Europe/Zurich'), '02:30:05');
  assert.equal(clockTime(new Date('2025-03-20T16:00:00Z'), 'Asia/Shanghai'), '00:00:00', 'midnight is 00, not 24');
  assert.equal(clockTime(now, 'Mars/Olympus'), '01:30:05');
});
