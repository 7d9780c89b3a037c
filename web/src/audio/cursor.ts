// The place in the media time that is heard now, and how fast it moves.
//
// One for all that sounds at once: two channels read at the same cursor cannot part. Pure; no allocation.

export class Cursor {
  /** In samples of media time. */
  position = 0;
  private adjustment = 0; // of the rate
  private settling = false; // the adjustment ends when the position is whole again

  /** @param step media samples for each sample of the device */
  constructor(private readonly step: number) {}

  /** Media samples to the next sample of the device. */
  get pace(): number {
    return this.step * (1 + this.adjustment);
  }

  advance(): void {
    this.position += this.pace;
    if (this.settling) this.trySettle();
  }

  /** Goes this much faster (0.002) or slower (-0.002). */
  adjust(adjustment: number): void {
    this.adjustment = adjustment;
    this.settling = false;
  }

  /** Back to untouched samples: at the next whole position, because anywhere else that would click. */
  settle(): void {
    this.settling = this.adjustment !== 0;
  }

  private trySettle(): void {
    const whole = Math.round(this.position);
    if (this.step === 1 && Math.abs(this.position - whole) > Math.abs(this.adjustment)) return;
    if (this.step === 1) this.position = whole;
    this.adjustment = 0;
    this.settling = false;
  }
}
