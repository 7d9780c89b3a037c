// The audio thread's half of speaking: the microphone in frames of 20 ms at 48 kHz, each with the number of its first sample.
//
// A context of another rate (some browsers cannot open a microphone at 48 kHz) is resampled here. Quanta that the audio thread
// has missed show as a jump of currentFrame; the numbers jump with it, so that the frames stay true to time.
// Every frame is handed over in an array of its own, because it is transferred: 50 a second, outside the inner loop.

import { RATE } from '../audio/delay.js';
import { Resampler } from '../audio/resampler.js';
import type { Captured, CaptureControl, CaptureReport } from '../lib/threads.js';

const FRAME = 960;
const REPORT_EVERY = 2; // frames: 25 reports a second

class Capture extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(sampleRate, RATE);
  private readonly one = new Float32Array(512); // a quantum at 48 kHz, from 16 kHz or more
  private engine: MessagePort | null = null;
  private block = new Float32Array(FRAME);
  private filled = 0;
  private number = 0; // of the next sample
  private expected = -1; // currentFrame of the next quantum
  private peak = 0;
  private frames = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<CaptureControl>) => {
      this.engine = data.port;
    };
  }

  process(inputs: Float32Array[][]): boolean {
    const quantum = inputs[0]?.[0];
    if (!quantum) return true; // the microphone is not connected yet, or no more
    if (this.expected >= 0 && currentFrame !== this.expected) this.jump(currentFrame - this.expected);
    this.expected = currentFrame + quantum.length;
    const count = sampleRate === RATE ? -1 : this.resampler.run(quantum, this.one);
    this.take(count < 0 ? quantum : this.one, count < 0 ? quantum.length : count);
    return true;
  }

  /** Some quanta were missed: what is half full is given up, and the next frame begins later. */
  private jump(missed: number): void {
    this.number += this.filled + Math.round((missed * RATE) / sampleRate);
    this.filled = 0;
  }

  private take(samples: Float32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const sample = samples[i]!;
      const size = sample < 0 ? -sample : sample;
      if (size > this.peak) this.peak = size;
      this.block[this.filled++] = sample;
      if (this.filled === FRAME) this.hand();
    }
  }

  private hand(): void {
    const captured: Captured = { frame: this.number, pcm: this.block };
    this.engine?.postMessage(captured, [this.block.buffer]);
    this.block = new Float32Array(FRAME);
    this.filled = 0;
    this.number += FRAME;
    if (++this.frames % REPORT_EVERY !== 0) return;
    this.port.postMessage({ peak: this.peak } satisfies CaptureReport);
    this.peak = 0;
  }
}

registerProcessor('capture', Capture);
