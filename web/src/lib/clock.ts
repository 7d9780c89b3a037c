// Clocks of others, estimated from messages that are sometimes held up. Pure: time is an argument.

/** The smallest value of the last `span` to twice `span` ms: two buckets, no list. */
export class SlidingMinimum {
  private current = Infinity;
  private before = Infinity;
  private since = -Infinity;

  constructor(private readonly spanMs: number) {}

  add(value: number, nowMs: number): void {
    if (nowMs - this.since >= this.spanMs) {
      this.before = nowMs - this.since < 2 * this.spanMs ? this.current : Infinity;
      this.current = Infinity;
      this.since = nowMs;
    }
    this.current = Math.min(this.current, value);
  }

  get value(): number {
    return Math.min(this.current, this.before);
  }
}

interface Exchange {
  rttMs: number;
  offsetMs: number;
  atMs: number;
}

/** A minute of pings, one a second: long enough for a quiet moment, short enough that a clock does not run away (6 ms at 100 ppm). */
const EXCHANGES_MAX = 60;

/**
 * The server's clock, by ping and pong: the exchange with the shortest round trip is the one in which least was held up, and the
 * error of its offset is at most half of that (Cristian's rule).
 */
export class ServerClock {
  private exchanges: Exchange[] = [];

  /** A pong: the ping was sent at sentMs, the answer is here at nowMs, and the server wrote serverUs in between. */
  add(sentMs: number, nowMs: number, serverUs: number): void {
    const rttMs = nowMs - sentMs;
    if (!(rttMs >= 0)) return;
    this.exchanges.push({ rttMs, offsetMs: serverUs / 1000 - (sentMs + nowMs) / 2, atMs: nowMs });
    if (this.exchanges.length > EXCHANGES_MAX) this.exchanges.shift();
  }

  /** Another server, or the same one started again: its clock may be another. */
  reset(): void {
    this.exchanges = [];
  }

  get known(): boolean {
    return this.exchanges.length > 0;
  }
  /** Server time minus local time; NaN when nothing is known. */
  get offsetMs(): number {
    return this.best()?.offsetMs ?? NaN;
  }
  /** The median of the last five: what the line is like now. */
  get rttMs(): number {
    const last = this.exchanges.slice(-5).map((exchange) => exchange.rttMs);
    return last.sort((a, b) => a - b)[last.length >> 1] ?? NaN;
  }
  /** Local time on the server's clock, microseconds; 0 when not known, which is what the wire says for it. */
  toServerUs(localMs: number): number {
    return this.known ? (localMs + this.offsetMs) * 1000 : 0;
  }

  private best(): Exchange | undefined {
    return this.exchanges.reduce<Exchange | undefined>((best, next) => (best && best.rttMs < next.rttMs ? best : next), undefined);
  }
}

/**
 * When a sample was captured: the frame counter of the audio device against the time of the page. A block is never handed over
 * before it is full, so the earliest hand-over of a while gives the relation; the others were held up.
 */
export class CaptureClock {
  private readonly earliest = new SlidingMinimum(10_000);

  constructor(private readonly rate: number) {}

  /** A block ending before frame `end` came at nowMs. */
  add(end: number, nowMs: number): void {
    this.earliest.add(nowMs - (end / this.rate) * 1000, nowMs);
  }

  timeMs(frame: number): number {
    return this.earliest.value + (frame / this.rate) * 1000;
  }
}
