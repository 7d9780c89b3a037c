// Keeps the screen on while a phone sends: a locked phone stops the microphone. The lock ends whenever the page is hidden, so it is
// asked for again when the page is back.

export class WakeLock {
  /** The screen stays on now. */
  held = false;
  private wanted = false;
  private sentinel: WakeLockSentinel | null = null;

  constructor(private readonly changed: () => void) {
    document.addEventListener('visibilitychange', () => void this.acquire());
  }

  get supported(): boolean {
    return 'wakeLock' in navigator;
  }

  want(on: boolean): void {
    if (this.wanted === on) return;
    this.wanted = on;
    if (on) void this.acquire();
    else void this.sentinel?.release();
  }

  private async acquire(): Promise<void> {
    if (!this.wanted || this.held || !this.supported || document.visibilityState !== 'visible') return;
    try {
      const sentinel = await navigator.wakeLock.request('screen');
      sentinel.addEventListener('release', () => this.show(null));
      this.show(sentinel);
      if (!this.wanted) await sentinel.release();
    } catch {
      this.show(null); // low battery, or not allowed: the page says so
    }
  }

  private show(sentinel: WakeLockSentinel | null): void {
    this.sentinel = sentinel;
    this.held = sentinel !== null;
    this.changed();
  }
}
