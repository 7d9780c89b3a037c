// The period of a voice: by how much a piece of sound can be moved so that it fits itself.
// Used to lengthen and shorten speech by whole periods, and to make up what is missing. Pure functions on arrays, no allocation.

/** 2.5 to 12.5 ms: voices of 80 to 400 Hz; higher ones fit by several periods. */
export const PERIOD_MIN = 120;
export const PERIOD_MAX = 600;
/** 7.5 ms are compared: a period of most voices. */
export const COMPARED = 360;
const COARSE_LAG = 2;
const COARSE_SAMPLE = 4;
/** How far around the coarse find the fine one looks: a sharp sound can hide between two coarse steps. */
const FINE = 2 * COARSE_LAG;

export interface Period {
  samples: number;
  /** Normalised correlation, -1 .. 1. */
  fit: number;
}

/** Writes into `found` the period P <= `longest` for which sound[at ..] and sound[at + P ..] are most alike. */
export function findPeriod(sound: Float32Array, at: number, longest: number, found: Period): void {
  found.samples = PERIOD_MIN;
  found.fit = -1;
  for (let lag = PERIOD_MIN; lag <= longest; lag += COARSE_LAG) take(found, lag, correlation(sound, at, at + lag, COARSE_SAMPLE));
  const centre = found.samples;
  found.fit = -1;
  for (let lag = Math.max(PERIOD_MIN, centre - FINE); lag <= Math.min(longest, centre + FINE); lag++) {
    take(found, lag, correlation(sound, at, at + lag, 1));
  }
}

function take(found: Period, samples: number, fit: number): void {
  if (fit <= found.fit) return;
  found.samples = samples;
  found.fit = fit;
}

function correlation(sound: Float32Array, a: number, b: number, step: number): number {
  let both = 0;
  let first = 1e-12;
  let second = 1e-12;
  for (let i = 0; i < COMPARED; i += step) {
    const x = sound[a + i]!;
    const y = sound[b + i]!;
    both += x * y;
    first += x * x;
    second += y * y;
  }
  return both / Math.sqrt(first * second);
}

/** Mean power of a piece; 1e-5 is -50 dBFS. */
export function power(sound: Float32Array, from: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += sound[from + i]! ** 2;
  return sum / count;
}
