// Any rate to any other near it, for microphones that a browser opens at their own rate. Pure, allocation-free after loading.

import { interpolate, REACH } from './sinc.js';

const RING = 1024;

export class Resampler {
  private readonly ring = new Float32Array(RING);
  private written = 0;
  private position = 0;
  private readonly step: number;

  constructor(fromHz: number, toHz: number) {
    this.step = fromHz / toHz;
  }

  /** Resamples `input` (at most 512 samples) into `output`; gives the number of samples written there. */
  run(input: Float32Array, output: Float32Array): number {
    for (let i = 0; i < input.length; i++) this.ring[this.written++ % RING] = input[i]!;
    let count = 0;
    while (this.position + REACH < this.written && count < output.length) {
      const index = Math.floor(this.position);
      output[count++] = interpolate(this.ring, index, this.position - index);
      this.position += this.step;
    }
    return count;
  }
}
