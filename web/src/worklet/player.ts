// The audio thread's half of listening: a shell around Playout.
//
// Frames come from the worker by a port of their own; the main thread only gets reports. process() does not allocate and posts
// nothing: reports are sent from the port's handler, when a frame or a tick has come.

import { RATE } from '../audio/delay.js';
import { Playout } from '../audio/playout.js';
import type { BedReport, PlayerControl, PlayerMessage, PlayerReport } from '../lib/threads.js';

/** -96 dBFS: inaudible, but not the digital silence for which a phone ends the sound of a page. */
const DITHER = 1.6e-5;

/** What made-up sound is counted in, whatever the stream: 20 ms. */
const UNIT = 960;

class Player extends AudioWorkletProcessor {
  private readonly playout = new Playout(sampleRate, DITHER);
  private engine: MessagePort | null = null;
  private reported = -1; // track and label of the last report, as one number

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<PlayerControl>) => {
      if (data.type === 'bed_level') this.playout.setBedLevel(data.level);
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
      case 'bed':
        return this.playout.selectBed(message.track);
      case 'line':
        return this.playout.newLine();
      case 'frame':
        this.playout.put(message.track, message.beat, message.label, message.history, message.pcm, this.now(), message.arrivedMs);
        if (this.heard() !== this.reported) this.report();
        return;
      case 'tick':
        return this.report();
    }
  }

  /** The audio clock in samples at 48 kHz, whatever the device has. */
  private now(): number {
    return (currentFrame * RATE) / sampleRate;
  }

  private heard(): number {
    const { track, label } = this.playout;
    return (track?.id ?? 0) * 8 + label;
  }

  private report(): void {
    const { playout } = this;
    const { counts, track } = playout;
    this.reported = this.heard();
    const report: PlayerReport = {
      track: track?.id ?? 0,
      channel: playout.channel,
      clock: track?.clock ?? 0,
      label: playout.label,
      mediaMs: playout.heardMs,
      frame: currentFrame,
      peak: playout.peak,
      bufferMs: (playout.buffered * 1000) / RATE,
      jitterMs: (playout.delay.spread * 1000) / RATE,
      played: counts.played,
      late: counts.late,
      concealed: units(counts.concealed),
      skippedMs: (playout.skipped * 1000) / RATE,
      bed: this.bedReport(),
    };
    playout.peak = 0;
    this.engine?.postMessage(report);
    this.port.postMessage(report);
  }

  private bedReport(): BedReport {
    const { bedTrack, bedCounts, bedBuffered } = this.playout;
    return {
      channel: bedTrack?.channel ?? -1,
      bufferMs: (bedBuffered * 1000) / RATE,
      played: bedCounts.played,
      late: bedCounts.late,
      concealed: units(bedCounts.concealed),
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const out = outputs[0]?.[0];
    if (!out) return true;
    this.playout.pull(out, this.now());
    return true;
  }
}

/** Samples of the device in units. */
function units(samples: number): number {
  return Math.round((samples * (RATE / sampleRate)) / UNIT);
}

registerProcessor('player', Player);
