// A gain that goes to where it is set in a straight line, sample by sample: nothing zips, nothing clicks. Pure.

const RAMP_S = 0.02;

export class Ramp {
  private readonly length: number;
  private target: number;
  private slope = 0; // for each sample
  private left = 0; // samples until the target

  /** @param rate of the device, Hz */
  constructor(
    private value: number,
    rate: number,
  ) {
    this.target = value;
    this.length = Math.round(RAMP_S * rate);
  }

  get now(): number {
    return this.value;
  }

  set(target: number): void {
    if (target === this.target) return;
    this.target = target;
    this.left = this.length;
    this.slope = (target - this.value) / this.length;
  }

  /** The gain of the next sample. */
  next(): number {
    if (this.left === 0) return this.value;
    this.value = --this.left === 0 ? this.target : this.value + this.slope;
    return this.value;
  }
}
