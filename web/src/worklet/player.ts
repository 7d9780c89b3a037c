// The audio thread's half of listening: a shell around Playout.
//
// Frames come from the worker by a port of their own; the main thread only gets reports. process() does not allocate and posts
// nothing (but while a test has tapped it): reports are sent from the port's handler, when a frame or a tick has come.

import { RATE } from '../lib/delay.js';
import { Playout } from '../lib/playout.js';
import type { PlayerControl, PlayerMessage, PlayerNotice, PlayerReport } from '../lib/threads.js';

/** -96 dBFS: inaudible, but not the digital silence for which a phone ends the sound of a page. */
const DITHER = 1.6e-5;

/** Of 20 ms: to count in frames while nothing is heard. */
const FRAME = 960;

class Player extends AudioWorkletProcessor {
  private readonly playout = new Playout(sampleRate, DITHER);
  private engine: MessagePort | null = null;
  private tapped = false;
  private reported = -1; // channel and label of the last report, as one number

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<PlayerControl>) => {
      if (data.type === 'tap') this.tapped = data.on;
      else this.connect(data.port);
    };
  }

  private connect(port: MessagePort): void {
    this.engine = port;
    port.onmessage = ({ data }: MessageEvent<PlayerMessage>) => this.receive(data);
  }

  private receive(message: PlayerMessage): void {
    switch (message.type) {
      case 'open':
        return this.playout.open(message.track, message.channel, message.samples, message.clock);
      case 'close':
        return this.playout.close(message.track);
      case 'select':
        return this.playout.select(message.track);
      case 'frame':
        this.playout.put(message.track, message.beat, message.label, message.history, message.pcm, this.now(), message.arrivedMs);
        if (this.playout.channel * 8 + this.playout.label !== this.reported) this.report();
        return;
      case 'tick':
        return this.report();
    }
  }

  /** The audio clock in samples at 48 kHz, whatever the device has. */
  private now(): number {
    return (currentFrame * RATE) / sampleRate;
  }

  private report(): void {
    const { playout } = this;
    const { counts, track } = playout;
    this.reported = playout.channel * 8 + playout.label;
    const report: PlayerReport = {
      track: track?.id ?? 0,
      channel: playout.channel,
      clock: track?.clock ?? 0,
      label: playout.label,
      beat: playout.heardBeat,
      frame: currentFrame,
      peak: playout.peak,
      bufferMs: (playout.buffered * 1000) / RATE,
      jitterMs: (playout.delay.spread * 1000) / RATE,
      played: counts.played,
      late: counts.late,
      concealed: Math.round((counts.concealed * (RATE / sampleRate)) / (track?.frame ?? FRAME)),
      skippedMs: (counts.skipped * 1000) / RATE,
    };
    playout.peak = 0;
    this.engine?.postMessage(report);
    this.port.postMessage({ type: 'report', report } satisfies PlayerNotice);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const out = outputs[0]?.[0];
    if (!out) return true;
    this.playout.pull(out, this.now());
    if (this.tapped) this.port.postMessage({ type: 'tap', block: out.slice(), time: currentFrame / sampleRate } satisfies PlayerNotice);
    return true;
  }
}

registerProcessor('player', Player);
