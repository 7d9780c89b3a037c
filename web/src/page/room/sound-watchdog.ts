// Notices that the phone has stopped the sound (a call, another player, the system): a context that does not run sends nothing, so
// what is watched is the absence of `playing`. The session wakes it by itself where it may; where it may not, a tap is needed.

const LOST_MS = 3000;
const LOOK_MS = 1000;

export class Watchdog {
  private lastMs = 0;

  /** `lost` is called about once a second while there is no sound and the page can be seen. */
  constructor(lost: () => void) {
    window.setInterval(() => {
      if (document.visibilityState === 'visible' && performance.now() - this.lastMs > LOST_MS) lost();
    }, LOOK_MS);
    // A page that comes back has a moment to find its sound again.
    document.addEventListener('visibilitychange', () => this.fed());
  }

  /** There is sound, or it was just asked for. */
  fed(): void {
    this.lastMs = performance.now();
  }
}
