// Holds the lag at the target, unheard: nothing while the error is small, then the rate, then whole pitch periods, at last a jump.
//
//     error    0 .. 4 ms   4 .. 15 ms        15 .. 800 ms                      more
//              nothing     rate 0.2 - 0.5 %  a period out (or in) every 20-40 ms   jump, counted
//
// Called by Playout before each pull; moves a Pair. Pure; no allocation but in the constructor.

import { RATE } from './delay.js';
import type { Pair } from './pair.js';
import { COMPARED, findPeriod, PERIOD_MAX, PERIOD_MIN, power, type Period } from './pitch.js';
import type { Track } from './track.js';

const MS = RATE / 1000;
/** An error below this is left alone; steering that has begun goes on until it is below the second one. */
const UNTOUCHED = 4 * MS;
const SETTLED = 0.5 * MS;
/** Up to here the rate alone does it: 0.2 % to 0.5 %, which nobody hears. */
const RATE_ENOUGH = 15 * MS;
const RATE_LEAST = 0.002;
const RATE_MOST = 0.005;
/** Whoever lags by more than this above the target is moved at once; it is counted. The last resort. */
const JUMP = 800 * MS;
const JUMP_FADE = 15 * MS;
/** Quieter than -50 dBFS any 10 ms can go. */
const QUIET = 1e-5;
const QUIET_STEP = 10 * MS;
/** A large lag is worth more haste, and a worse fit. */
const HASTY = 150 * MS;
const EVERY = 40 * MS;
const EVERY_HASTY = 20 * MS;
const FIT = 0.6;
const FIT_HASTY = 0.3;
const PERIOD_FADE = 5 * MS;

export class Steering {
  skipped = 0; // samples jumped over
  private active = false;
  private nextPeriodAt = 0;
  private readonly sound = new Float32Array(PERIOD_MAX + COMPARED);
  private readonly found: Period = { samples: 0, fit: 0 };

  /** `now` and `target` in samples; the leader of `pair` plays `track`. */
  steer(pair: Pair, track: Track, now: number, target: number): void {
    const error = now - pair.position - target; // positive: we are late
    const size = Math.abs(error);
    if (pair.splicing) return;
    if (error > JUMP && this.jump(pair, track, Math.floor(now - target))) return;
    this.active = size > UNTOUCHED || (this.active && size > SETTLED);
    if (!this.active) return pair.settle();
    const share = Math.min(1, Math.max(0, (size - UNTOUCHED) / (RATE_ENOUGH - UNTOUCHED)));
    pair.adjust(Math.sign(error) * (RATE_LEAST + share * (RATE_MOST - RATE_LEAST)));
    if (size > RATE_ENOUGH && now >= this.nextPeriodAt) {
      this.nextPeriodAt = now + (error > HASTY ? EVERY_HASTY : EVERY);
      this.movePeriod(pair, track, error);
    }
  }

  private jump(pair: Pair, track: Track, to: number): boolean {
    if (!track.has(to)) return false;
    this.skipped += to - pair.position;
    pair.jump(pair.lead, track, to, JUMP_FADE, true);
    return true;
  }

  /** Takes one period out (we are late) or puts one in (we are early). */
  private movePeriod(pair: Pair, track: Track, error: number): void {
    const from = Math.floor(pair.position);
    const late = error > 0;
    // What is taken out must leave enough behind it for the comparison and for the splice.
    const spare = late ? track.ahead(from) - COMPARED - 2 * PERIOD_FADE : PERIOD_MAX;
    const longest = Math.min(PERIOD_MAX, Math.floor(spare), Math.floor(Math.abs(error)));
    if (longest < PERIOD_MIN || !pair.copy(late ? from : from - longest, this.sound, longest + COMPARED)) return;
    const period = this.choose(longest, late, Math.abs(error) > HASTY ? FIT_HASTY : FIT);
    if (period === 0) return;
    const to = pair.position + (late ? period : -period);
    pair.jump(pair.lead, track, to, PERIOD_FADE, false);
  }

  /** How far to move, by the sound from the earlier of the two places on; 0: better not here. */
  private choose(longest: number, late: boolean, fit: number): number {
    const count = longest + COMPARED;
    if (power(this.sound, 0, count) < QUIET) return Math.min(QUIET_STEP, longest);
    // Forward, the sound at the beginning is compared with what follows; backward, that at the end with what was before.
    if (!late) this.sound.subarray(0, count).reverse();
    findPeriod(this.sound, 0, longest, this.found);
    return this.found.fit > fit ? this.found.samples : 0;
  }
}
