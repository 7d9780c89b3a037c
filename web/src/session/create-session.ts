// The main thread's half of a session: a facade that starts the worker, the loudspeaker and the microphone, and passes on.
//
//     page -> Session --Command--> worker                 page <- events <--Notice-- worker
//             Speaker, MicrophoneInput (Web Audio exists only here)      <--reports-- worklets
//
// It decides nothing about sound. The only file of lib/ that looks at the page's address and window.

import { Emitter } from '../lib/emitter.js';
import { SILENCE_DB, toDb } from '../lib/level.js';
import { onMediaAction, setAudioSession, setMediaInfo } from './lock-screen.js';
import { MicrophoneInput } from './microphone.js';
import { LABELS, type Audible, type ClientMessage, type Joined, type Mic, type Rendition, type RenditionWish, type Room, type Signal } from '../lib/protocol.js';
import type { MediaInfo, Microphone, MicrophoneOptions, PlayStats, Session, SessionEvents, SessionOptions } from '../lib/session.js';
import { Speaker } from './speaker.js';
import type { Command, Notice, PlayerReport } from '../lib/threads.js';

type HandoverAction = (ClientMessage & { type: 'handover' })['action'];

const STATS_MS = 1000;

export function createSession(options: SessionOptions): Session {
  return new EngineSession(options);
}

/** /ws of this page's host, secure when the page is. */
function defaultUrl(): string {
  return `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/ws`;
}

class EngineSession implements Session {
  joined: Joined | null = null;
  room: Room | null = null;
  private readonly emitter = new Emitter<SessionEvents>();
  private readonly worker = new Worker(WORKER_URL, { type: 'module' });
  private readonly speaker: Speaker;
  private readonly input: MicrophoneInput;
  private readonly waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>(); // listen()
  private lastId = 0;
  private heard = '';
  private playing = false;

  // For the measured delay and the statistics.
  private decoder: PlayStats['decoder'] = 'webcodecs';
  private clockOffsetMs = NaN;
  private mediaClock: (Notice & { type: 'media_clock' }) | null = null;
  private rendition: Rendition = 'standard'; // that comes
  private skippedMs = 0; // by the server
  private statsAt = 0;

  constructor(private readonly options: SessionOptions) {
    this.worker.onmessage = ({ data }: MessageEvent<Notice>) => this.noticed(data);
    this.speaker = new Speaker({
      port: (port) => this.command({ type: 'player', port }, port ? [port] : []),
      report: (report, earMs) => this.reported(report, earMs),
    });
    this.input = new MicrophoneInput({
      port: (port) => this.command({ type: 'microphone', port }, port ? [port] : []),
      peak: (peak) => this.emitter.emit('microphone', { peak_db: toDb(peak) }),
      ended: (reason) => {
        setAudioSession(false);
        this.emitter.emit('microphone_ended', { reason });
      },
      muted: (muted) => this.emitter.emit('microphone_muted', { muted }),
    });
    onMediaAction((action) => this.emitter.emit('media_action', { action }));
    window.addEventListener('online', this.online);
    document.addEventListener('visibilitychange', this.online); // a phone that wakes up does not always say `online`
  }

  private readonly online = (): void => {
    if (document.visibilityState === 'visible') this.command({ type: 'online' });
  };

  on<K extends keyof SessionEvents>(event: K, handler: (value: SessionEvents[K]) => void): () => void {
    return this.emitter.on(event, handler);
  }

  start(): void {
    const { room, ticket, name, url = defaultUrl() } = this.options;
    const wasm = new URLSearchParams(location.search).get('decoder') === 'wasm'; // ?decoder=wasm, to try it where the other one is
    this.command({ type: 'start', url, room, ticket, name, wasm });
  }

  close(): void {
    window.removeEventListener('online', this.online);
    document.removeEventListener('visibilitychange', this.online);
    this.stopAudio();
    this.closeMicrophone();
    this.command({ type: 'close' });
  }

  // ---- sound out ----

  startAudio({ mediaElement = false } = {}): Promise<void> {
    setAudioSession(this.input.isOpen);
    return this.speaker.start(mediaElement);
  }

  stopAudio(): void {
    this.speaker.stop();
    this.showPlaying(false, -1, SILENCE_DB);
  }

  setVolume(volume: number): void {
    this.speaker.setVolume(volume);
  }

  setHeadphones(deviceId: string): Promise<void> {
    return this.speaker.setDevice(deviceId);
  }

  listen(channel: Audible, rendition: RenditionWish = 'standard'): Promise<void> {
    const id = ++this.lastId;
    this.command({ type: 'listen', id, channel, rendition });
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  prefetch(channel: number, rendition: RenditionWish = 'standard'): void {
    this.command({ type: 'prefetch', channel, rendition });
  }

  unlisten(): void {
    this.command({ type: 'unlisten' });
  }

  setBed(channel: Audible | null): void {
    this.command({ type: 'bed', channel });
  }

  setBedVolume(volume: number): void {
    this.speaker.setBedLevel(volume);
  }

  setTone(tone: { bass_db: number; treble_db: number }): void {
    this.speaker.setTone(tone);
  }

  setMediaInfo(info: MediaInfo): void {
    setMediaInfo(info);
  }

  tap(handler: ((block: Float32Array, contextTime: number) => void) | null): void {
    this.speaker.tap(handler);
  }

  // ---- sound in ----

  openMicrophone(options: MicrophoneOptions = {}): Promise<Microphone> {
    setAudioSession(true);
    return this.input.open(options);
  }

  closeMicrophone(): void {
    this.input.close();
    setAudioSession(false);
  }

  publish(source: string): void {
    this.command({ type: 'publish', source });
  }

  unpublish(): void {
    this.command({ type: 'unpublish' });
  }

  // ---- keys ----

  setMic(state: Mic): void {
    this.send({ type: 'mic', state });
  }

  setOutput(to: 'A' | 'B' | 'C'): void {
    this.send({ type: 'output', to });
  }

  setInput(channel: number): void {
    this.send({ type: 'input', channel });
  }

  handover(action: HandoverAction): void {
    this.send({ type: 'handover', action });
  }

  setTrueFloor(on: boolean): void {
    this.send({ type: 'true_floor', on });
  }

  setSpeakToFloor(on: boolean): void {
    this.send({ type: 'speak_to_floor', on });
  }

  signal(what: Signal['what']): void {
    this.send({ type: 'signal', what });
  }

  chat(to: string, text: string): void {
    this.send({ type: 'chat', to, text });
  }

  operate(action: string, arguments_: Record<string, unknown> = {}): void {
    this.send({ ...arguments_, type: 'operate', action });
  }

  private send(message: ClientMessage): void {
    this.command({ type: 'send', message });
  }

  private command(command: Command, transfer: Transferable[] = []): void {
    this.worker.postMessage(command, transfer);
  }

  // ---- what the other threads tell ----

  private noticed(notice: Notice): void {
    switch (notice.type) {
      case 'event':
        if (notice.event === 'joined') this.joined = notice.value;
        if (notice.event === 'room') this.room = notice.value;
        return this.emitter.emit(notice.event, notice.value);
      case 'listened':
        return this.listened(notice.id, notice.problem);
      case 'clock':
        this.clockOffsetMs = notice.offset_ms;
        return;
      case 'media_clock':
        this.mediaClock = notice;
        return;
      case 'rendition':
        this.rendition = notice.rendition;
        return;
      case 'decoder':
        this.decoder = notice.decoder;
        return;
      case 'skipped':
        this.skippedMs += notice.ms;
        return;
    }
  }

  private listened(id: number, problem: string): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (problem) waiting?.reject(new Error(problem));
    else waiting?.resolve();
  }

  private reported(report: PlayerReport, earMs: number): void {
    const on = (report.track > 0 || report.bed.channel !== -1) && this.speaker.running;
    this.showPlaying(on, report.channel, toDb(report.peak));
    if (!on || report.track === 0) return;
    this.showHeard(report);
    const delayMs = this.delayMs(report, earMs);
    if (performance.now() - this.statsAt < STATS_MS || Number.isNaN(delayMs)) return;
    this.statsAt = performance.now();
    this.emitter.emit('stats', this.stats(report, delayMs));
  }

  private showPlaying(on: boolean, channel: Audible, peak_db: number): void {
    if (on || this.playing) this.emitter.emit('playing', { on, channel, peak_db });
    this.playing = on;
    if (!on) this.heard = '';
  }

  private showHeard({ channel, label }: PlayerReport): void {
    if (this.heard === `${channel} ${label}`) return;
    this.heard = `${channel} ${label}`;
    this.emitter.emit('heard', { channel, label: LABELS[label] ?? 'silent' });
  }

  private stats(report: PlayerReport, delayMs: number): PlayStats {
    return {
      channel: report.channel,
      rendition: this.rendition,
      delay_ms: delayMs,
      buffer_ms: report.bufferMs,
      jitter_ms: report.jitterMs,
      played: report.played,
      late: report.late,
      concealed: report.concealed,
      skipped_ms: report.skippedMs + this.skippedMs,
      decoder: this.decoder,
    };
  }

  /** From the moment when what is heard was due to the ear, both on the server's clock; NaN while that is not known. */
  private delayMs(report: PlayerReport, earMs: number): number {
    if (this.mediaClock?.clock !== report.clock) return NaN;
    return earMs + this.clockOffsetMs - (this.mediaClock.start_ms + report.mediaMs);
  }
}
