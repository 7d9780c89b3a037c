// Amplitudes and decibels. Pure.

/** What digital silence is called, as on the wire. */
export const SILENCE_DB = -100;

/** dBFS of an amplitude, 1 being full scale. */
export function toDb(amplitude: number): number {
  return amplitude > 0 ? Math.max(SILENCE_DB, 20 * Math.log10(amplitude)) : SILENCE_DB;
}
