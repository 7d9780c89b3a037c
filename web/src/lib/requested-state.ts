// A value that the server decides and a person wishes to change: the wish is shown as pending until the truth agrees, the server
// says no, or it has been silent for too long. Pure: the page calls tick().

export const NO_ANSWER_MS = 3000;

export class Wish<T> {
  private wanted: { value: T; askedMs: number } | null = null;

  /** The value asked for, or null. */
  get pending(): T | null {
    return this.wanted?.value ?? null;
  }

  ask(value: T, nowMs: number): void {
    this.wanted = { value, askedMs: nowMs };
  }

  /** What the server says now. */
  truth(value: T): void {
    if (this.wanted?.value === value) this.wanted = null;
  }

  drop(): void {
    this.wanted = null;
  }

  /** True once, when no answer came in time. */
  expired(nowMs: number): boolean {
    if (!this.wanted || nowMs - this.wanted.askedMs < NO_ANSWER_MS) return false;
    this.wanted = null;
    return true;
  }
}
