// How long after the beat a frame should be played: as short as the line allows.
//
//     target = shortest transit + spread + margin,     spread = 0.97 quantile of (transit - shortest) over 10 s
//
// A transit is "when the frame could be played" minus "media time of the frame", both in samples, on clocks that are not set to
// each other: only differences count. Pure: knows neither sockets nor time of its own. One for a connection, because all
// channels of a room share the media clock. Samples at 48 kHz throughout.

export const RATE = 48000;
const MS = RATE / 1000;
const WINDOW_S = 10;
const QUANTILE = 0.97;
/** One quantum of the audio thread, and 4 ms for its own unsteadiness. */
const MARGIN = 128 + 4 * MS;
const SPREAD_MAX = 400 * MS;
/** What we assume of an unknown line; it weighs less with every packet of the first two seconds. */
const SPREAD_FIRST = 15 * MS;
const FIRST_PACKETS = 100;
/** The spread falls this much a second at most: a line that has just stalled is likely to stall again. */
const FALL_PER_S = 20 * MS;
/** Nothing travels faster than the shortest transit: if something seems to, our own clock has stood still. */
const IMPOSSIBLE = 50 * MS;
const PACKETS_MAX = 1024;
const RECOUNT_EVERY = 5;

export class DelayEstimator {
  private readonly transits = new Float64Array(PACKETS_MAX);
  private readonly sorted = new Float64Array(PACKETS_MAX);
  private window = 500;
  private count = 0; // in the window
  private next = 0; // where the next one goes
  private total = 0; // since the reset
  private shortest = 0;
  /** Samples; what `target` allows for. */
  spread = SPREAD_FIRST;

  /** Forgets the line: the clocks have moved against each other. */
  reset(): void {
    this.count = this.next = this.total = 0;
    this.spread = SPREAD_FIRST;
  }

  /** False until the first frame has come. */
  get ready(): boolean {
    return this.count > 0;
  }

  /** Play a frame this many samples after its media time. */
  get target(): number {
    return this.shortest + this.spread + MARGIN;
  }

  /** A frame of `frame` samples has come. History packets do not belong here. */
  add(transit: number, frame: number): void {
    if (this.count > 0 && transit < this.shortest - IMPOSSIBLE) this.reset();
    this.window = Math.min(PACKETS_MAX, Math.round((WINDOW_S * RATE) / frame));
    this.count = Math.min(this.count + 1, this.window);
    this.next %= this.window;
    this.transits[this.next++] = transit;
    this.total++;
    // Whoever is later than allowed for counts at once; the rest can wait some packets.
    if (this.total < FIRST_PACKETS || this.total % RECOUNT_EVERY === 0 || transit > this.target || transit < this.shortest) {
      this.recount(frame);
    }
  }

  private recount(frame: number): void {
    const sorted = this.sorted.subarray(0, this.count);
    sorted.set(this.transits.subarray(0, this.count));
    sorted.sort();
    this.shortest = sorted[0]!;
    const measured = sorted[Math.min(this.count - 1, Math.floor(QUANTILE * this.count))]! - this.shortest;
    const assumed = SPREAD_FIRST * Math.max(0, 1 - this.total / FIRST_PACKETS);
    const fallen = this.spread - (FALL_PER_S * RECOUNT_EVERY * frame) / RATE;
    this.spread = Math.min(SPREAD_MAX, Math.max(measured, assumed, this.total > FIRST_PACKETS ? fallen : 0));
  }
}
