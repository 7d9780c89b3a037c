// The loudspeaker of a page: the audio context, the worklets in it, and on phones the media element that it plays through.
//
//     player -> [bass -> treble] -> volume -> limiter -> destination                         (a few ms of latency)
//                                                    \-> media stream -> <audio playsinline>  (50 ms more; goes on when locked)
//
// The shelves are there only while they do something. Nothing reaches an ear but through the limiter.
// Main thread. Opened in a tap, because browsers want that. It watches over the context: one that was suspended is resumed, one
// that is interrupted (a phone call) is left alone until it is not, one whose time stands still is built anew.

import { LOOK_AHEAD_S } from '../audio/limiter.js';
import { setPlaybackState } from './lock-screen.js';
import type { LimiterControl, LimiterNotice, PlayerControl, PlayerReport } from '../lib/threads.js';
import { Tone, type ToneSettings } from './tone.js';

const RATE = 48000;
const VOLUME_MAX = 1.5;
/** Time constant of a change of volume, s: fast, but no click. */
const VOLUME_EASE = 0.015;
const WATCH_MS = 1000;
/** Watches in a row without progress before the context is given up. */
const FROZEN_MAX = 3;
/** A context that does not run this long after a tap was refused. */
const START_MS = 3000;

export interface SpeakerEvents {
  /** The port on which frames are wanted; null: no more. */
  port(port: MessagePort | null): void;
  /** What is heard; earMs: when what `report` speaks of reaches the ear, on the time of the page. */
  report(report: PlayerReport, earMs: number): void;
}

interface Parts {
  context: AudioContext;
  gain: GainNode;
  /** What the sound goes to: the destination, or the stream of the media element. */
  exit: AudioNode;
  worklets: { player: AudioWorkletNode; limiter: AudioWorkletNode; tone: Tone } | null;
}

/** Where a browser can choose the device of a context. */
interface Sink {
  sinkId?: string | object;
  setSinkId?(id: string): Promise<void>;
}

export class Speaker {
  private parts: Parts | null = null;
  private element: HTMLAudioElement | null = null; // made once, in a tap: phones allow no other moment
  private viaElement = false;
  private volume = 1;
  private device = '';
  private bedLevel = 1;
  private tone: ToneSettings = { bass_db: 0, treble_db: 0 };
  private tapHandler: ((block: Float32Array, contextTime: number) => void) | null = null;
  private watcher: ReturnType<typeof setInterval> | undefined;
  private lastTime = -1;
  private frozen = 0;

  constructor(private readonly events: SpeakerEvents) {}

  get running(): boolean {
    return this.parts?.context.state === 'running';
  }

  /** Everything that needs the tap happens before the first await. */
  async start(viaElement: boolean): Promise<void> {
    if (this.parts && viaElement === this.viaElement) return this.wake(this.parts.context);
    this.stop();
    this.viaElement = viaElement;
    const parts = this.build();
    try {
      await Promise.all([this.wake(parts.context), this.load(parts)]);
    } catch (error) {
      if (parts === this.parts) this.stop();
      throw error;
    }
    if (parts !== this.parts) return; // stopped meanwhile
    setPlaybackState(true);
    this.watcher = setInterval(() => this.watch(), WATCH_MS);
  }

  stop(): void {
    clearInterval(this.watcher);
    this.events.port(null);
    this.element?.pause();
    setPlaybackState(false);
    const parts = this.parts;
    this.parts = null;
    parts?.worklets?.limiter.disconnect();
    void parts?.context.close();
  }

  setVolume(volume: number): void {
    this.volume = Math.min(VOLUME_MAX, Math.max(0, volume));
    if (this.parts) this.parts.gain.gain.setTargetAtTime(this.volume, this.parts.context.currentTime, VOLUME_EASE);
  }

  setBedLevel(level: number): void {
    this.bedLevel = Math.min(1, Math.max(0, level));
    this.control({ type: 'bed_level', level: this.bedLevel });
  }

  setTone(tone: ToneSettings): void {
    this.tone = tone;
    this.parts?.worklets?.tone.set(tone);
  }

  /** Another output device, '' the system's choice; kept for contexts to come. Rejects where a browser cannot, or has no such device. */
  async setDevice(deviceId: string): Promise<void> {
    this.device = deviceId;
    await this.useDevice(this.parts?.context);
  }

  private async useDevice(context: (AudioContext & Sink) | undefined): Promise<void> {
    if (!context || context.sinkId === this.device) return;
    if (context.setSinkId) await context.setSinkId(this.device);
    else if (this.device !== '') throw new Error('This browser plays to the device of the system only.');
  }

  tap(handler: ((block: Float32Array, contextTime: number) => void) | null): void {
    this.tapHandler = handler;
    this.parts?.worklets?.limiter.port.postMessage({ type: 'tap', on: handler !== null } satisfies LimiterControl);
  }

  private build(): Parts {
    const context = new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
    const gain = new GainNode(context, { gain: this.volume });
    this.parts = { context, gain, exit: this.viaElement ? this.throughElement(context) : context.destination, worklets: null };
    this.lastTime = -1;
    this.frozen = 0;
    if (this.device !== '') void this.useDevice(context).catch(() => undefined); // gone: the system's choice plays
    context.onstatechange = () => this.stateChanged(context);
    return this.parts;
  }

  private throughElement(context: AudioContext): AudioNode {
    const stream = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    this.element ??= new Audio();
    this.element.setAttribute('playsinline', '');
    this.element.srcObject = stream.stream;
    // A refusal shows in the context, which is refused with it, or in the page's meter, which stands still.
    void this.element.play().catch(() => undefined);
    return stream;
  }

  private async load(parts: Parts): Promise<void> {
    const { audioWorklet } = parts.context;
    await Promise.all([audioWorklet.addModule(PLAYER_URL), audioWorklet.addModule(LIMITER_URL)]);
    if (parts !== this.parts) return; // stopped meanwhile
    this.wire(parts);
    this.control({ type: 'bed_level', level: this.bedLevel });
    this.setTone(this.tone);
    this.tap(this.tapHandler);
    const { port1, port2 } = new MessageChannel();
    this.control({ type: 'port', port: port1 }, [port1]);
    this.events.port(port2);
  }

  private wire(parts: Parts): void {
    const { context, gain, exit } = parts;
    const player = new AudioWorkletNode(context, 'player', { numberOfInputs: 0, outputChannelCount: [1] });
    const limiter = new AudioWorkletNode(context, 'limiter', { channelCount: 1, channelCountMode: 'explicit', outputChannelCount: [1] });
    player.port.onmessage = ({ data }: MessageEvent<PlayerReport>) => this.events.report(data, earMs(context, data.frame));
    limiter.port.onmessage = ({ data }: MessageEvent<LimiterNotice>) => this.tapHandler?.(data.block, data.time);
    const tone = new Tone(context, player, gain);
    gain.connect(limiter).connect(exit);
    parts.worklets = { player, limiter, tone };
  }

  private control(message: PlayerControl, transfer: Transferable[] = []): void {
    this.parts?.worklets?.player.port.postMessage(message, transfer);
  }

  // ---- keeping it alive ----

  /** Resolves when the context runs; rejects when the browser does not let it. */
  private wake(context: AudioContext): Promise<void> {
    if (this.viaElement && this.element?.paused) void this.element.play().catch(() => undefined);
    if (context.state === 'running') return Promise.resolve();
    return Promise.race([context.resume(), refusedAfter(START_MS)]);
  }

  private stateChanged(context: AudioContext): void {
    if (context !== this.parts?.context) return;
    // Out of an interruption phones come as 'suspended'. While it lasts ('interrupted') a resume would be held against us.
    if (context.state === 'suspended') void context.resume().catch(() => undefined);
  }

  private watch(): void {
    const context = this.parts?.context;
    if (!context) return;
    if (context.state === 'suspended') return this.stateChanged(context);
    if (context.state !== 'running') return;
    this.frozen = context.currentTime === this.lastTime ? this.frozen + 1 : 0;
    this.lastTime = context.currentTime;
    if (this.frozen >= FROZEN_MAX) void this.rebuild().catch(() => undefined); // the next watch tries again
  }

  private async rebuild(): Promise<void> {
    const old = this.parts;
    this.events.port(null);
    const parts = this.build();
    old?.worklets?.limiter.disconnect();
    void old?.context.close();
    void parts.context.resume();
    await this.load(parts);
  }
}

function refusedAfter(ms: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error('The browser does not let the sound start: it needs a tap or a key.')), ms));
}

/** When a frame of the context reaches the ear, on the time of the page, ms. */
function earMs(context: AudioContext, frame: number): number {
  const { contextTime, performanceTime } = context.getOutputTimestamp();
  const second = frame / context.sampleRate + LOOK_AHEAD_S;
  if (contextTime && performanceTime) return performance.timeOrigin + performanceTime + (second - contextTime) * 1000;
  // Not known yet, or not in this browser: now, and what lies between.
  const latency = context.outputLatency || context.baseLatency || 0;
  return performance.timeOrigin + performance.now() + (second - context.currentTime + latency) * 1000;
}
