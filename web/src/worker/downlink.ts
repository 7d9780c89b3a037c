// What is heard: which channels were asked for, by the person and of the server, and which of the streams that come is which.
//
//     listen(2) --> {listen 2, instead_of 1} --> `listening` --> Streams --> player: select
//     setBed(0) --> {listen 0} ----------------> `listening` --> Streams --> player: bed
//
// `desired` is what the person wants, whether there is a line or not; `asked` is what the server was told last for it. A new channel
// gets a new decoder and a new track; the old track is left to the player until it has cross-faded. The bed is a channel beside it.
// When both are the same channel there is one stream for both, and the player keeps the bed silent.
// A `listening` that nobody asked for is the server's: the line wants another rendition of that channel. It is handled as an answer is.
// "Channel" is said for whatever is listened to: a source is asked for, resumed and reported in the same way.
// Called by engine.ts. It never knows how the sound is played.

import { audibleOf, fieldsOf, type Audible, type ErrorMessage, type Listening, type RenditionWish, type ResumedListen } from '../lib/protocol.js';
import type { BedReport, Notice } from '../lib/threads.js';
import type { Connection } from './connection.js';
import type { DecoderMaker } from './decoder.js';
import { Streams, type Stream, type Tag } from './streams.js';

/** Packets that let a new channel start at once: 160 ms, more than a good line's target. */
const HISTORY = 8;
/** What was fetched ahead and not listened to is left after this. */
const PREFETCH_MS = 3000;
/** A server that knows the resume token says `listening` by itself within this. */
const RESUME_MS = 500;

interface Choice {
  channel: Audible;
  rendition: RenditionWish;
}
interface Wish extends Choice {
  id: number; // of the promise, 0 when nobody waits any more
}
interface Request extends Choice {
  what: 'main' | 'bed' | 'ahead';
  instead: Audible | undefined;
}
interface Resumable extends Choice {
  stream: Stream; // what came of it last
}
type Counts = Pick<BedReport, 'played' | 'late' | 'concealed'>;
const NONE: Counts = { played: 0, late: 0, concealed: 0 };

export class Downlink {
  private readonly streams: Streams;
  private desired: Wish | null = null;
  private asked: Choice | null = null;
  private confirmed: Choice | null = null;
  private selected: Stream | null = null;
  private bed: Audible | null = null;
  private bedStream: Stream | null = null;
  private ahead: Audible | null = null; // a channel that is fetched ahead
  private aheadTimer: ReturnType<typeof setTimeout> | undefined;
  private unanswered: Request[] = []; // in order, and so are the answers
  private before: Counts = NONE; // what the player had counted when this channel began
  private bedBefore: Counts = NONE;

  constructor(
    private readonly connection: Pick<Connection, 'open' | 'send'>,
    makeDecoder: DecoderMaker<Tag>,
    private readonly notify: (notice: Notice) => void,
  ) {
    this.streams = new Streams(makeDecoder, {
      decoded: (stream) => this.decoded(stream),
      astray: (stream) => this.astray(stream),
      notify,
    });
  }

  setPlayer(port: MessagePort | null): void {
    this.streams.setPlayer(port);
    this.before = this.bedBefore = NONE;
  }

  // ---- what the page wants: a channel ----

  listen(id: number, channel: Audible, rendition: RenditionWish): void {
    this.answer('');
    this.desired = { id, channel, rendition };
    if (!this.connection.open) return; // remembered: joined() will ask
    const there = this.coming(channel, rendition);
    if (there) this.useThere(there);
    else this.ask();
  }

  /** A stream of this channel that the server goes on sending. */
  private coming(channel: Audible, rendition?: RenditionWish): Stream | undefined {
    if (this.unanswered.some(({ instead }) => instead === channel)) return undefined; // it was told to stop
    return this.streams.find(channel, rendition);
  }

  /** Takes over a stream that comes already: fetched ahead, the bed's, or the one that is heard. */
  private useThere(stream: Stream): void {
    const { channel, wish: rendition } = stream;
    if (this.asked && this.asked.channel !== channel && this.asked.channel !== this.bed) this.leave(this.asked.channel);
    if (this.ahead === channel) this.forgetAhead();
    this.asked = this.confirmed = { channel, rendition };
    this.select(stream);
    this.answer('');
  }

  private ask(): void {
    if (!this.desired) return;
    const { channel, rendition } = this.desired;
    const old = this.asked?.channel;
    this.asked = { channel, rendition };
    this.request('main', this.asked, old !== channel && old !== this.bed ? old : undefined);
    if (this.ahead === channel) this.forgetAhead();
  }

  private request(what: Request['what'], { channel, rendition }: Choice, instead?: Audible): void {
    this.unanswered.push({ what, channel, rendition, instead });
    this.connection.send({ type: 'listen', ...fieldsOf(channel), rendition, history: HISTORY, instead_of: instead });
  }

  private leave(channel: Audible): void {
    this.connection.send({ type: 'unlisten', ...fieldsOf(channel) });
  }

  unlisten(): void {
    this.answer('');
    this.leaveAhead();
    if (this.asked && this.asked.channel !== this.bed) this.leave(this.asked.channel);
    this.desired = this.asked = this.confirmed = null;
    this.select(null);
  }

  // ---- what the page may want next ----

  prefetch(channel: Audible, rendition: RenditionWish): void {
    const known = [this.ahead, this.bed, this.asked?.channel].includes(channel) || this.streams.find(channel, rendition);
    if (!this.connection.open || !this.desired || known) return;
    this.leaveAhead();
    this.ahead = channel;
    this.aheadTimer = setTimeout(() => this.leaveAhead(), PREFETCH_MS);
    this.request('ahead', { channel, rendition });
  }

  private leaveAhead(): void {
    if (this.ahead === null) return;
    this.leave(this.ahead);
    this.forgetAhead();
    this.tidy();
  }

  private forgetAhead(): void {
    clearTimeout(this.aheadTimer);
    this.ahead = null;
  }

  // ---- what the page wants under it ----

  setBed(channel: Audible | null): void {
    const old = this.bed;
    if (channel === old) return;
    this.bed = channel;
    if (channel === null) this.putBed(null);
    else this.askBed();
    if (old !== null) this.leaveBed(old);
  }

  private askBed(): void {
    const channel = this.bed;
    if (channel === null || !this.connection.open) return;
    if (this.ahead === channel) this.forgetAhead();
    const there = this.coming(channel);
    if (there) this.putBed(there);
    else if (!this.unanswered.some((request) => request.channel === channel)) this.request('bed', { channel, rendition: this.bedRendition });
  }

  /** The bed goes by the same line as what is above it; it need not be better than standard. */
  private get bedRendition(): RenditionWish {
    const rendition = this.desired?.rendition;
    return rendition === 'auto' || rendition === 'saver' ? rendition : 'standard';
  }

  /** The bed is another channel now; it is heard until the new one is there. */
  private leaveBed(old: Audible): void {
    if (old === this.asked?.channel) return;
    const replaced = this.asked && this.asked !== this.confirmed && this.confirmed?.channel === old;
    if (replaced) this.request('main', this.asked!, old); // until that is answered it is what is heard
    else this.leave(old);
  }

  // ---- what the server says ----

  /** For the resume: what was heard, and how far it came. */
  listens(): ResumedListen[] {
    return this.resumable().map(({ channel, rendition, stream }) => {
      const chosen = { rendition: stream.rendition, seq: stream.seq };
      return { ...fieldsOf(channel), ...(rendition === 'auto' ? { ...chosen, auto: true } : chosen) };
    });
  }

  private resumable(): Resumable[] {
    const { selected, bedStream } = this;
    const main = selected?.channel === this.desired?.channel ? selected : null;
    const bed = bedStream?.channel === this.bed && bedStream?.channel !== main?.channel ? bedStream : null;
    return [main, bed].flatMap((newest) => {
      const stream = newest?.before ?? newest; // what it was to go over to has not come
      return stream ? [{ channel: stream.channel, rendition: stream.wish, stream }] : [];
    });
  }

  /** serverUs: the server's clock when it let us in. */
  joined(resumed: boolean, serverUs: number): void {
    this.streams.joined(serverUs);
    this.unanswered = [];
    const resuming = resumed ? this.resumable() : [];
    const main = resuming.find(({ channel }) => channel === this.desired?.channel);
    this.asked = this.confirmed = main ? { channel: main.channel, rendition: main.rendition } : null;
    if (!main) this.ask();
    if (!resuming.some(({ channel }) => channel === this.bed)) this.askBed();
    if (resuming.length > 0) this.askAgainLater();
  }

  /** The server goes on by itself if it knows the token; if it does not, we ask as if for the first time. */
  private askAgainLater(): void {
    const { asked, selected, bed, bedStream } = this;
    setTimeout(() => {
      if (!this.connection.open) return;
      if (asked && this.asked === asked && this.selected === selected) {
        this.asked = null;
        this.ask();
      }
      if (this.bed === bed && this.bedStream === bedStream) this.askBed();
    }, RESUME_MS);
  }

  lost(): void {
    this.forgetAhead();
    this.asked = this.confirmed = null;
    this.unanswered = [];
    for (const stream of this.streams.all()) this.streams.retire(stream); // `selected` and `bedStream` stay: the resume needs them
  }

  listening(message: Listening): void {
    const channel = audibleOf(message);
    if (channel === undefined) return;
    const request = this.unanswered[0]?.channel === channel ? this.unanswered.shift() : undefined;
    const stream = this.streams.open(message, request?.rendition ?? this.wished(channel) ?? message.rendition);
    if (channel === this.asked?.channel) this.confirmed = this.asked;
    if (channel === this.bed) this.putBed(stream);
    if (channel === this.desired?.channel) this.select(stream);
    else if (channel !== this.bed && channel !== this.ahead) this.streams.retire(stream);
  }

  /** What was asked for when a channel that comes, or came on the last line, was asked for. */
  private wished(channel: Audible): RenditionWish | undefined {
    const { selected, bedStream } = this;
    return [this.streams.find(channel), selected, bedStream].find((stream) => stream?.channel === channel)?.wish;
  }

  /** The server refused to let us listen. */
  refused(error: ErrorMessage): void {
    if (error.code === 'skipped') return; // about listening, but no answer
    const { what, channel } = this.unanswered.shift() ?? { what: 'main', channel: this.asked?.channel };
    if (what === 'ahead') return this.forgetAhead();
    if (what === 'bed') return this.bedRefused(channel);
    if (channel !== this.asked?.channel) return; // another one was asked for since
    if (error.code === 'not_listening') return this.askAnew();
    this.asked = this.confirmed;
    if (!this.confirmed) this.select(null);
    this.answer(error.message || error.code);
  }

  private bedRefused(channel: Audible | undefined): void {
    if (channel === this.bed) this.putBed(null);
  }

  /** What we thought to replace is not there (it was refused, the line broke in between): asks in the place of what was there before. */
  private askAnew(): void {
    this.asked = this.confirmed;
    this.confirmed = null;
    this.ask();
  }

  /** A packet of sound. */
  sound(message: ArrayBuffer, arrivedMs: number): void {
    this.streams.sound(message, arrivedMs);
  }

  private astray(stream: Stream): void {
    this.streams.retire(stream);
    const { channel } = stream;
    if (channel !== this.desired?.channel && channel !== this.bed) return;
    this.leave(channel);
    if (channel !== this.desired?.channel) return this.askBed();
    this.asked = null;
    this.ask();
  }

  // ---- to the player ----

  private decoded(stream: Stream): void {
    if (stream !== this.selected || !this.desired) return;
    if (stream.channel === this.desired.channel && stream.wish === this.desired.rendition) this.answer('');
  }

  private select(stream: Stream | null): void {
    const goesOn = stream?.before && stream.before === this.selected; // the same, in another rendition
    this.selected = stream;
    if (!goesOn) this.before = this.streams.report ?? NONE;
    if (stream) this.notify({ type: 'rendition', rendition: stream.rendition });
    this.streams.put('select', stream);
    if (!this.streams.hasPlayer) this.answer('');
    this.tidy();
  }

  private putBed(stream: Stream | null): void {
    const goesOn = stream?.before && stream.before === this.bedStream;
    this.bedStream = stream;
    if (!goesOn) this.bedBefore = this.streams.report?.bed ?? NONE;
    this.streams.put('bed', stream);
    this.tidy();
  }

  /** Leaves the streams that are neither heard nor about to be. */
  private tidy(): void {
    const { selected, bedStream, ahead } = this;
    const kept = [selected, selected?.before, bedStream, bedStream?.before];
    for (const stream of this.streams.all()) {
      if (!kept.includes(stream) && stream.channel !== ahead) this.streams.retire(stream);
    }
  }

  private answer(problem: string): void {
    if (!this.desired?.id) return;
    this.notify({ type: 'listened', id: this.desired.id, problem });
    this.desired.id = 0;
  }

  // ---- by the clock ----

  /** Ten times a second. */
  tick(): void {
    this.streams.tick();
  }

  /** Once a second: what was really heard. */
  tell(): void {
    const { report } = this.streams;
    if (!report) return;
    if (report.channel === this.selected?.channel) this.tellOf(report, this.before);
    if (report.bed.channel === this.bedStream?.channel) this.tellOf(report.bed, this.bedBefore);
  }

  private tellOf(now: BedReport, before: Counts): void {
    this.connection.send({
      type: 'report',
      ...fieldsOf(now.channel),
      played: Math.max(0, now.played - before.played),
      buffer_ms: Math.round(now.bufferMs),
      late: Math.max(0, now.late - before.late),
      concealed: Math.max(0, now.concealed - before.concealed),
    });
  }
}
