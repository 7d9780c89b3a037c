// The last thing before the ear: nothing above a ceiling, and nothing loud for long.
//
//     in --> * sustained gain --+--> gain that the ceiling needs --> smallest of 2 ms --> release --> mean of 2 ms --+
//               ^               |                                                                                    v
//     RMS of 20 ms, patience    +--> 2 ms of delay --------------------------------------------------------------->  *  --> out
//
// The ceiling: a peak is seen 2 ms before it leaves. The smallest gain of 2 ms, averaged over 2 ms, is on its way down all that
// time and there when the peak is: it cannot be missed and does not click. Gains only multiply, so what is quiet is untouched.
// The sustained limit, after about 100 ms (server/room/README.md, "Hearing protection"): nobody takes headphones off as fast as feedback howls.
// RMS above the limit uses up patience, RMS below gives it back; when it is gone, the gain comes down so that the limit is kept,
// and goes up again slowly. What it knows is dBFS: how loud that is at the ear, the person's headphones decide.
//
// Pure; mono; no allocation but in the constructor. Called by worklet/limiter.ts. No input can spoil it for the next.

export const CEILING_DB = -1;
export const SUSTAINED_DB = -9; // RMS
/** How long a sound may be louder than that; what is missing of 0.1 s, measuring and coming down take. */
const PATIENCE_S = 0.08;
/** By this the sound leaves later than it came. */
export const LOOK_AHEAD_S = 0.002;
const HOP_S = 0.005;
const HOPS = 4; // 20 ms: a period of 50 Hz
/** The ceiling's gain has come back to 63 % after this. */
const RELEASE_S = 0.08;
/** Below this (-80 dB of the sound) a gain may step to 1. */
const ALMOST = 1e-4;
/** The sustained gain: time constant downwards, and dB per second upwards. */
const ATTACK_S = 0.005;
const RISE_DB_PER_S = 6;
/** Nothing real is larger (+24 dBFS); what is, or is no number, counts as silence. */
const ABSURD = 16;

const amplitude = (db: number): number => 10 ** (db / 20);

/** What the sustained limit does, on its own. */
class Sustained {
  private readonly hop: number;
  private readonly attack: number;
  private readonly rise: number;
  private readonly powers = new Float64Array(HOPS); // of the last hops
  private at = 0;
  private sum = 0; // of squares, in this hop
  private counted = 0; // samples of this hop
  private impatience = 0; // seconds
  private target = 1;
  gain = 1;

  constructor(rate: number) {
    this.hop = Math.round(HOP_S * rate);
    this.attack = 1 - Math.exp(-1 / (ATTACK_S * rate));
    this.rise = amplitude(RISE_DB_PER_S / rate);
  }

  /** The sample, at the gain that is due. */
  next(x: number): number {
    this.sum += x * x;
    if (++this.counted === this.hop) this.measure();
    if (this.target < this.gain) this.gain += (this.target - this.gain) * this.attack;
    else if (this.gain < this.target) this.gain = Math.min(this.target, this.gain * this.rise);
    return x * this.gain;
  }

  private measure(): void {
    this.powers[this.at] = this.sum / this.hop;
    this.at = (this.at + 1) % HOPS;
    this.sum = this.counted = 0;
    let power = 0;
    for (let i = 0; i < HOPS; i++) power += this.powers[i]!;
    const needed = amplitude(SUSTAINED_DB) / Math.sqrt(power / HOPS + 1e-12);
    this.impatience = needed < 1 ? Math.min(this.impatience + HOP_S, PATIENCE_S) : Math.max(0, this.impatience - HOP_S);
    // Once it has come down it stays watchful: the same sound again gets no new patience before the gain is up.
    const due = needed < 1 && (this.gain < 1 || this.impatience >= PATIENCE_S);
    this.target = due ? needed : 1;
  }
}

/** The smallest of the last `span` values: a queue of those that can still become it, in two rings. */
class SlidingLeast {
  private readonly values: Float64Array;
  private readonly times: Float64Array;
  private head = 0;
  private count = 0;
  private time = 0;

  constructor(private readonly span: number) {
    this.values = new Float64Array(span);
    this.times = new Float64Array(span);
  }

  next(value: number): number {
    const { values, times, span } = this;
    if (this.count > 0 && times[this.head]! <= this.time - span) this.drop();
    while (this.count > 0 && values[(this.head + this.count - 1) % span]! >= value) this.count--;
    const place = (this.head + this.count++) % span;
    values[place] = value;
    times[place] = this.time++;
    return values[this.head]!;
  }

  private drop(): void {
    this.head = (this.head + 1) % this.span;
    this.count--;
  }
}

export class Limiter {
  /** Samples by which the sound leaves later than it came. */
  readonly delay: number;
  private readonly span: number;
  private readonly ceiling = amplitude(CEILING_DB);
  private readonly release: number;
  private readonly sustained: Sustained;
  private readonly least: SlidingLeast;
  private readonly sound: Float64Array; // delayed
  private readonly gains: Float64Array; // of the mean
  private at = 0;
  private held = 1;
  private sum: number;
  private whole: number; // how many of the newest gains are 1

  /** @param rate of the device, Hz */
  constructor(rate: number) {
    this.span = Math.round(LOOK_AHEAD_S * rate);
    this.delay = this.span - 1;
    this.release = 1 - Math.exp(-1 / (RELEASE_S * rate));
    this.sustained = new Sustained(rate);
    this.least = new SlidingLeast(this.span);
    this.sound = new Float64Array(this.span);
    this.gains = new Float64Array(this.span).fill(1);
    this.sum = this.whole = this.span;
  }

  /** `to` may be `from`. */
  run(from: Float32Array, to: Float32Array): void {
    for (let i = 0; i < from.length; i++) to[i] = this.next(from[i]!);
  }

  private next(input: number): number {
    const x = this.sustained.next(Math.abs(input) < ABSURD ? input : 0);
    const size = Math.abs(x);
    const least = this.least.next(size > this.ceiling ? this.ceiling / size : 1);
    this.held = least <= this.held ? least : this.held + (least - this.held) * this.release;
    if (this.held > 1 - ALMOST) this.held = 1;
    const gain = this.mean(Math.min(least, this.held));
    this.sound[this.at] = x;
    this.at = (this.at + 1) % this.span;
    return this.sound[this.at]! * gain;
  }

  private mean(gain: number): number {
    this.sum += gain - this.gains[this.at]!;
    this.gains[this.at] = gain;
    this.whole = gain === 1 ? this.whole + 1 : 0;
    if (this.whole >= this.span) this.sum = this.span; // exactly, whatever the additions before have rounded
    return this.sum / this.span;
  }
}
