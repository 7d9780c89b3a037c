// What is heard when there is nothing to hear: the last pitch period again and again, fading out within 60 ms.
//
//     past sound ..... |<- period ->|<- period ->| nothing comes  ->  the last period, its end blended into its own beginning
//
// Fed with every sample that is heard; asked for samples when the sound is missing. Pure, allocation-free.

import { COMPARED, findPeriod, PERIOD_MAX } from './pitch.js';

const PAST = 2048; // a power of two; more than two of the longest periods and what a splice renders ahead
const FADE = 2880; // 60 ms
const MENDED = 96; // 2 ms over which the step at the seam is taken away
/** The newest piece, oldest sample first: one window of comparison and the longest period behind it. */
const LINE = PERIOD_MAX + COMPARED;

export class Concealer {
  private readonly past = new Float32Array(PAST);
  private readonly line = new Float32Array(LINE);
  private readonly loop = new Float32Array(PERIOD_MAX);
  private readonly found = { samples: 0, fit: 0 };
  private written = 0;
  private length = PERIOD_MAX;
  private step = 0;
  private given = 0;

  /** A sample was heard. */
  push(sample: number): void {
    this.past[this.written++ & (PAST - 1)] = sample;
  }

  /** For who renders ahead: what is pushed after a mark is taken back by rewind(). At most 720 samples. */
  mark(): number {
    return this.written;
  }
  rewind(mark: number): void {
    this.written = mark;
  }

  /** The sound ends here: finds the period to go on with. */
  start(): void {
    for (let i = 0; i < LINE; i++) this.line[i] = this.past[(this.written - 1 - i) & (PAST - 1)]!;
    // The line is reversed: the newest sample is first, and so a period is found from the end of the sound backwards.
    findPeriod(this.line, 0, PERIOD_MAX, this.found);
    this.length = this.found.samples;
    this.makeLoop();
    this.step = this.line[0]! - this.line[this.length]!;
    this.given = 0;
  }

  private makeLoop(): void {
    const length = this.length;
    const blended = length >> 2;
    for (let n = 0; n < length; n++) {
      const age = length - 1 - n; // of this sample of the last period, from the end
      const before = Math.min(age + length, LINE - 1); // the same place one period earlier
      const share = Math.max(0, (blended - age) / (blended + 1));
      this.loop[n] = this.line[age]! * (1 - share) + this.line[before]! * share;
    }
  }

  /** The next sample made up. */
  next(): number {
    const n = this.given++;
    if (n >= FADE) return 0;
    const mend = n < MENDED ? this.step * (1 - n / MENDED) : 0;
    return (this.loop[n % this.length]! + mend) * (1 - n / FADE);
  }
}
