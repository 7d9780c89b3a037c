// Beats as plain numbers: the 32-bit seq of the wire, unwrapped, and the server's time of each.
//
// Streams whose packets are of different lengths count each their own on the same clock: packet n of 60 ms is the time of the packets
// 3n, 3n+1 and 3n+2 of 20 ms. All their numbers here count from one origin, a time at which packets of every length begin, so that
// `beat x length` is a place on one axis whatever the stream.
//
// A clock has a number of its own. It changes when the beats before and after cannot be compared: another server, one that was
// started again, an outage of a minute. Whoever plays then starts afresh instead of waiting for a seq that never comes. Pure.

import { seqDistance } from './protocol.js';

/** The longest packet; the others go into it a whole number of times, and its times are whole multiples of it on the server's clock. */
const LONGEST_MS = 60;
/** What is older than a new clock, its history, does not become negative. A multiple of the longest packet. */
const BEFORE_MS = 20_040;
const FAR_MS = 60_000;
/** Beats are due at exact times; more than this between two anchors is another clock. */
const MOVED_MS = 50;

/** A packet that was seen: those of its length are counted from there. */
interface Mark {
  seq: number;
  beat: number;
}

export class MediaClock {
  /** 0 until the first anchor. */
  number = 0;
  private readonly marks = new Map<number, Mark>(); // by length of packet
  private originMs = NaN; // server time of beat 0, of any length
  private newestMs = 0; // server time of the newest beat that was seen

  /** Server time of place 0. */
  get startMs(): number {
    return this.originMs;
  }

  /** The server says when a packet is due. True when this is another clock than before. */
  anchor(seq: number, serverUs: number, frameMs: number): boolean {
    const serverMs = serverUs / 1000;
    const same = this.continues(seq, serverMs, frameMs);
    if (!same) this.begin(serverMs, frameMs);
    if (!this.marks.has(frameMs)) this.marks.set(frameMs, { seq, beat: Math.round((serverMs - this.originMs) / frameMs) });
    return !same;
  }

  private continues(seq: number, serverMs: number, frameMs: number): boolean {
    if (this.number === 0) return false;
    if (!this.marks.has(frameMs)) return Math.abs(serverMs - this.newestMs) < FAR_MS; // the first of its length: only its time can be compared
    const beat = this.find(seq, frameMs);
    return beat !== null && Math.abs(this.dueMs(beat, frameMs) - serverMs) < MOVED_MS;
  }

  private begin(serverMs: number, frameMs: number): void {
    const place = Math.round(serverMs / frameMs) * frameMs; // of this packet among the longest ones
    this.number++;
    this.marks.clear();
    this.originMs = serverMs - (place % LONGEST_MS) - BEFORE_MS;
    this.newestMs = serverMs;
  }

  /** The beat of a seq among packets of this length; null when it is so far away that it must belong to another clock. */
  beatOf(seq: number, frameMs: number): number | null {
    const beat = this.find(seq, frameMs);
    const mark = this.marks.get(frameMs);
    if (beat === null || !mark) return null;
    if (beat > mark.beat) this.marks.set(frameMs, { seq, beat });
    this.newestMs = Math.max(this.newestMs, this.dueMs(beat, frameMs));
    return beat;
  }

  /** By the distance from where this length should be by now: perhaps nothing of it came for a long time. */
  private find(seq: number, frameMs: number): number | null {
    const mark = this.marks.get(frameMs);
    if (!mark) return null;
    const passed = Math.round((this.newestMs - this.dueMs(mark.beat, frameMs)) / frameMs);
    const distance = seqDistance(seq, (mark.seq + passed) >>> 0);
    return Math.abs(distance) * frameMs > FAR_MS ? null : mark.beat + passed + distance;
  }

  /** When a beat is (was) due, on the server's clock. */
  dueMs(beat: number, frameMs: number): number {
    return this.originMs + beat * frameMs;
  }
}
