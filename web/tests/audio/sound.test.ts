// The pieces that touch samples: interpolation, resampling, pitch, what is made up, tracks, levels.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Concealer } from '../../src/audio/conceal.js';
import { toDb } from '../../src/lib/level.js';
import { findPeriod, PERIOD_MAX, power } from '../../src/audio/pitch.js';
import { Resampler } from '../../src/audio/resampler.js';
import { interpolate } from '../../src/audio/sinc.js';
import { Track } from '../../src/audio/track.js';
import { random } from './simulation.js';

const sine = (hz: number, rate = 48000) => (n: number) => Math.sin((2 * Math.PI * hz * n) / rate);

test('interpolation: exact on samples, flat to 15 kHz between them', () => {
  for (const hz of [100, 1000, 8000, 15000]) {
    const ring = Float32Array.from({ length: 4800 }, (_, n) => sine(hz)(n));
    assert.ok(Math.abs(interpolate(ring, 100, 0) - ring[100]!) < 1e-6);
    let error = 0;
    for (let i = 0; i < 2000; i++) {
      const position = 50 + i * 1.013;
      const index = Math.floor(position);
      error = Math.max(error, Math.abs(interpolate(ring, index, position - index) - sine(hz)(position)));
    }
    assert.ok(error < 0.01, `${hz} Hz: off by ${error}`);
  }
});

test('interpolation goes round the end of the ring', () => {
  const ring = Float32Array.from({ length: 96 }, (_, n) => sine(500)(n));
  for (const index of [-3, 0, 2, 94, 95, 1000 * 96]) assert.ok(Math.abs(interpolate(ring, index, 0.5) - sine(500)(index + 0.5)) < 1e-3);
});

for (const rate of [16000, 44100, 96000]) {
  test(`Resampler: a microphone of ${rate} Hz`, () => {
    const resampler = new Resampler(rate, 48000);
    const output = new Float32Array(512);
    const heard: number[] = [];
    for (let quantum = 0; quantum < 200; quantum++) {
      const count = resampler.run(Float32Array.from({ length: 128 }, (_, i) => sine(1000, rate)(quantum * 128 + i)), output);
      heard.push(...output.subarray(0, count));
    }
    assert.ok(Math.abs(heard.length - (200 * 128 * 48000) / rate) < 40);
    for (let n = 100; n < heard.length; n++) assert.ok(Math.abs(heard[n]! - sine(1000)(n)) < 0.01, `sample ${n}`);
  });
}

test('findPeriod finds the period of a voice-like sound', () => {
  for (const period of [261, 200, 301, 480]) {
    const sound = Float32Array.from({ length: 960 }, (_, n) => ((n % period) / period) ** 3 - 0.25);
    const found = { samples: 0, fit: 0 };
    findPeriod(sound, 0, PERIOD_MAX, found);
    assert.equal(found.samples % period, 0, `${found.samples} for ${period}`);
    assert.ok(found.fit > 0.99);
  }
});

test('findPeriod finds nothing in noise', () => {
  const next = random(5);
  const found = { samples: 0, fit: 0 };
  findPeriod(Float32Array.from({ length: 960 }, () => next() - 0.5), 0, PERIOD_MAX, found);
  assert.ok(found.fit < 0.4, `${found.fit}`);
  assert.ok(Math.abs(power(new Float32Array(100).fill(0.1), 0, 100) - 0.01) < 1e-6);
});

test('Concealer goes on with a tone and is silent after 60 ms', () => {
  const concealer = new Concealer();
  const voice = sine(200);
  for (let n = 0; n < 5000; n++) concealer.push(voice(n));
  concealer.start();
  for (let n = 0; n < 480; n++) assert.ok(Math.abs(concealer.next() - voice(5000 + n)) < 0.2, `sample ${n}`);
  for (let n = 480; n < 2880; n++) concealer.next();
  assert.equal(concealer.next(), 0);
});

test('Concealer: what is rendered ahead can be taken back', () => {
  const [plain, rewound] = [new Concealer(), new Concealer()];
  for (const concealer of [plain, rewound]) for (let n = 0; n < 5000; n++) concealer.push(sine(333)(n));
  const mark = rewound.mark();
  for (let n = 0; n < 720; n++) rewound.push(0.7);
  rewound.rewind(mark);
  plain.start();
  rewound.start();
  for (let n = 0; n < 1000; n++) assert.equal(plain.next(), rewound.next());
});

test('Track keeps 2.6 s, knows its gaps and forgets what is older', () => {
  const track = new Track(1, 2, 480, 1);
  const frame = (value: number) => new Float32Array(480).fill(value);
  for (const beat of [1000, 1001, 1003]) track.put(beat, 2, frame(beat));
  assert.equal(track.has(1000 * 480 + 5), true);
  assert.equal(track.has(1002 * 480), false);
  assert.equal(track.ahead(1000 * 480 + 100), 2 * 480 - 100);
  assert.equal(track.firstFrom(1001 * 480 + 1), 1003 * 480);
  assert.equal(track.firstFrom(1003 * 480 + 1), -1);
  assert.equal(track.at(1003 * 480 + 7), 1003);
  assert.equal(track.copy(1001 * 480, new Float32Array(600), 600), false);
  assert.equal(track.copy(1000 * 480, new Float32Array(600), 600), true);
  track.put(1256, 2, frame(1));
  assert.equal(track.has(1000 * 480), false);
  assert.equal(track.firstFrom(0), 1001 * 480);
  track.put(1000, 2, frame(1));
  assert.equal(track.has(1256 * 480), true, 'an old frame does not take the place of a new one');
});

test('Track completes a short frame with silence', () => {
  const track = new Track(1, 2, 480, 1);
  track.put(5, 0, new Float32Array(480).fill(1));
  track.put(261, 0, new Float32Array(100).fill(1));
  assert.equal(track.at(261 * 480 + 99), 1);
  assert.equal(track.at(261 * 480 + 100), 0);
});

test('toDb', () => {
  assert.equal(toDb(1), 0);
  assert.equal(toDb(0), -100);
  assert.ok(Math.abs(toDb(0.5) + 6.02) < 0.01);
});
