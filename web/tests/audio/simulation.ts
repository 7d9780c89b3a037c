// A line and an audio device for Playout, both simulated: frames leave on the beat, arrive when `transit` says, and are pulled by
// an audio clock that may be fast or slow. Nothing here takes real time.

import { RATE } from '../../src/audio/delay.js';
import { Playout } from '../../src/audio/playout.js';

export const FRAME = 960;
const QUANTUM = 128;

export interface Line {
  seconds: number;
  /** Milliseconds that frame `beat` is on its way; null: it never comes. Order is kept, as TCP does. */
  transit: (beat: number) => number | null;
  /** How fast the audio clock is against the server's, parts per million. */
  ppm?: number;
  /** Sample at media time `position`. */
  sound?: (position: number, track: number) => number;
  /** Called once for each quantum, before it is pulled. */
  each?: (player: Playout, seconds: number) => void;
  /** Quanta that are pulled in one go: a device with a long buffer. */
  burst?: number;
  rate?: number;
  labels?: (beat: number) => number;
  /** Frames that are older than the line: they come as history. */
  old?: (beat: number) => boolean;
  /** The number of the media clock of a frame: another one is another track, which is selected. */
  clock?: (beat: number) => number;
  /** A bed is played as well: the sample at media time `position`. */
  bed?: (position: number) => number;
  /** Frames of the bed that never come. */
  bedLost?: (beat: number) => boolean;
}

export interface Heard {
  player: Playout;
  out: Float32Array;
  /** Lag behind the beat in ms, for each quantum that sound was heard. */
  lags: number[];
}

const FIRST_BEAT = 1000;
/** The number of the bed's track. */
const BED = 1000;

/** Frame `beat` of a sound, rendered. */
export function frameOf(sound: (position: number, track: number) => number, beat: number, track = 1): Float32Array {
  return Float32Array.from({ length: FRAME }, (_, i) => sound((beat - FIRST_BEAT) * FRAME + i, track));
}

export const tone = (position: number): number => 0.5 * Math.sin((2 * Math.PI * 500 * position) / RATE);

/** Plays one track over the line and records what is heard. */
export function play(line: Line): Heard {
  const rate = line.rate ?? RATE;
  const player = new Playout(rate);
  const sound = line.sound ?? tone;
  player.open(1, 7, FRAME, 1);
  player.select(1);
  player.open(BED, 8, FRAME, 1);
  if (line.bed) player.selectBed(BED);
  else player.close(BED);
  let track = 1;
  const skew = 1 + (line.ppm ?? 0) / 1e6;
  const quanta = Math.floor((line.seconds * rate) / QUANTUM);
  const out = new Float32Array(quanta * QUANTUM);
  const lags: number[] = [];
  const burst = line.burst ?? 1;
  let beat = FIRST_BEAT;
  let arrival = 0;
  let waiting: number | null = null;
  for (let quantum = 0; quantum < quanta; quantum++) {
    const frames = quantum * QUANTUM;
    const now = (frames * RATE) / rate;
    if (quantum % burst === 0) {
      const serverMs = (now / RATE / skew) * 1000;
      for (;;) {
        if (waiting === null) {
          const transit = line.transit(beat - FIRST_BEAT);
          if (transit === null) {
            beat++;
            continue;
          }
          waiting = Math.max(arrival, (beat - FIRST_BEAT + 1) * 20 + transit);
        }
        if (waiting > serverMs) break;
        arrival = waiting;
        waiting = null;
        const n = beat - FIRST_BEAT;
        const clock = line.clock?.(n) ?? 1;
        if (clock !== track) {
          player.open(clock, 7, FRAME, clock);
          player.newLine();
          player.select(clock);
          player.close(track);
          track = clock;
        }
        const old = line.old?.(n) ?? false;
        player.put(track, beat, line.labels?.(n) ?? 2, old, frameOf(sound, beat), now, arrival);
        if (line.bed && !line.bedLost?.(n)) player.put(BED, beat, 1, old, frameOf(line.bed, beat), now, arrival);
        beat++;
      }
    }
    line.each?.(player, frames / rate);
    player.pull(out.subarray(frames, frames + QUANTUM), now);
    if (player.channel !== -1) lags.push((now / skew - (player.heardBeat - FIRST_BEAT) * FRAME) / (RATE / 1000));
  }
  return { player, out, lags };
}

/**
 * The largest click in a 500 Hz tone: a sine of any phase and amplitude obeys x[n+1] = 2 cos(w) x[n] - x[n-1],
 * what it misses by is what does not belong to it.
 */
export function click(out: Float32Array, from: number, to = out.length): number {
  const k = 2 * Math.cos((2 * Math.PI * 500) / RATE);
  let worst = 0;
  for (let n = from + 1; n < to - 1; n++) worst = Math.max(worst, Math.abs(out[n + 1]! - k * out[n]! + out[n - 1]!));
  return worst;
}

/** A repeatable sequence of numbers 0 .. 1. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
