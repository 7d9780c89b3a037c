// How long to wait before the next attempt: full jitter, so that a thousand listeners do not come back in one moment. Pure.

const BASE_MS = 250;
const CAP_MS = 5000;

export class Backoff {
  attempt = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** The next wait: anything from 0 to base x 2^attempt, at most the cap; never sooner than the server asked for. */
  nextMs(atLeastMs = 0): number {
    const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(this.attempt++, 16));
    return atLeastMs + this.random() * ceiling;
  }

  reset(): void {
    this.attempt = 0;
  }
}
