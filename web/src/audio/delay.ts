// How long after the beat a frame should be played: as short as the line allows.
//
//     target = shortest transit + spread + margin,     spread = 0.97 quantile of (transit - shortest) over 10 s
//
// A transit is "when the frame could be played" minus "media time of the frame's end", both in samples, on clocks that are not set to
// each other: only differences count. The end, because a frame leaves when it is whole: so frames of any length tell the same of
// the line. Whoever plays a frame begins with its start, and adds its length. A line that has just begun is unsteady (a server that starts, a page that loads): until the
// window is full only the newer half of what was seen counts, so that a bad first second is forgotten after two.
// Pure: knows neither sockets nor time of its own. One for a connection, because all channels of a room share the media clock.
// Samples at 48 kHz throughout.

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
/** Of so few packets none is forgotten. */
const KEPT_LEAST = 25;
/** The spread falls this much a second at most: a line that has just stalled is likely to stall again. */
const FALL_PER_S = 20 * MS;
/** Nothing travels faster than the shortest transit: if something seems to, our own clock has stood still. */
const IMPOSSIBLE = 50 * MS;
/** 10 s of two channels with frames of 20 ms; a power of two. */
const PACKETS_MAX = 1024;
const RECOUNT_EVERY = 5;

export class DelayEstimator {
  private readonly transits = new Float64Array(PACKETS_MAX);
  private readonly sorted = new Float64Array(PACKETS_MAX);
  private count = 0; // that count: the newest ones
  private next = 0; // where the next one goes
  private total = 0; // since the reset
  private shortest = 0;
  /** Samples; what `target` allows for. */
  spread = SPREAD_FIRST;

  /** Forgets the line: the clocks have moved against each other. */
  reset(): void {
    this.count = this.total = 0;
    this.spread = SPREAD_FIRST;
  }

  /** False until the first frame has come. */
  get ready(): boolean {
    return this.count > 0;
  }

  /** Play a frame so that its end is heard this many samples after its media time at the earliest. */
  get target(): number {
    return this.shortest + this.spread + MARGIN;
  }

  /** A frame has come; one comes every `period` samples. History packets do not belong here. */
  add(transit: number, period: number): void {
    if (this.count > 0 && transit < this.shortest - IMPOSSIBLE) this.reset();
    this.transits[this.next++ % PACKETS_MAX] = transit;
    this.total++;
    const window = Math.min(PACKETS_MAX, Math.round((WINDOW_S * RATE) / period));
    this.count = Math.min(this.count + 1, window, Math.max(KEPT_LEAST, this.total >> 1));
    // Whoever is later than allowed for counts at once; the rest can wait some packets.
    if (this.total < FIRST_PACKETS || this.total % RECOUNT_EVERY === 0 || transit > this.target || transit < this.shortest) {
      this.recount(period, this.total > window);
    }
  }

  private recount(period: number, known: boolean): void {
    const sorted = this.sorted.subarray(0, this.count);
    for (let i = 0; i < this.count; i++) sorted[i] = this.transits[(this.next - 1 - i) % PACKETS_MAX]!;
    sorted.sort();
    this.shortest = sorted[0]!;
    const measured = sorted[Math.min(this.count - 1, Math.floor(QUANTILE * this.count))]! - this.shortest;
    const assumed = SPREAD_FIRST * Math.max(0, 1 - this.total / FIRST_PACKETS);
    const fallen = known ? this.spread - (FALL_PER_S * RECOUNT_EVERY * period) / RATE : 0;
    this.spread = Math.min(SPREAD_MAX, Math.max(measured, assumed, fallen));
  }
}
