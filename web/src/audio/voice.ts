// One of the sounds that are heard, sample by sample: a track, or sound made up, and the splice from one to the other.
//
//     track --read at the cursor--> | play    |
//     concealer ------------------> | conceal | --> fresh --> splice with `tail` --> next()
//                                   | idle (0) |
//
// One mechanism makes every change click-free, the splice: what would have been heard next is rendered into `tail`, then the
// cursor (or track, or mode) changes, and the tail fades into the new.
// It does as it is told by Pair. Pure; no allocation but in the constructor.

import { Concealer } from './conceal.js';
import type { Cursor } from './cursor.js';
import { RATE } from './delay.js';
import type { Track } from './track.js';

const TAIL_MAX = (15 * RATE) / 1000;

export type Mode = 'idle' | 'play' | 'conceal';

export class Voice {
  mode: Mode = 'idle';
  track: Track | null = null;
  /** Of the frame that is heard. */
  label = 0;
  played = 0; // frames entered
  concealed = 0; // samples made up
  late = 0; // frames that came after their time had passed

  private beat = -1; // the frame of the last sample
  private counted = -1; // the end, in samples, of the newest frame that is in `played`
  private readonly concealer = new Concealer();
  private readonly tail = new Float32Array(TAIL_MAX);
  private fade = 0; // length of the running splice, 0 when there is none
  private faded = 0;
  private equalPower = false;

  get splicing(): boolean {
    return this.fade > 0;
  }
  /** Whether it gives anything but zeros. */
  get sounding(): boolean {
    return this.mode !== 'idle' || this.fade > 0;
  }

  /** Goes on with this track, at the cursor, without a fade: splice() comes before. */
  play(track: Track): void {
    if (track.clock !== this.track?.clock) this.counted = -1;
    this.track = track;
    this.beat = -1;
    this.mode = 'play';
  }

  stop(): void {
    this.track = null;
    this.mode = 'idle';
  }

  /** There is no sound at the cursor: from here on it is made up. */
  conceal(): void {
    this.mode = 'conceal';
    this.concealer.start();
  }

  /** Renders what would be heard next into the tail, from where it fades into what the caller changes now. */
  splice(length: number, equalPower: boolean, { position, pace }: Cursor): void {
    const { played, concealed, label, counted } = this;
    const mark = this.concealer.mark();
    // A running splice reads the tail at an index that is never below the one written here.
    for (let i = 0; i < length; i++) this.tail[i] = this.next(position + i * pace);
    this.concealer.rewind(mark);
    this.played = played;
    this.concealed = concealed;
    this.label = label;
    this.counted = counted;
    this.fade = length;
    this.faded = 0;
    this.equalPower = equalPower;
  }

  /** The next sample that is heard; `position` is that of the cursor. */
  next(position: number): number {
    const sample = this.fade === 0 ? this.fresh(position) : this.mixed(position);
    this.concealer.push(sample);
    return sample;
  }

  private mixed(position: number): number {
    const fresh = this.fresh(position);
    const share = (this.faded + 0.5) / this.fade;
    const old = this.tail[this.faded]!;
    if (++this.faded === this.fade) this.fade = 0;
    if (!this.equalPower) return old + (fresh - old) * (0.5 - 0.5 * Math.cos(Math.PI * share));
    const angle = (Math.PI / 2) * share;
    return old * Math.cos(angle) + fresh * Math.sin(angle);
  }

  private fresh(position: number): number {
    if (this.mode === 'play') return this.read(position);
    if (this.mode === 'idle') return 0;
    this.concealed++;
    return this.concealer.next();
  }

  private read(position: number): number {
    const track = this.track!;
    const beat = Math.floor(position / track.frame);
    if (beat !== this.beat && !this.enter(track, beat)) return this.fresh(position);
    return Number.isInteger(position) ? track.at(position) : track.between(position);
  }

  /** The cursor has come into another frame; when that is missing, sound is made up from here on. */
  private enter(track: Track, beat: number): boolean {
    if (!track.hasBeat(beat)) {
      this.conceal();
      return false;
    }
    this.beat = beat;
    this.label = track.label(beat);
    const end = (beat + 1) * track.frame;
    if (end > this.counted) this.played++;
    this.counted = Math.max(this.counted, end);
    return true;
  }
}
