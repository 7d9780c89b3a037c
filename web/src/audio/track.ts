// The decoded sound of one stream, kept by media time: a ring of frames, each with its label.
//
//     position (samples of media time) = beat x samples of a frame;   slot = beat mod slots
//
// Written by whoever decodes, read by Playout. It never decides anything. Pure; allocates only when made.

import type { Audible } from '../lib/protocol.js';
import { interpolate, REACH } from './sinc.js';

/** 2.6 s: the longest target (0.4 s), the longest lag before a jump (0.8 s), and as much again. */
const KEPT = 128 * 960;
/** A decoder that starts in the middle of a stream needs 80 ms to find its way (RFC 7845, 4.2), and is 0.1 dB off after 100. */
const WARM_MS = 100;
const SAMPLES_PER_MS = 48;

export class Track {
  /** Its frames are no longer fed; it goes when it is no longer heard. */
  doomed = false;
  private readonly slots: number;
  private readonly samples: Float32Array;
  private readonly beats: Float64Array;
  private readonly labels: Uint8Array;
  private newest = -1;
  private first = Infinity;

  constructor(
    readonly id: number,
    readonly channel: Audible,
    /** Samples of a frame. */
    readonly frame: number,
    /** Tracks with the same number here have the same media clock. */
    readonly clock: number,
  ) {
    this.slots = Math.ceil(KEPT / frame);
    this.samples = new Float32Array(this.slots * frame);
    this.beats = new Float64Array(this.slots).fill(-1);
    this.labels = new Uint8Array(this.slots);
  }

  /** Keeps a frame; a shorter one is completed with silence, and one that is older than the ring is forgotten. */
  put(beat: number, label: number, pcm: Float32Array): void {
    if (beat < 0 || beat <= this.newest - this.slots) return;
    const slot = beat % this.slots;
    this.samples.fill(0, slot * this.frame, (slot + 1) * this.frame);
    this.samples.set(pcm.length > this.frame ? pcm.subarray(0, this.frame) : pcm, slot * this.frame);
    this.beats[slot] = beat;
    this.labels[slot] = label;
    this.newest = Math.max(this.newest, beat);
    this.first = Math.min(this.first, beat);
  }

  hasBeat(beat: number): boolean {
    return beat >= 0 && this.beats[beat % this.slots] === beat;
  }

  /** Whether the sound at this position is there. */
  has(position: number): boolean {
    return this.hasBeat(Math.floor(position / this.frame));
  }

  /** Whether the decoder had found its way by then. */
  warm(position: number): boolean {
    return position >= this.first * this.frame + WARM_MS * SAMPLES_PER_MS;
  }

  label(beat: number): number {
    return this.labels[beat % this.slots]!;
  }

  /** The start of the first frame that is there and begins at `position` or later; -1 when there is none. */
  firstFrom(position: number): number {
    const oldest = this.newest - this.slots + 1;
    for (let beat = Math.max(Math.ceil(position / this.frame), oldest); beat <= this.newest; beat++) {
      if (this.hasBeat(beat)) return beat * this.frame;
    }
    return -1;
  }

  /** How many samples there are from `position` on without a gap. */
  ahead(position: number): number {
    let beat = Math.floor(position / this.frame);
    while (this.hasBeat(beat)) beat++;
    return Math.max(0, beat * this.frame - position);
  }

  /** The sample at a whole position that is there. */
  at(position: number): number {
    return this.samples[position % this.samples.length]!;
  }

  /** The sound between samples. */
  between(position: number): number {
    const index = Math.floor(position);
    const fraction = position - index;
    if (this.has(index - REACH + 1) && this.has(index + REACH)) return interpolate(this.samples, index, fraction);
    // At the edge of what is there a straight line must do: through the next sample, or on from the one before.
    const here = this.at(index);
    if (this.has(index + 1)) return here + fraction * (this.at(index + 1) - here);
    return this.has(index - 1) ? here + fraction * (here - this.at(index - 1)) : here;
  }

  /** Copies the sound from a whole position into `to`; false when some of it is missing. */
  copy(from: number, to: Float32Array, count: number): boolean {
    if (from < 0 || this.ahead(from) < count) return false;
    const start = from % this.samples.length;
    for (let i = 0, at = start; i < count; i++) {
      to[i] = this.samples[at]!;
      if (++at === this.samples.length) at = 0;
    }
    return true;
  }
}
