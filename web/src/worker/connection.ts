// The WebSocket, and the will to have one: joins, pings, and comes back by itself.
//
//     waiting --timer, online--> connecting --joined--> open --closed--> waiting
//                                     \---- closed with 1008 -----> refused (the end)
//
// It knows the first and the last message of a connection (join, joined, error) and the clock exchange; all others it hands on.
// Called by engine.ts. It never looks into sound.

import { Backoff } from '../lib/backoff.js';
import { ServerClock } from '../lib/clock.js';
import { SUBPROTOCOL, type ClientMessage, type ErrorMessage, type Joined, type ResumedListen, type ServerMessage } from '../lib/protocol.js';
import type { Line } from '../lib/session.js';
import { nowMs } from './time.js';

const REFUSED = 1008;
const RETRY = 1013;
const LINE_DEAD = 1006;
const PING_EVERY_MS = 1000;
/** The first pings come faster, so that the clock is known when the first sound is. */
const FIRST_PINGS = 5;
const FIRST_PING_EVERY_MS = 150;
/** Nothing for this long, not even a pong: the line is dead, whatever the system believes. */
const DEAD_MS = 5000;
/** A connection that has held this long was a good one: the next attempt is the first again. */
const GOOD_MS = 5000;

export interface ConnectionOptions {
  url: string;
  room: string;
  ticket?: string;
  name?: string;
}

export interface ConnectionEvents {
  /** What was heard, for the server to go on with it. */
  listens(): ResumedListen[];
  joined(joined: Joined, resumed: boolean): void;
  message(message: ServerMessage): void;
  sound(message: ArrayBuffer, arrivedMs: number): void;
  lost(): void;
  line(line: Line): void;
}

export class Connection {
  readonly clock = new ServerClock();
  private socket: WebSocket | null = null;
  private readonly backoff = new Backoff();
  private isOpen = false; // joined
  private wasIn = false; // ever joined
  private closed = false; // by us, for good
  private resume = ''; // the token of the last `joined`
  private resuming = false;
  private retryAfterMs = 0;
  private lastError: ErrorMessage | null = null;
  private joinSentMs = 0;
  private openedMs = 0;
  private heardMs = 0; // the last sign of life
  private pings = 0;
  private timer: ReturnType<typeof setTimeout> | undefined; // of the next attempt, or the next ping

  constructor(
    private readonly options: ConnectionOptions,
    private readonly events: ConnectionEvents,
  ) {}

  get open(): boolean {
    return this.isOpen;
  }
  /** Bytes that wait in the browser because the line is slow. */
  get waitingBytes(): number {
    return this.socket?.bufferedAmount ?? 0;
  }

  start(): void {
    if (!this.closed) this.connect();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.close(1000);
    this.socket = null;
    this.isOpen = false;
  }

  /** The system says that there is a network: no reason to wait any longer. */
  online(): void {
    if (this.socket || this.closed) return;
    this.backoff.reset();
    this.connect();
  }

  send(message: ClientMessage): void {
    if (this.isOpen) this.socket?.send(JSON.stringify(message));
  }

  sendSound(message: ArrayBuffer): void {
    if (this.isOpen) this.socket?.send(message);
  }

  private connect(): void {
    clearTimeout(this.timer);
    this.events.line({ state: 'connecting' });
    this.lastError = null;
    this.heardMs = nowMs();
    const socket = new WebSocket(this.options.url, SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.join();
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.received(data);
    socket.onclose = ({ code }) => this.ended(socket, code);
    this.socket = socket;
    this.watch(socket);
  }

  private join(): void {
    const { room, ticket, name } = this.options;
    this.joinSentMs = nowMs();
    this.resuming = this.resume !== '';
    const resume = this.resuming ? { token: this.resume, listens: this.events.listens() } : undefined;
    this.socket?.send(JSON.stringify({ type: 'join', room, ticket, name, resume } satisfies ClientMessage));
  }

  private received(data: string | ArrayBuffer): void {
    const arrivedMs = nowMs();
    this.heardMs = arrivedMs;
    if (typeof data !== 'string') return this.events.sound(data, arrivedMs);
    const message = parse(data);
    if (message) this.dispatch(message, arrivedMs);
  }

  private dispatch(message: ServerMessage, arrivedMs: number): void {
    switch (message.type) {
      case 'joined':
        this.joined(message, arrivedMs);
        return;
      case 'pong':
        this.clock.add(message.t, arrivedMs, message.server_us);
        this.events.line({ state: 'open', rtt_ms: this.clock.rttMs });
        return;
      case 'error':
        this.lastError = message;
        this.retryAfterMs = message.retry_after_ms ?? 0;
    }
    this.events.message(message);
    if (message.type === 'error' && message.about === 'join' && !this.isOpen) this.notLetIn(message);
  }

  /** The answer to `join` is no. Not every no closes the line, and there is nothing to wait for on it. */
  private notLetIn({ code }: ErrorMessage): void {
    const socket = this.socket;
    if (!socket) return;
    socket.close();
    // A seat that we had is held for us by a line that the server does not know to be dead: it will find out.
    this.ended(socket, code === 'taken' && this.wasIn ? RETRY : REFUSED);
  }

  private joined(joined: Joined, arrivedMs: number): void {
    this.isOpen = true;
    this.wasIn = true;
    this.openedMs = arrivedMs;
    this.resume = joined.resume;
    this.clock.reset();
    this.clock.add(this.joinSentMs, arrivedMs, joined.server_us);
    this.events.line({ state: 'open', rtt_ms: this.clock.rttMs });
    this.events.joined(joined, this.resuming);
    this.resuming = false;
    this.pings = 0;
    this.ping();
  }

  private ping(): void {
    clearTimeout(this.timer);
    if (!this.isOpen) return;
    this.send({ type: 'ping', t: nowMs() });
    this.timer = setTimeout(() => this.ping(), ++this.pings < FIRST_PINGS ? FIRST_PING_EVERY_MS : PING_EVERY_MS);
  }

  /** Gives a dead line up: browsers may take minutes to notice one. */
  private watch(socket: WebSocket): void {
    const timer = setInterval(() => {
      if (socket !== this.socket) return clearInterval(timer);
      if (nowMs() - this.heardMs < DEAD_MS) return;
      socket.close();
      this.ended(socket, LINE_DEAD); // its own event may come much later
    }, 1000);
  }

  private ended(socket: WebSocket, code: number): void {
    if (socket !== this.socket) return;
    this.socket = null;
    clearTimeout(this.timer);
    const wasOpen = this.isOpen;
    this.isOpen = false;
    if (wasOpen) this.events.lost();
    if (this.closed) return;
    if (code === REFUSED) return this.refused();
    if (wasOpen && nowMs() - this.openedMs > GOOD_MS) this.backoff.reset();
    this.wait();
  }

  private refused(): void {
    if (this.resuming) {
      // Perhaps it was the resume token that is too old: once more without it.
      this.resume = '';
      this.resuming = false;
      return this.wait();
    }
    this.closed = true;
    const error = this.lastError ?? { type: 'error', code: 'refused', message: 'The server refused the connection.', about: 'join' };
    this.events.line({ state: 'refused', error });
  }

  private wait(): void {
    const retryMs = this.backoff.nextMs(this.retryAfterMs);
    this.retryAfterMs = 0;
    this.events.line({ state: 'waiting', retry_in_ms: Math.round(retryMs), attempt: this.backoff.attempt });
    this.timer = setTimeout(() => this.connect(), retryMs);
  }
}

/** A message of the server; null when it is none that can be read: clients ignore what they do not know. */
function parse(text: string): ServerMessage | null {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null && 'type' in message ? (message as ServerMessage) : null;
  } catch {
    return null;
  }
}
