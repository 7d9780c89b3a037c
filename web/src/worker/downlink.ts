// What is heard: which channel was asked for, which streams come, and their way through a decoder into the player.
//
//     listen(2) --> {listen 2, instead_of 1} --> `listening` {stream 17} --> Stream: track, decoder --> player worklet
//                                                binary of stream 17 ------------^
//
// `desired` is what the person wants, whether there is a line or not; `asked` is what the server was told last. A new channel gets
// a new decoder and a new track; the old track is left to the player until it has cross-faded.
// Called by engine.ts. It never knows how the sound is played.

import { RATE } from '../lib/delay.js';
import { MediaClock } from '../lib/media-clock.js';
import { DOWN_HEADER, FLAG_HISTORY, LABELS, readDown, type ErrorMessage, type Listening, type Rendition } from '../lib/protocol.js';
import type { Notice, PlayerMessage, PlayerReport } from '../lib/threads.js';
import type { Connection } from './connection.js';
import type { Decoder, DecoderMaker } from './decoder.js';

/** Packets that let a new channel start at once: 160 ms, more than a good line's target. */
const HISTORY = 8;
/** What was fetched ahead and not listened to is left after this. */
const PREFETCH_MS = 3000;
/** What is on its way through an old decoder may still be heard. */
const DRAIN_MS = 200;
/** A server that knows the resume token says `listening` by itself within this. */
const RESUME_MS = 500;

export interface Tag {
  beat: number;
  label: number;
  history: boolean;
  arrivedMs: number;
}

interface Stream {
  number: number; // on the wire
  channel: number;
  rendition: Rendition;
  track: number; // in the player
  seq: number; // of the newest packet
  decoder: Decoder<Tag>;
}

interface Wish {
  id: number; // of the promise, 0 when nobody waits any more
  channel: number;
  rendition: Rendition;
}

export class Downlink {
  private readonly mediaClock = new MediaClock();
  private readonly streams = new Map<number, Stream>();
  private desired: Wish | null = null;
  private asked: { channel: number; rendition: Rendition } | null = null;
  private confirmed: { channel: number; rendition: Rendition } | null = null;
  private ahead: number | null = null; // a channel that is fetched ahead
  private aheadTimer: ReturnType<typeof setTimeout> | undefined;
  private selected: Stream | null = null;
  private lastTrack = 0;
  private epoch = 0;
  private player: MessagePort | null = null;
  private samples = 960; // of a frame
  private report: PlayerReport | null = null;
  private before: Pick<PlayerReport, 'played' | 'late' | 'concealed'> = { played: 0, late: 0, concealed: 0 }; // this channel

  constructor(
    private readonly connection: Pick<Connection, 'open' | 'send'>,
    private readonly makeDecoder: DecoderMaker<Tag>,
    private readonly notify: (notice: Notice) => void,
  ) {}

  // ---- what the page wants ----

  /** A player is there (or was rebuilt): it has to be told everything. */
  setPlayer(port: MessagePort | null): void {
    this.player?.close();
    this.player = port;
    this.report = null;
    this.before = { played: 0, late: 0, concealed: 0 };
    if (!port) return;
    port.onmessage = ({ data }: MessageEvent<PlayerReport>) => {
      this.report = data;
    };
    for (const stream of this.streams.values()) this.openTrack(stream);
    if (this.selected) this.post({ type: 'select', track: this.selected.track });
  }

  listen(id: number, channel: number, rendition: Rendition): void {
    this.answer('');
    this.desired = { id, channel, rendition };
    if (!this.connection.open) return; // remembered: joined() will ask
    const there = this.find(channel, rendition);
    if (there) this.useAhead(there);
    else this.ask();
  }

  /** Takes over a stream that comes already: fetched ahead, or the one that is heard. */
  private useAhead(stream: Stream): void {
    if (this.asked && this.asked.channel !== stream.channel) this.connection.send({ type: 'unlisten', channel: this.asked.channel });
    if (this.ahead === stream.channel) this.forgetAhead();
    this.asked = this.confirmed = { channel: stream.channel, rendition: stream.rendition };
    this.select(stream);
    this.answer('');
  }

  private ask(): void {
    if (!this.desired) return;
    const { channel, rendition } = this.desired;
    const instead = this.asked && this.asked.channel !== channel ? this.asked.channel : undefined;
    this.connection.send({ type: 'listen', channel, rendition, history: HISTORY, instead_of: instead });
    this.asked = { channel, rendition };
    if (this.ahead === channel) this.forgetAhead();
  }

  prefetch(channel: number, rendition: Rendition): void {
    const known = channel === this.ahead || channel === this.asked?.channel || this.find(channel, rendition);
    if (!this.connection.open || !this.desired || known) return;
    this.leaveAhead();
    this.ahead = channel;
    this.aheadTimer = setTimeout(() => this.leaveAhead(), PREFETCH_MS);
    this.connection.send({ type: 'listen', channel, rendition, history: HISTORY });
  }

  private leaveAhead(): void {
    if (this.ahead === null) return;
    this.connection.send({ type: 'unlisten', channel: this.ahead });
    for (const stream of [...this.streams.values()]) if (stream.channel === this.ahead) this.retire(stream);
    this.forgetAhead();
  }

  private forgetAhead(): void {
    clearTimeout(this.aheadTimer);
    this.ahead = null;
  }

  unlisten(): void {
    this.answer('');
    this.leaveAhead();
    if (this.asked) this.connection.send({ type: 'unlisten', channel: this.asked.channel });
    this.desired = this.asked = this.confirmed = this.selected = null;
    this.post({ type: 'select', track: 0 });
    for (const stream of [...this.streams.values()]) this.retire(stream);
  }

  // ---- what the server says ----

  /** For the resume: what was heard, and how far it came. */
  resumable(): { channel: number; rendition: Rendition; seq: number }[] {
    const stream = this.selected;
    return stream && this.desired?.channel === stream.channel ? [{ channel: stream.channel, rendition: stream.rendition, seq: stream.seq }] : [];
  }

  joined(resumed: boolean): void {
    const resuming = resumed ? this.resumable()[0] : undefined;
    this.epoch = 0; // this server vouches for its own
    this.asked = this.confirmed = resuming ? { channel: resuming.channel, rendition: resuming.rendition } : null;
    if (!resuming) return this.ask();
    // The server goes on by itself if it knows the token; if it does not, we ask as if for the first time.
    const before = this.selected;
    setTimeout(() => {
      if (this.selected !== before || this.asked?.channel !== resuming.channel || !this.connection.open) return;
      this.asked = null;
      this.ask();
    }, RESUME_MS);
  }

  lost(): void {
    this.forgetAhead();
    this.asked = this.confirmed = null;
    for (const stream of [...this.streams.values()]) this.retire(stream); // `selected` stays: the resume needs it
  }

  listening(message: Listening): void {
    if (this.mediaClock.anchor(message.seq, message.server_us, message.frame_ms)) this.tellClock(message);
    const samples = Math.round((message.frame_ms * RATE) / 1000);
    const stream: Stream = {
      number: message.stream,
      channel: message.channel,
      rendition: message.rendition,
      track: ++this.lastTrack,
      seq: message.seq - 1,
      decoder: this.makeDecoder(samples, (pcm, tag) => this.decoded(stream, pcm, tag)),
    };
    const replaced = this.streams.get(message.stream);
    if (replaced) this.retire(replaced);
    this.streams.set(message.stream, stream);
    this.samples = samples;
    this.openTrack(stream);
    if (message.channel === this.asked?.channel) this.confirmed = this.asked;
    if (message.channel === this.desired?.channel) this.select(stream);
    else if (message.channel !== this.ahead) this.retire(stream);
  }

  private tellClock(message: Listening): void {
    const beat = this.mediaClock.beatOf(message.seq) ?? 0;
    this.notify({ type: 'beat', clock: this.mediaClock.number, beat, server_ms: this.mediaClock.dueMs(beat), frame_ms: message.frame_ms });
  }

  /** The server refused to let us listen. */
  refused(error: ErrorMessage): void {
    if (error.code === 'not_listening') return this.askPlainly();
    if (error.channel !== undefined && error.channel === this.ahead) return this.forgetAhead();
    if (error.channel !== undefined && error.channel !== this.asked?.channel) return;
    this.asked = this.confirmed;
    this.answer(error.message || error.code);
  }

  /** What we thought to replace is not there (the line broke in between): ask without it. */
  private askPlainly(): void {
    this.asked = this.confirmed = null;
    this.ask();
  }

  /** A packet of sound. */
  sound(message: ArrayBuffer, arrivedMs: number): void {
    const header = readDown(message);
    const stream = header && this.streams.get(header.stream);
    if (!header || !stream || header.epoch < this.epoch || !this.player) return;
    this.epoch = header.epoch;
    stream.seq = header.seq;
    const beat = this.mediaClock.beatOf(header.seq);
    if (beat === null) return this.anotherClock(stream);
    const tag: Tag = { beat, label: LABELS.indexOf(header.label), history: (header.flags & FLAG_HISTORY) !== 0, arrivedMs };
    stream.decoder.decode(new Uint8Array(message, DOWN_HEADER), tag);
  }

  /** A seq from far away without a `listening` before it: only asking again tells what it means. */
  private anotherClock(stream: Stream): void {
    this.retire(stream);
    if (stream.channel !== this.desired?.channel) return;
    this.connection.send({ type: 'unlisten', channel: stream.channel });
    this.asked = null;
    this.ask();
  }

  // ---- to the player ----

  private decoded(stream: Stream, pcm: Float32Array, tag: Tag): void {
    const message: PlayerMessage = { type: 'frame', track: stream.track, ...tag, pcm };
    this.player?.postMessage(message, [pcm.buffer]);
    if (stream === this.selected && this.isDesired(stream)) this.answer('');
  }

  private isDesired({ channel, rendition }: Stream): boolean {
    return channel === this.desired?.channel && rendition === this.desired.rendition;
  }

  private openTrack(stream: Stream): void {
    this.post({ type: 'open', track: stream.track, channel: stream.channel, samples: this.samples, clock: this.mediaClock.number });
  }

  private select(stream: Stream): void {
    this.selected = stream;
    if (this.report) this.before = this.report;
    this.post({ type: 'select', track: stream.track });
    if (!this.player) this.answer('');
    for (const old of [...this.streams.values()]) if (old !== stream && old.channel !== this.ahead) this.retire(old);
  }

  /** No longer fed; the player keeps what it has until it has gone over to another. */
  private retire(stream: Stream): void {
    if (this.streams.get(stream.number) === stream) this.streams.delete(stream.number);
    this.post({ type: 'close', track: stream.track });
    setTimeout(() => stream.decoder.close(), DRAIN_MS);
  }

  private post(message: PlayerMessage): void {
    this.player?.postMessage(message);
  }

  private find(channel: number, rendition: Rendition): Stream | undefined {
    return [...this.streams.values()].find((stream) => stream.channel === channel && stream.rendition === rendition);
  }

  private answer(problem: string): void {
    if (!this.desired?.id) return;
    this.notify({ type: 'listened', id: this.desired.id, problem });
    this.desired.id = 0;
  }

  // ---- by the clock ----

  /** Ten times a second. */
  tick(): void {
    this.post({ type: 'tick' });
  }

  /** Once a second: what was really heard. */
  tell(): void {
    const { report, before, selected } = this;
    if (!report || !selected || report.channel !== selected.channel) return;
    this.connection.send({
      type: 'report',
      channel: report.channel,
      played: Math.max(0, report.played - before.played),
      buffer_ms: Math.round(report.bufferMs),
      late: Math.max(0, report.late - before.late),
      concealed: Math.max(0, report.concealed - before.concealed),
    });
  }
}
