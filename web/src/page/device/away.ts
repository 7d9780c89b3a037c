// How long the page was out of sight while it sent: a phone may stop the microphone of a page behind. Pure: time is an argument.

const WORTH_TELLING_MS = 1000;

export class Away {
  private sinceMs: number | null = null;

  hidden(sending: boolean, nowMs: number): void {
    this.sinceMs = sending ? nowMs : null;
  }

  /** Seconds to tell of, or 0. */
  back(nowMs: number): number {
    const awayMs = this.sinceMs === null ? 0 : nowMs - this.sinceMs;
    this.sinceMs = null;
    return awayMs < WORTH_TELLING_MS ? 0 : Math.round(awayMs / 1000);
  }
}
