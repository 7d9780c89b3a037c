// The neighbours of the worker's classes: a connection that only remembers, a port, a decoder and an encoder without Opus.

import { ServerClock } from '../../src/lib/clock.js';
import type { ClientMessage } from '../../src/lib/protocol.js';
import type { Decoder } from '../../src/worker/decoder.js';
import type { Encoder } from '../../src/worker/encoder.js';

export class FakeConnection {
  open = true;
  waitingBytes = 0;
  readonly clock = new ServerClock();
  readonly sent: ClientMessage[] = [];
  readonly sounds: ArrayBuffer[] = [];
  send(message: ClientMessage): void {
    if (this.open) this.sent.push(JSON.parse(JSON.stringify(message)) as ClientMessage);
  }
  sendSound(message: ArrayBuffer): void {
    this.sounds.push(message);
  }
  /** What was said since the last time. */
  said(): ClientMessage[] {
    return this.sent.splice(0);
  }
}

export class FakePort {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly posted: { type: string; [key: string]: unknown }[] = [];
  closed = false;
  postMessage(message: { type: string }): void {
    this.posted.push({ ...message });
  }
  close(): void {
    this.closed = true;
  }
  got(type: string): { [key: string]: unknown }[] {
    return this.posted.filter((message) => message.type === type);
  }
  get port(): MessagePort {
    return this as unknown as MessagePort;
  }
}

/** "Decodes" a packet to a frame that is filled with its first byte. */
export class FakeDecoder<Tag> implements Decoder<Tag> {
  closed = false;
  constructor(
    private readonly samples: number,
    private readonly output: (pcm: Float32Array, tag: Tag) => void,
  ) {}
  decode(packet: Uint8Array, tag: Tag): void {
    this.output(new Float32Array(this.samples).fill(packet[0] ?? 0), tag);
  }
  close(): void {
    this.closed = true;
  }
}

/** "Encodes" a frame to its first sample. */
export class FakeEncoder<Tag> implements Encoder<Tag> {
  readonly codec = 'opus';
  readonly bytesPerSecond = 12_000;
  closed = false;
  constructor(private readonly output: (packet: Uint8Array, tag: Tag) => void) {}
  encode(pcm: Float32Array, tag: Tag): void {
    this.output(Uint8Array.of(pcm[0] ?? 0), tag);
  }
  close(): void {
    this.closed = true;
  }
}
