// Whether the line has been down for so long that nothing is heard any more. What is in the player's buffer is heard on, so a short gap
// changes nothing that is shown.

const CUT_MS = 1000;

export class Cut {
  private timer = 0;
  private cut = false;

  /** `changed` is called when it has. */
  constructor(private readonly changed: () => void) {}

  get now(): boolean {
    return this.cut;
  }

  /** What the line says. */
  line(open: boolean): void {
    if (!open) {
      this.timer ||= window.setTimeout(() => this.set(true), CUT_MS);
      return;
    }
    window.clearTimeout(this.timer);
    this.timer = 0;
    this.set(false);
  }

  private set(cut: boolean): void {
    if (cut === this.cut) return;
    this.cut = cut;
    this.changed();
  }
}
