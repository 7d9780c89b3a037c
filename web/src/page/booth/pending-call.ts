// A call that goes out and has no answer of its own (slow down, technician): the key says for a while that it was sent, and says no
// when the server does. Pure.

export const SENT_MS = 8000;

export class Sent {
  private atMs: number | null = null;

  press(nowMs: number): void {
    this.atMs = nowMs;
  }

  refused(): void {
    this.atMs = null;
  }

  shows(nowMs: number): boolean {
    return this.atMs !== null && nowMs - this.atMs < SENT_MS;
  }
}
