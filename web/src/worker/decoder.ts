// Opus packets to PCM: by the browser's own decoder (WebCodecs) where there is one, else by WASM, which is loaded only then.
//
// A decoder belongs to one stream. Each packet carries a tag that comes back with its sound. Timestamps of the browser are not
// trusted (Safari snaps them): outputs are matched to packets by order and by number of samples. A malformed packet ends a
// WebCodecs decoder; it is replaced, and one or two frames are lost. Never flushed while a stream runs.

import { RATE } from '../audio/delay.js';

export type DecoderKind = 'webcodecs' | 'wasm';

export interface Decoder<Tag> {
  decode(packet: Uint8Array, tag: Tag): void;
  close(): void;
}

type Output<Tag> = (pcm: Float32Array, tag: Tag) => void;
/** Makes a decoder for frames of that many samples. */
export type DecoderMaker<Tag> = (samples: number, output: Output<Tag>) => Decoder<Tag>;

const CONFIG: AudioDecoderConfig = { codec: 'opus', sampleRate: RATE, numberOfChannels: 1 };
/** More than this waiting means that its outputs will never come. */
const WAITING_MAX = 100;

/** Which decoder this browser gets; loads the WASM one when it is that. */
export async function chooseDecoder(forceWasm: boolean): Promise<DecoderKind> {
  if (!forceWasm && typeof AudioDecoder !== 'undefined' && (await AudioDecoder.isConfigSupported(CONFIG)).supported) return 'webcodecs';
  await loadWasm();
  return 'wasm';
}

export function decoderMaker<Tag>(kind: DecoderKind): DecoderMaker<Tag> {
  return (samples, output) => (kind === 'webcodecs' ? new BrowserDecoder(samples, output) : new WasmDecoder(output));
}

class BrowserDecoder<Tag> implements Decoder<Tag> {
  private decoder: AudioDecoder;
  private tags: Tag[] = [];
  private packets = 0;
  private closed = false;

  constructor(
    private readonly samples: number, // of a frame
    private readonly output: Output<Tag>,
  ) {
    this.decoder = this.open();
  }

  private open(): AudioDecoder {
    const decoder: AudioDecoder = new AudioDecoder({
      output: (data) => this.decoded(decoder, data),
      error: () => decoder === this.decoder && this.reopen(),
    });
    decoder.configure(CONFIG);
    return decoder;
  }

  private reopen(): void {
    if (this.closed) return;
    this.tags = [];
    this.packets = 0;
    this.decoder = this.open();
  }

  decode(packet: Uint8Array, tag: Tag): void {
    if (packet.byteLength === 0 || this.closed) return; // an empty packet would end the decoder
    if (this.decoder.state !== 'configured' || this.tags.length > WAITING_MAX) this.reopen();
    this.tags.push(tag);
    const timestamp = Math.round((this.packets++ * this.samples * 1e6) / RATE);
    this.decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp, data: packet }));
  }

  private decoded(decoder: AudioDecoder, data: AudioData): void {
    const all = new Float32Array(data.numberOfFrames);
    data.copyTo(all, { planeIndex: 0, format: 'f32-planar' });
    data.close();
    if (decoder !== this.decoder || this.closed) return;
    // One output for each packet is the rule; one for several would be cut up, and a short first one stands at its packet's end.
    for (let from = 0; from < all.length; from += this.samples) this.give(all.subarray(from, from + this.samples));
  }

  private give(piece: Float32Array): void {
    const tag = this.tags.shift();
    if (tag === undefined) return;
    const pcm = new Float32Array(this.samples);
    pcm.set(piece, this.samples - piece.length);
    this.output(pcm, tag);
  }

  close(): void {
    this.closed = true;
    if (this.decoder.state !== 'closed') this.decoder.close();
  }
}

// ---- WASM ----

type OpusModule = typeof import('opus-decoder');
type Instance = InstanceType<OpusModule['OpusDecoder']>;

/** Decoders that are ready: one is always kept, because making one takes longer than a change of channel may. */
const spares: Instance[] = [];

async function loadWasm(): Promise<void> {
  spares.push(await makeInstance());
}

async function makeInstance(): Promise<Instance> {
  const { OpusDecoder } = await import('opus-decoder');
  const instance = new OpusDecoder({ channels: 1 });
  await instance.ready;
  return instance;
}

async function takeInstance(): Promise<Instance> {
  const spare = spares.pop();
  if (!spare) return makeInstance();
  void loadWasm();
  return spare;
}

class WasmDecoder<Tag> implements Decoder<Tag> {
  private instance: Instance | null = null;
  private waiting: { packet: Uint8Array; tag: Tag }[] = [];
  private closed = false;

  constructor(private readonly output: Output<Tag>) {
    void this.open();
  }

  private async open(): Promise<void> {
    this.instance = await takeInstance();
    if (this.closed) return this.close();
    for (const { packet, tag } of this.waiting.splice(0)) this.decode(packet, tag);
  }

  decode(packet: Uint8Array, tag: Tag): void {
    if (packet.byteLength === 0 || this.closed) return;
    if (!this.instance) {
      if (this.waiting.length < WAITING_MAX) this.waiting.push({ packet, tag });
      return;
    }
    const { channelData, samplesDecoded } = this.instance.decodeFrame(packet);
    const pcm = channelData[0];
    if (pcm && samplesDecoded > 0) this.output(pcm.slice(0, samplesDecoded), tag);
  }

  close(): void {
    this.closed = true;
    this.instance?.free();
    this.instance = null;
  }
}
