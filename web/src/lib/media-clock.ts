// Beats as plain numbers: the 32-bit seq of the wire, unwrapped, and the server's time of each.
//
// A clock has a number of its own. It changes when the beats before and after cannot be compared: another server, one that was
// started again, an outage of a minute. Whoever plays then starts afresh instead of waiting for a seq that never comes. Pure.

import { seqDistance } from './protocol.js';

/** Beats of a new clock begin here, so that history, which is older, does not become negative. */
const FIRST_BEAT = 1000;
const FAR_MS = 60_000;
/** Beats are due at exact times; more than this between two anchors is another clock. */
const MOVED_MS = 50;

export class MediaClock {
  /** 0 until the first anchor. */
  number = 0;
  private seq = 0;
  private beat = FIRST_BEAT;
  private frameMs = 20;
  private originMs = NaN; // server time of beat 0

  /** The server says when a beat is due. True when this is another clock than before. */
  anchor(seq: number, serverUs: number, frameMs: number): boolean {
    const beat = frameMs === this.frameMs ? this.beatOf(seq) : null;
    const same = this.number > 0 && beat !== null && Math.abs(this.dueMs(beat) - serverUs / 1000) < MOVED_MS;
    if (!same) {
      this.begin(seq, frameMs);
      this.originMs = serverUs / 1000 - FIRST_BEAT * frameMs;
    }
    return !same;
  }

  private begin(seq: number, frameMs: number): void {
    this.number++;
    this.seq = seq;
    this.beat = FIRST_BEAT;
    this.frameMs = frameMs;
  }

  /** The beat of a seq; null when it is so far away that it must belong to another clock. */
  beatOf(seq: number): number | null {
    const distance = seqDistance(seq, this.seq);
    if (Math.abs(distance) * this.frameMs > FAR_MS) return null;
    const beat = this.beat + distance;
    if (distance > 0) {
      this.seq = seq;
      this.beat = beat;
    }
    return beat;
  }

  /** When a beat is (was) due, on the server's clock. */
  dueMs(beat: number): number {
    return this.originMs + beat * this.frameMs;
  }
}
