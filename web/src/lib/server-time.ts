// The server's clock, as far as a display needs it: whatever carries a server time came later than it was written, so the greatest
// difference seen is the nearest to the truth. Some tens of milliseconds late at most: enough to count seconds. Pure.

export class ServerTime {
  private offsetUs = -Infinity;

  /** A new line: it may be another server, or the same one started again. */
  reset(): void {
    this.offsetUs = -Infinity;
  }

  /** A message that says `serverUs` is here at nowMs, on the page's clock. */
  seen(serverUs: number, nowMs: number): void {
    this.offsetUs = Math.max(this.offsetUs, serverUs - nowMs * 1000);
  }

  get known(): boolean {
    return this.offsetUs !== -Infinity;
  }

  /** The server's time, µs; NaN while it is not known. */
  nowUs(nowMs: number): number {
    return this.known ? nowMs * 1000 + this.offsetUs : NaN;
  }
}
