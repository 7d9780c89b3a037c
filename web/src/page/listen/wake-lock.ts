// Keeps the screen on while it is wanted. The browser takes the lock away when the page is hidden; it is asked for again after.

export class WakeLock {
  private lock: WakeLockSentinel | null = null;
  private wanted = false;

  static supported(): boolean {
    return 'wakeLock' in navigator;
  }

  constructor() {
    document.addEventListener('visibilitychange', () => void this.apply());
  }

  want(wanted: boolean): void {
    this.wanted = wanted;
    void this.apply();
  }

  private async apply(): Promise<void> {
    if (!WakeLock.supported()) return;
    if (!this.wanted) {
      await this.lock?.release();
      this.lock = null;
    } else if (document.visibilityState === 'visible' && (this.lock === null || this.lock.released)) {
      // Refused when the battery is low: then the screen goes dark as it always does.
      this.lock = await navigator.wakeLock.request('screen').catch(() => null);
    }
  }
}
