// What is said: frames of the microphone, encoded, numbered, stamped with the time they were captured, and sent as one source.
//
//     capture worklet --> Captured --> encoder --> header: seq, captured_us on the server's clock --> socket
//
// The seq follows the microphone's own count: what was not sent is missing in it, so that the server sees true time. When the line
// is slower than the sound, frames are dropped here: old words that arrive late help nobody.
// Called by engine.ts. It publishes again by itself after the line was down.

import { CaptureClock } from '../lib/clock.js';
import { RATE } from '../audio/delay.js';
import { makeUp, type ErrorMessage, type Publishing } from '../lib/protocol.js';
import type { Uplink as UplinkState } from '../lib/session.js';
import type { Captured } from '../lib/threads.js';
import type { Connection } from './connection.js';
import type { Encoder, EncoderMaker } from './encoder.js';
import { nowMs } from './time.js';

const FRAME = 960;
/** More than this much sound waiting in the socket: the line is too slow. */
const WAITING_S = 0.5;
const HEADERS_PER_S = 50 * 24;
/** After a reconnection the server may still hold our seat for the dead line: try again for a while. */
const RETRY_MS = 1000;
const RETRIES = 15;

export interface Tag {
  seq: number;
  capturedMs: number;
}

export class Uplink {
  private source = '';
  private stream = -1; // -1: not open
  private sent = 0;
  private retries = 0;
  private wasOpen = false;
  private nextSeq = -1;
  private encoder: Encoder<Tag> | null = null;
  private captureClock = new CaptureClock(RATE);
  private microphone: MessagePort | null = null;

  constructor(
    private readonly connection: Pick<Connection, 'open' | 'send' | 'sendSound' | 'waitingBytes' | 'clock'>,
    private readonly makeEncoder: EncoderMaker<Tag>,
    private readonly show: (state: UplinkState) => void,
  ) {}

  setMicrophone(port: MessagePort | null): void {
    this.microphone?.close();
    this.microphone = port;
    this.captureClock = new CaptureClock(RATE);
    this.nextSeq = -1;
    if (port) port.onmessage = ({ data }: MessageEvent<Captured>) => this.captured(data);
  }

  publish(source: string): void {
    if (this.source) this.unpublish();
    this.source = source;
    this.wasOpen = false;
    this.retries = 0;
    this.sent = 0;
    this.encoder = this.makeEncoder((packet, tag) => this.encoded(packet, tag));
    this.ask();
  }

  unpublish(): void {
    if (!this.source) return;
    this.connection.send({ type: 'unpublish', source: this.source });
    this.end();
    this.show({ state: 'closed' });
  }

  private end(): void {
    this.source = '';
    this.stream = -1;
    this.encoder?.close();
    this.encoder = null;
  }

  private ask(): void {
    if (!this.source || !this.encoder) return;
    this.show(this.wasOpen ? { state: 'interrupted', source: this.source } : { state: 'opening', source: this.source });
    this.connection.send({ type: 'publish', source: this.source, codec: this.encoder.codec, rate: RATE, channels: 1 });
  }

  // ---- what the server says ----

  joined(): void {
    this.retries = 0;
    this.ask();
  }

  publishing(message: Publishing): void {
    if (!this.source) return;
    this.stream = message.stream;
    this.wasOpen = true;
    this.nextSeq = -1;
    this.tell();
  }

  refused(error: ErrorMessage): void {
    if (!this.source || this.stream >= 0) return;
    if (this.wasOpen && this.retries++ < RETRIES) {
      setTimeout(() => this.stream < 0 && this.connection.open && this.ask(), RETRY_MS);
      return;
    }
    const { source } = this;
    this.end();
    this.show({ state: 'failed', source, error });
  }

  lost(): void {
    if (!this.source) return;
    this.stream = -1;
    if (this.wasOpen) this.show({ state: 'interrupted', source: this.source });
  }

  /** Once a second: how it goes. */
  tell(): void {
    if (this.stream >= 0) this.show({ state: 'open', source: this.source, sent: this.sent });
  }

  // ---- sound ----

  private captured({ frame, pcm }: Captured): void {
    this.captureClock.add(frame + pcm.length, nowMs());
    if (this.stream < 0 || !this.encoder || this.slow(this.encoder)) return;
    this.encoder.encode(pcm, { seq: Math.round(frame / FRAME), capturedMs: this.captureClock.timeMs(frame) });
  }

  private slow(encoder: Encoder<Tag>): boolean {
    return this.connection.waitingBytes > (encoder.bytesPerSecond + HEADERS_PER_S) * WAITING_S;
  }

  private encoded(packet: Uint8Array, { seq, capturedMs }: Tag): void {
    if (this.stream < 0) return;
    const jumped = this.nextSeq >= 0 && seq !== this.nextSeq;
    this.nextSeq = seq + 1;
    this.sent++;
    this.connection.sendSound(makeUp(this.stream, seq, this.connection.clock.toServerUs(capturedMs), packet, jumped));
  }
}
