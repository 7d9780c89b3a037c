// What is heard, sample by sample: a place in a track, or sound made up, and the splice from one to the other.
//
//     track --read at `position`--> | play    |
//     concealer -----------------> | conceal  | --> fresh --> splice with `tail` --> next()
//                                  | idle (0) |
//
// One mechanism makes every change click-free, the splice: what would have been heard next is rendered into `tail`, then the
// position (or track, or mode) changes, and the tail fades into the new.
// It does as it is told: Playout and Steering decide. Pure; no allocation but in the constructor.

import { Concealer } from './conceal.js';
import { RATE } from './delay.js';
import type { Track } from './track.js';

const TAIL_MAX = (15 * RATE) / 1000;

export type Mode = 'idle' | 'play' | 'conceal';

export class Voice {
  mode: Mode = 'idle';
  track: Track | null = null;
  /** Media time that is heard next, in samples. */
  position = 0;
  /** Of the frame that is heard. */
  label = 0;
  played = 0; // frames entered
  concealed = 0; // samples made up

  private beat = -1; // the frame that `position` was in at the last sample
  private counted = -1; // the newest beat that is in `played`
  private adjustment = 0; // of the rate
  private settling = false; // the adjustment ends when the position is whole again
  private readonly concealer = new Concealer();
  private readonly tail = new Float32Array(TAIL_MAX);
  private fade = 0; // length of the running splice, 0 when there is none
  private faded = 0;
  private equalPower = false;

  /** @param step media samples for each sample of the device */
  constructor(private readonly step: number) {}

  get splicing(): boolean {
    return this.fade > 0;
  }

  /** Goes on at another place, without a fade: splice() comes before. */
  move(track: Track, position: number): void {
    if (track.clock !== this.track?.clock) this.counted = -1;
    this.track = track;
    this.position = position;
    this.beat = -1;
    this.mode = 'play';
  }

  stop(): void {
    this.track = null;
    this.mode = 'idle';
  }

  /** Plays this much faster (0.002) or slower (-0.002). */
  adjust(adjustment: number): void {
    this.adjustment = adjustment;
    this.settling = false;
  }

  /** Back to untouched samples: at the next whole position, because anywhere else that would click. */
  settle(): void {
    this.settling = this.adjustment !== 0;
  }

  /** Renders what would be heard next into the tail, from where it fades into what the caller changes now. */
  splice(length: number, equalPower: boolean): void {
    const { played, concealed, label, counted } = this;
    const mark = this.concealer.mark();
    // A running splice reads the tail at an index that is never below the one written here.
    for (let i = 0; i < length; i++) this.tail[i] = this.next();
    this.concealer.rewind(mark);
    this.played = played;
    this.concealed = concealed;
    this.label = label;
    this.counted = counted;
    this.fade = length;
    this.faded = 0;
    this.equalPower = equalPower;
  }

  /** The next sample that is heard. */
  next(): number {
    const sample = this.fade === 0 ? this.fresh() : this.mixed();
    this.concealer.push(sample);
    return sample;
  }

  private mixed(): number {
    const fresh = this.fresh();
    const share = (this.faded + 0.5) / this.fade;
    const old = this.tail[this.faded]!;
    if (++this.faded === this.fade) this.fade = 0;
    if (!this.equalPower) return old + (fresh - old) * (0.5 - 0.5 * Math.cos(Math.PI * share));
    const angle = (Math.PI / 2) * share;
    return old * Math.cos(angle) + fresh * Math.sin(angle);
  }

  private fresh(): number {
    if (this.mode === 'play') return this.read();
    if (this.mode === 'idle') return 0;
    this.concealed++;
    return this.concealer.next();
  }

  private read(): number {
    const track = this.track!;
    const beat = Math.floor(this.position / track.frame);
    if (beat !== this.beat && !this.enter(track, beat)) return this.fresh();
    const plain = this.adjustment === 0 && this.step === 1;
    const sample = plain ? track.at(this.position) : track.between(this.position);
    this.position += this.step * (1 + this.adjustment);
    if (this.settling) this.trySettle();
    return sample;
  }

  private trySettle(): void {
    const whole = Math.round(this.position);
    if (this.step === 1 && Math.abs(this.position - whole) > Math.abs(this.adjustment)) return;
    if (this.step === 1) this.position = whole;
    this.adjustment = 0;
    this.settling = false;
  }

  /** The position has come into another frame; when that is missing, sound is made up from here on. */
  private enter(track: Track, beat: number): boolean {
    if (!track.hasBeat(beat)) {
      this.position = Math.ceil(this.position);
      this.mode = 'conceal';
      this.concealer.start();
      return false;
    }
    this.beat = beat;
    this.label = track.label(beat);
    if (beat > this.counted) this.played++;
    this.counted = Math.max(this.counted, beat);
    return true;
  }
}
