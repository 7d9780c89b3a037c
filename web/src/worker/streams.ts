// The streams that come, each on its way through a decoder of its own into a track of the player.
//
//     `listening` {stream 17} --> Stream: track, decoder;     binary of stream 17 --> decoder --> frame --> player worklet
//
// A channel that comes in another rendition from now on has a stream of its own for that. The one before it is fed on until the first
// packet of the new one that is no history: the server ends it exactly there, and until then it is what is heard.
//
// Called by Downlink, which decides what is to come and what is to be heard. It never asks the server for anything.

import { RATE } from '../audio/delay.js';
import { MediaClock } from '../lib/media-clock.js';
import { audibleOf, DOWN_HEADER, FLAG_HISTORY, LABELS, readDown, type Audible, type Listening, type Rendition, type RenditionWish } from '../lib/protocol.js';
import type { Notice, PlayerMessage, PlayerReport } from '../lib/threads.js';
import type { Decoder, DecoderMaker } from './decoder.js';

/** What is on its way through an old decoder may still be heard. */
const DRAIN_MS = 200;

export interface Tag {
  beat: number;
  label: number;
  history: boolean;
  arrivedMs: number;
}

export interface Stream {
  number: number; // on the wire
  channel: Audible;
  rendition: Rendition;
  wish: RenditionWish; // what was asked for
  frameMs: number; // of a packet
  track: number; // in the player
  seq: number; // of the newest packet
  decoder: Decoder<Tag>;
  before: Stream | null; // the same channel in another rendition, until this one goes on
}

export interface StreamEvents {
  /** A frame of it has gone to the player. */
  decoded(stream: Stream): void;
  /** Its seq has jumped so far that only asking again tells what it means. */
  astray(stream: Stream): void;
  notify(notice: Notice): void;
}

/** Which of the player's two places: what is heard, or the bed under it. */
export type Place = 'select' | 'bed';

export class Streams {
  /** The newest of the player that is there now. */
  report: PlayerReport | null = null;
  private readonly mediaClock = new MediaClock();
  private readonly streams = new Map<number, Stream>();
  private readonly places: Record<Place, number> = { select: 0, bed: 0 }; // tracks
  private lastTrack = 0;
  private epoch = 0;
  private joinedMs = -Infinity; // on the server's clock
  private player: MessagePort | null = null;

  constructor(
    private readonly makeDecoder: DecoderMaker<Tag>,
    private readonly events: StreamEvents,
  ) {}

  get hasPlayer(): boolean {
    return this.player !== null;
  }

  /** A player is there (or was rebuilt): it has to be told everything. */
  setPlayer(port: MessagePort | null): void {
    this.player?.close();
    this.player = port;
    this.report = null;
    if (!port) return;
    port.onmessage = ({ data }: MessageEvent<PlayerReport>) => {
      this.report = data;
    };
    for (const stream of this.streams.values()) this.openTrack(stream);
    for (const place of ['select', 'bed'] as const) if (this.places[place] > 0) this.post({ type: place, track: this.places[place] });
  }

  /** From now on this stream is heard there, as soon as it can; null: nothing. */
  put(place: Place, stream: Stream | null): void {
    this.places[place] = stream?.track ?? 0;
    this.post({ type: place, track: this.places[place] });
  }

  tick(): void {
    this.post({ type: 'tick' });
  }

  private post(message: PlayerMessage): void {
    this.player?.postMessage(message);
  }

  // ---- streams ----

  /** The newest stream of a channel. */
  find(channel: Audible, wish?: RenditionWish): Stream | undefined {
    return this.all().reverse().find((stream) => stream.channel === channel && (!wish || stream.wish === wish));
  }

  /** A list that stays as it is while streams come and go. */
  all(): Stream[] {
    return [...this.streams.values()];
  }

  /** There is a new line: this server vouches for its own epochs, and what is older than now says nothing about it. */
  joined(serverUs: number): void {
    this.epoch = 0;
    this.joinedMs = serverUs / 1000;
    this.post({ type: 'line' });
  }

  /** The server has begun to send a channel, because we wished it; what came of that channel before will be over. */
  open(message: Listening, wish: RenditionWish): Stream {
    if (this.mediaClock.anchor(message.seq, message.server_us, message.frame_ms)) this.tellClock();
    const channel = audibleOf(message) ?? -1;
    const replaced = this.streams.get(message.stream);
    if (replaced) this.retire(replaced);
    const stream: Stream = {
      number: message.stream,
      channel,
      rendition: message.rendition,
      wish,
      frameMs: message.frame_ms,
      track: ++this.lastTrack,
      seq: message.seq - 1,
      decoder: this.makeDecoder(samplesOf(message.frame_ms), (pcm, tag) => this.decoded(stream, pcm, tag)),
      before: this.find(channel) ?? null,
    };
    if (stream.before?.before) this.retire(stream.before.before);
    this.streams.set(stream.number, stream);
    this.openTrack(stream);
    return stream;
  }

  private tellClock(): void {
    this.events.notify({ type: 'media_clock', clock: this.mediaClock.number, start_ms: this.mediaClock.startMs });
  }

  private openTrack(stream: Stream): void {
    this.post({ type: 'open', track: stream.track, channel: stream.channel, samples: samplesOf(stream.frameMs), clock: this.mediaClock.number });
  }

  /** No longer fed; the player keeps what it has until it has gone over to another. */
  retire(stream: Stream): void {
    if (this.streams.get(stream.number) === stream) this.streams.delete(stream.number);
    this.post({ type: 'close', track: stream.track });
    setTimeout(() => stream.decoder.close(), DRAIN_MS);
  }

  // ---- sound ----

  /** A packet of sound. */
  sound(message: ArrayBuffer, arrivedMs: number): void {
    const header = readDown(message);
    const stream = header && this.streams.get(header.stream);
    if (!header || !stream || header.epoch < this.epoch || !this.player) return;
    if (this.epoch > 0 && header.epoch > this.epoch) this.post({ type: 'line' }); // another server speaks for the room
    this.epoch = header.epoch;
    stream.seq = header.seq;
    const beat = this.mediaClock.beatOf(header.seq, stream.frameMs);
    if (beat === null) return this.events.astray(stream);
    const old = (header.flags & FLAG_HISTORY) !== 0;
    if (!old) this.goesOn(stream);
    const history = old || this.mediaClock.dueMs(beat, stream.frameMs) < this.joinedMs;
    stream.decoder.decode(new Uint8Array(message, DOWN_HEADER), { beat, label: LABELS.indexOf(header.label), history, arrivedMs });
  }

  /** It has taken over from the one before. */
  private goesOn(stream: Stream): void {
    if (stream.before) this.retire(stream.before);
    stream.before = null;
  }

  private decoded(stream: Stream, pcm: Float32Array, tag: Tag): void {
    const message: PlayerMessage = { type: 'frame', track: stream.track, ...tag, pcm };
    this.player?.postMessage(message, [pcm.buffer]);
    this.events.decoded(stream);
  }
}

function samplesOf(frameMs: number): number {
  return Math.round((frameMs * RATE) / 1000);
}
