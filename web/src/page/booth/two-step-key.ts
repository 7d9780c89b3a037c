// A key that must not be pressed by mistake: the first press arms it, a second one within some seconds means it. Pure.

export const ARMED_MS = 5000;

export class Guard {
  private armedMs: number | null = null;

  armed(nowMs: number): boolean {
    return this.armedMs !== null && nowMs - this.armedMs < ARMED_MS;
  }

  /** True when this press confirms. */
  press(nowMs: number): boolean {
    const confirms = this.armed(nowMs);
    this.armedMs = confirms ? null : nowMs;
    return confirms;
  }

  disarm(): void {
    this.armedMs = null;
  }
}
