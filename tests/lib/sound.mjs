// Sound for tests: made, put into files, taken out of Ogg, and looked at. Samples are floats from -1 to 1, one channel unless said.
import { existsSync, readFileSync } from 'node:fs';

export const RATE = 48000;

/** A sine. */
export function tone(hz, seconds, rate = RATE, amplitude = 0.25) {
  return Float32Array.from({ length: Math.round(seconds * rate) }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rate));
}

/** Pseudo-random numbers from 0 to 1, the same each time (a 32-bit xorshift). */
function random(seed) {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Something like speech: voiced syllables of changing pitch with pauses between, never the same twice. */
export function babble(seconds, rate = RATE, seed = 7) {
  const next = random(seed);
  const samples = new Float32Array(Math.round(seconds * rate));
  for (let at = 0; at < samples.length; ) {
    const length = Math.round(rate * (0.08 + 0.2 * next()));
    const pitch = 90 + 160 * next();
    const glide = 0.8 + 0.4 * next();
    const harmonics = Array.from({ length: 8 }, (_, h) => ({ gain: next() / (h + 1), phase: 2 * Math.PI * next() }));
    for (let i = 0, turn = 0; i < length && at + i < samples.length; i++) {
      const shape = Math.sin((Math.PI * i) / length);
      turn += (2 * Math.PI * pitch * (1 + ((glide - 1) * i) / length)) / rate;
      samples[at + i] = 0.25 * shape * harmonics.reduce((sum, { gain, phase }, h) => sum + gain * Math.sin((h + 1) * turn + phase), 0);
    }
    at += length + Math.round(rate * 0.08 * next());
  }
  return samples;
}

/** One after the other. */
export function concat(...pieces) {
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const recordings = '/usr/share/asterisk/sounds';

/** A professional recording of Debian's packages, { samples, rate }; undefined when it is not installed. */
export function recording(name = 'fr_CA_f_June/demo-congrats') {
  const path = `${recordings}/${name}.wav`;
  return existsSync(path) ? { path, ...readWav(readFileSync(path)) } : undefined;
}

const clip = (value) => Math.max(-32768, Math.min(32767, Math.round(value * 32767)));

/** 16-bit samples; `channels` is a list of channels of one length. */
export function pcm(channels, { bigEndian = false } = {}) {
  const [first] = channels;
  const bytes = Buffer.alloc(first.length * channels.length * 2);
  let at = 0;
  for (let i = 0; i < first.length; i++) {
    for (const samples of channels) at = bigEndian ? bytes.writeInt16BE(clip(samples[i]), at) : bytes.writeInt16LE(clip(samples[i]), at);
  }
  return bytes;
}

/** A whole WAV file. */
export function wav(channels, rate = RATE) {
  const data = pcm(channels);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels.length, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels.length * 2, 28);
  head.writeUInt16LE(channels.length * 2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

/** A WAV file of 16-bit mono. */
function readWav(bytes) {
  let rate;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    if (name === 'fmt ') rate = bytes.readUInt32LE(at + 12);
    if (name === 'data') {
      const count = Math.floor(Math.min(size, bytes.length - at - 8) / 2);
      return { rate, samples: shorts(bytes.subarray(at + 8, at + 8 + 2 * count)) };
    }
    at += 8 + size + (size & 1);
  }
  throw new Error('no WAV');
}

/** The floats of ffmpeg's f32le. */
export const floats = (bytes) => new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~3)));

/** The samples of 16 bits, little endian, as floats. */
export const shorts = (bytes) => Float32Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i) / 32768);

/** How strong a tone is in the samples, as its amplitude (Goertzel). */
export function strength(samples, hz, rate = RATE) {
  const turn = (2 * Math.PI * hz) / rate;
  const factor = 2 * Math.cos(turn);
  let before = 0;
  let last = 0;
  for (const sample of samples) [before, last] = [last, sample + factor * last - before];
  const power = before * before + last * last - factor * before * last;
  return (2 * Math.sqrt(Math.max(0, power))) / samples.length;
}

export const rms = (samples) => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

/** How much of the power is this one tone: 1 is a pure sine. */
export const purity = (samples, hz, rate = RATE) => strength(samples, hz, rate) ** 2 / 2 / (rms(samples) ** 2 + 1e-12);

/**
 * The lowest purity and strength of a tone in any whole window of `window_ms`: a click, a hole or another sound
 * makes it small. `usual` is the purity of the middle one of the loud windows: a glitch does not touch it, another sound does.
 */
export function worst(samples, hz, window_ms = 20, rate = RATE) {
  const size = (rate * window_ms) / 1000;
  const found = { purity: 1, strength: Infinity, at_s: 0, usual: 1 };
  const loud = [];
  for (let at = 0; at + size <= samples.length; at += size) {
    const piece = samples.subarray(at, at + size);
    const now = purity(piece, hz, rate);
    if (now < found.purity) Object.assign(found, { purity: now, at_s: at / rate });
    if (rms(piece) > 0.02) loud.push(now);
    found.strength = Math.min(found.strength, strength(piece, hz, rate));
  }
  if (loud.length > 0) found.usual = loud.sort((a, b) => a - b)[Math.floor(loud.length / 2)];
  return found;
}

/** The pitch of a sound that is one tone, by its zero crossings, in Hz. */
export function pitch(samples, rate = RATE) {
  const crossings = [];
  for (let i = 1; i < samples.length; i++) {
    if (samples[i - 1] < 0 && samples[i] >= 0) crossings.push(i - samples[i] / (samples[i] - samples[i - 1]));
  }
  return crossings.length < 2 ? 0 : ((crossings.length - 1) * rate) / (crossings.at(-1) - crossings[0]);
}

/** Fewer samples a second, and of the sound what is below `band_hz` alone (a windowed sinc). */
export function thin(samples, rate, to, band_hz = 800) {
  const reach = Math.ceil((2 * rate) / band_hz);
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, i) => {
    const x = ((i - reach) * 2 * band_hz) / rate;
    return (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)) * (0.5 + 0.5 * Math.cos((Math.PI * (i - reach)) / (reach + 1)));
  });
  const gain = kernel.reduce((sum, one) => sum + one, 0);
  return Float32Array.from({ length: Math.floor((samples.length * to) / rate) }, (_, i) => {
    const middle = Math.round((i * rate) / to);
    let sum = 0;
    for (let j = Math.max(0, middle - reach); j <= Math.min(samples.length - 1, middle + reach); j++) sum += samples[j] * kernel[j - middle + reach];
    return sum / gain;
  });
}

/** Where `piece` is in `whole`, and how alike they are there (1: the same but for loudness). Both of one rate; sliding correlation. */
export function find(piece, whole, rate) {
  const own = Math.sqrt(piece.reduce((sum, x) => sum + x * x, 0));
  let energy = 0;
  for (let i = 0; i < piece.length && i < whole.length; i++) energy += whole[i] ** 2;
  let best = { alike: -1, at_s: -1 };
  for (let at = 0; at + piece.length <= whole.length; at++) {
    let dot = 0;
    for (let i = 0; i < piece.length; i++) dot += piece[i] * whole[at + i];
    const alike = dot / (own * Math.sqrt(Math.max(energy, 1e-9)) + 1e-9);
    if (alike > best.alike) best = { alike, at_s: at / rate };
    energy += whole[at + piece.length] ** 2 - whole[at] ** 2;
  }
  return best;
}

/** Ogg pages so far in the bytes: { granule, bos, eos, serial, number, packets }. What is not whole yet is left out. */
export function oggPages(bytes) {
  const pages = [];
  let open = [];
  for (let at = 0; at + 27 <= bytes.length; ) {
    if (bytes.toString('latin1', at, at + 4) !== 'OggS') throw new Error(`no Ogg page at byte ${at}`);
    const lacing = bytes.subarray(at + 27, at + 27 + bytes[at + 26]);
    const size = lacing.reduce((sum, one) => sum + one, 0);
    let from = at + 27 + lacing.length;
    if (lacing.length < bytes[at + 26] || from + size > bytes.length) break;
    const packets = [];
    for (const piece of lacing) {
      open.push(bytes.subarray(from, from + piece));
      from += piece;
      if (piece === 255) continue;
      packets.push(Buffer.concat(open));
      open = [];
    }
    const flags = bytes[at + 5];
    const page = { granule: Number(bytes.readBigInt64LE(at + 6)), serial: bytes.readUInt32LE(at + 14), number: bytes.readUInt32LE(at + 18) };
    pages.push({ ...page, bos: (flags & 2) !== 0, eos: (flags & 4) !== 0, packets });
    at = from;
  }
  return pages;
}
