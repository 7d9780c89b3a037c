// A sound that says when it was made: seeded tone hops, and the filter that finds a piece of them in a recording.
//
//     made:  | 730 Hz | 312 Hz | 1104 Hz | ...    one hop lasts 20 ms, the phase goes on, no second of 20 is like another
//     heard: piece of the original x recording, by FFT: the highest peak is where the piece is, to a sample
//
// Speech would lock on neighbouring pitch periods, and chirps on each other. The sound has the same loudness all the time, so that a hole
// shows as a short piece that is quiet, and sound that was made up as one that is unlike the original.

export const RATE = 48000;
const HOP = (20 * RATE) / 1000;
// Low enough that a player which steers its rate by 0.5 % is still in phase after 0.1 s.
const LOWEST_HZ = 300;
const OCTAVES = 2;

function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0; // mulberry32
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many seconds of tone hops. */
export function hops(seconds, { seed = 1, amplitude = 0.25 } = {}) {
  const next = random(seed);
  const samples = new Float32Array(seconds * RATE);
  for (let i = 0, phase = 0, step = 0; i < samples.length; i++) {
    if (i % HOP === 0) step = (2 * Math.PI * LOWEST_HZ * 2 ** (OCTAVES * next())) / RATE;
    samples[i] = amplitude * Math.sin((phase += step));
  }
  return samples;
}

/** A sine that glides from one frequency to another, each octave as long as the other. */
export function sweep(seconds, fromHz, toHz, amplitude = 0.25) {
  const samples = new Float32Array(seconds * RATE);
  const growth = Math.log(toHz / fromHz);
  for (let i = 0; i < samples.length; i++) {
    const share = i / samples.length;
    samples[i] = amplitude * Math.sin(((2 * Math.PI * fromHz * seconds) / growth) * (Math.exp(growth * share) - 1));
  }
  return samples;
}

/** The discrete Fourier transform in place; the size is a power of two. `sign` 1 goes back (without the division by the size). */
export function transform(re, im, sign = -1) {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [re[i], re[j]] = [re[j], re[i]];
    [im[i], im[j]] = [im[j], im[i]];
  }
  for (let half = 1; half < size; half *= 2) {
    const turn = (sign * Math.PI) / half;
    for (let k = 0; k < half; k++) {
      const [c, s] = [Math.cos(turn * k), Math.sin(turn * k)];
      for (let a = k; a < size; a += 2 * half) {
        const b = a + half;
        const x = re[b] * c - im[b] * s;
        const y = re[b] * s + im[b] * c;
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
  }
}

const energy = (samples, from, count) => {
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += samples[i] ** 2;
  return sum;
};

/** Where `piece` begins in `whole`, in samples, and how alike they are there (1: the same but for loudness). */
export function locate(piece, whole) {
  let size = 1;
  while (size < piece.length + whole.length) size *= 2;
  const [a, ai, b, bi] = Array.from({ length: 4 }, () => new Float64Array(size));
  a.set(whole);
  b.set(piece);
  transform(a, ai);
  transform(b, bi);
  for (let i = 0; i < size; i++) [a[i], ai[i]] = [a[i] * b[i] + ai[i] * bi[i], ai[i] * b[i] - a[i] * bi[i]];
  transform(a, ai, 1);
  let at = 0;
  for (let i = 1; i + piece.length <= whole.length; i++) if (a[i] > a[at]) at = i;
  const norm = Math.sqrt(energy(piece, 0, piece.length) * energy(whole, at, piece.length));
  return { at, alike: a[at] / size / (norm + 1e-9) };
}

/** How alike `count` samples of one sound and of another are. */
export function alike(a, at, b, bt, count) {
  let dot = 0;
  for (let i = 0; i < count; i++) dot += a[at + i] * b[bt + i];
  return dot / (Math.sqrt(energy(a, at, count) * energy(b, bt, count)) + 1e-9);
}

/** The mean power of a sound around a frequency, within a sixth of an octave: gives a function of the frequency. */
export function spectrum(samples, rate = RATE) {
  const size = 2048;
  const power = new Float64Array(size / 2);
  for (let at = 0; at + size <= samples.length; at += size / 2) {
    const re = Float64Array.from({ length: size }, (_, i) => samples[at + i] * Math.sin((Math.PI * i) / size) ** 2);
    const im = new Float64Array(size);
    transform(re, im);
    for (let bin = 0; bin < size / 2; bin++) power[bin] += re[bin] ** 2 + im[bin] ** 2;
  }
  return (hz) => {
    const [from, to] = [2 ** (-1 / 12), 2 ** (1 / 12)].map((step) => Math.round((hz * step * size) / rate));
    const bins = power.subarray(from, to + 1);
    return bins.reduce((sum, one) => sum + one, 0) / bins.length / (samples.length / size);
  };
}

/** The longest stretch, in ms, in which no window of 5 ms reaches `threshold` (as RMS). */
export function longestHole(samples, threshold = 0.02, rate = RATE) {
  const size = (rate * 5) / 1000;
  let longest = 0;
  for (let at = 0, run = 0; at + size <= samples.length; at += size) {
    run = Math.sqrt(energy(samples, at, size) / size) < threshold ? run + 5 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** The share of the power, 0 to 1, that lies within 3 % of a frequency: windows of 40 ms, so that a rate that is steered does no harm. */
export function shareOf(samples, hz, rate = RATE) {
  const size = 2048;
  let near = 0;
  let all = 0;
  for (let at = 0; at + size <= samples.length; at += size) {
    const re = Float64Array.from({ length: size }, (_, i) => samples[at + i] * Math.sin((Math.PI * i) / size));
    const im = new Float64Array(size);
    transform(re, im);
    for (let bin = 1; bin < size / 2; bin++) {
      const power = re[bin] ** 2 + im[bin] ** 2;
      all += power;
      if (Math.abs((bin * rate) / size - hz) < 0.03 * hz + (2 * rate) / size) near += power;
    }
  }
  return near / (all + 1e-9);
}
