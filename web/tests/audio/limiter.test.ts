// The limiter at the end of the chain: what leaves it, for sounds that hurt and for sounds that do not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CEILING_DB, Limiter, LOOK_AHEAD_S, SUSTAINED_DB } from '../../src/audio/limiter.js';
import { random } from './simulation.js';

const RATE = 48000;
const MS = RATE / 1000;
const CEILING = 10 ** (CEILING_DB / 20) + 1e-6;
const LIMIT = 10 ** (SUSTAINED_DB / 20);

/** What comes out, in quanta of 128 as the worklet has them. */
function limit(sound: Float32Array, rate = RATE): Float32Array {
  const limiter = new Limiter(rate);
  const out = new Float32Array(sound.length);
  for (let at = 0; at < sound.length; at += 128) limiter.run(sound.subarray(at, at + 128), out.subarray(at, at + 128));
  return out;
}
const make = (seconds: number, sample: (n: number) => number) => Float32Array.from({ length: Math.round(seconds * RATE) }, (_, n) => sample(n));
const sine = (hz: number, amplitude = 1) => (n: number) => amplitude * Math.sin((2 * Math.PI * hz * n) / RATE);
const loudest = (sound: Float32Array) => sound.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
function rms(sound: Float32Array, from: number, count: number): number {
  return Math.sqrt(sound.subarray(from, from + count).reduce((sum, x) => sum + x * x, 0) / count);
}
/** For how long 20 ms are louder than the sustained limit, by half a decibel, in ms; pauses do not end it. */
function loudFor(sound: Float32Array, from = 0): number {
  let loud = 0;
  for (let at = from; at + 20 * MS <= sound.length; at += MS) if (rms(sound, at, 20 * MS) > LIMIT * 1.06) loud++;
  return loud;
}
/** Something like speech: a pulse of 120 Hz through two resonances, in syllables, with noise in between. */
function speech(seconds: number, peak: number): Float32Array {
  const next = random(9);
  const ring = [0, 0, 0, 0];
  const sound = make(seconds, (n) => {
    const syllable = Math.max(0, Math.sin((2 * Math.PI * 4 * n) / RATE)) * (n % (2 * RATE) < 1.6 * RATE ? 1 : 0);
    const pulse = n % 400 < 20 ? 1 : 0;
    const [a, b, c, d] = ring as [number, number, number, number];
    ring[0] = 1.97 * a - 0.98 * b + pulse;
    ring[1] = a;
    ring[2] = 1.9 * c - 0.95 * d + ring[0];
    ring[3] = c;
    return syllable * (ring[2] + 40 * (next() - 0.5));
  });
  const scale = peak / loudest(sound);
  return sound.map((x) => x * scale);
}

test('it holds the sound back by 2 ms, and by no more', () => {
  assert.equal(new Limiter(RATE).delay, LOOK_AHEAD_S * RATE - 1);
  assert.ok(LOOK_AHEAD_S <= 0.003);
});

for (const peak of [0.05, 0.5, 0.85]) {
  test(`speech with peaks of ${peak} passes bit by bit, but for the delay`, () => {
    const sound = speech(10, peak);
    const { delay } = new Limiter(RATE);
    assert.deepEqual(limit(sound).subarray(delay), sound.subarray(0, sound.length - delay));
  });
}

test('bursts at and far above full scale, after silence: never above the ceiling, for every place and frequency', () => {
  for (const amplitude of [1, 4]) {
    for (const hz of [50, 440, 3000, 11_987]) {
      const start = 4800 + hz; // anywhere in a quantum
      const out = limit(make(0.5, (n) => (n < start ? 0 : sine(hz, amplitude)(n + 12))));
      assert.ok(loudest(out) <= CEILING, `${hz} Hz at ${amplitude}: ${loudest(out)}`);
      assert.equal(loudest(out.subarray(0, start - 128)), 0);
    }
  }
});

test('noise, clicks and square waves of all sizes: never above the ceiling', () => {
  const next = random(3);
  const sounds = {
    noise: make(5, (n) => (2 + 2 * sine(3)(n)) * (next() - 0.5) * 3),
    clicks: make(5, () => (next() < 0.002 ? 8 * (next() - 0.5) : 0.1 * (next() - 0.5))),
    square: make(5, (n) => (n % 4000 < 2000 ? 3 : -3) * (n % RATE < RATE / 2 ? 1 : 0.01)),
  };
  for (const [name, sound] of Object.entries(sounds)) assert.ok(loudest(limit(sound)) <= CEILING, `${name}: ${loudest(limit(sound))}`);
});

test('a single click is taken down without one: the gain is never steep', () => {
  const tone = sine(500, 0.5);
  const out = limit(make(1, (n) => tone(n) + (n === 24_000 ? 3 : 0)));
  // Beside the click itself the tone is what it was at a gain that moves slowly.
  const k = 2 * Math.cos((2 * Math.PI * 500) / RATE);
  const at = 24_000 + new Limiter(RATE).delay;
  let worst = 0;
  for (let n = 100; n < out.length - 1; n++) {
    if (Math.abs(n - at) > 2) worst = Math.max(worst, Math.abs(out[n + 1]! - k * out[n]! + out[n - 1]!));
  }
  assert.ok(worst < 5e-3, `${worst}`);
});

test('after a burst it becomes bit-exact again', () => {
  const sound = speech(8, 0.5);
  for (let n = 0; n < 480; n++) sound[RATE + n] = 2 * sine(1000)(n);
  const { delay } = new Limiter(RATE);
  const out = limit(sound);
  const from = 4 * RATE;
  assert.deepEqual(out.subarray(from + delay), sound.subarray(from, sound.length - delay));
});

test('howling: a sine that grows to full scale is brought down within about 100 ms', () => {
  for (const hz of [70, 250, 1000, 3500]) {
    for (const dbPerS of [40, 200, 1000]) {
      const out = limit(make(4, (n) => sine(hz)(n) * Math.min(1, 10 ** ((-60 + (dbPerS * n) / RATE) / 20))));
      assert.ok(loudFor(out) <= 150, `${hz} Hz, ${dbPerS} dB/s: loud for ${loudFor(out)} ms`);
      const end = 20 * Math.log10(rms(out, out.length - RATE, RATE));
      assert.ok(Math.abs(end - SUSTAINED_DB) < 0.5, `${hz} Hz ends at ${end} dB`);
    }
  }
});

test('a tone that is switched on at full scale: loud for about 100 ms, and no second time while it is remembered', () => {
  const on = (n: number) => n % RATE < RATE / 2;
  const out = limit(make(3, (n) => (on(n) ? sine(800)(n) : 0)));
  assert.ok(loudFor(out.subarray(0, RATE)) <= 115, `${loudFor(out.subarray(0, RATE))} ms`);
  assert.ok(loudFor(out.subarray(0, RATE)) >= 60, 'a consonant or a cough is not touched');
  assert.ok(loudFor(out, RATE) <= 200, `${loudFor(out, RATE)} ms`);
});

test('beeps with pauses use up the patience as well', () => {
  const out = limit(make(6, (n) => (n % (100 * MS) < 75 * MS ? sine(2000)(n) : 0)));
  assert.ok(rms(out, 4 * RATE, RATE) < LIMIT * 1.1, `${rms(out, 4 * RATE, RATE)}`);
});

test('a loud laugh of 60 ms is not touched by the sustained limit', () => {
  const burst = make(1, (n) => (n > 24_000 && n < 24_000 + 60 * MS ? sine(300, 0.85)(n) : 0));
  const { delay } = new Limiter(RATE);
  assert.deepEqual(limit(burst).subarray(delay), burst.subarray(0, burst.length - delay));
});

test('the gain comes back slowly: 6 dB in a second', () => {
  const quiet = 0.1;
  const out = limit(make(6, (n) => sine(1000, n < 3 * RATE ? 1 : quiet)(n)));
  const at = (seconds: number) => rms(out, Math.round((3 + seconds) * RATE), 480) / rms(out, out.length - 4800, 480);
  assert.ok(at(0.1) < 0.6, `${at(0.1)}`);
  assert.ok(at(0.5) < at(0.9) && at(0.9) < 1.001);
  assert.ok(Math.abs(at(1.5) - 1) < 1e-3);
});

test('what is no number is silence, and spoils nothing after it', () => {
  const sound = speech(4, 0.5);
  const spoilt = sound.slice();
  for (const [i, bad] of [NaN, Infinity, -Infinity, 1e30].entries()) spoilt[RATE + 100 * i] = bad;
  const out = limit(spoilt);
  const { delay } = new Limiter(RATE);
  assert.ok(out.every((x) => Number.isFinite(x) && Math.abs(x) <= CEILING));
  assert.deepEqual(out.subarray(2 * RATE + delay), sound.subarray(2 * RATE, sound.length - delay));
});

test('a device of 44.1 or 96 kHz has the same ceiling', () => {
  for (const rate of [44_100, 96_000]) {
    const out = limit(make(1, (n) => (n < 10_000 ? 0 : sine(900, 3)(n))), rate);
    assert.ok(loudest(out) <= CEILING);
    assert.ok(new Limiter(rate).delay / rate <= 0.003);
  }
});
