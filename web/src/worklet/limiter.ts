// The end of the chain: a shell around Limiter, and the tap of the tests. process() does not allocate, but while it is tapped.

import { Limiter } from '../audio/limiter.js';
import type { LimiterControl, LimiterNotice } from '../lib/threads.js';

class End extends AudioWorkletProcessor {
  private readonly limiter = new Limiter(sampleRate);
  private readonly silence = new Float32Array(128);
  private tapped = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<LimiterControl>) => {
      this.tapped = data.on;
    };
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const out = outputs[0]?.[0];
    if (!out) return true;
    this.limiter.run(inputs[0]?.[0] ?? this.silence, out);
    if (this.tapped) this.port.postMessage({ type: 'tap', block: out.slice(), time: currentFrame / sampleRate } satisfies LimiterNotice);
    return true;
  }
}

registerProcessor('limiter', End);
