// PCM to what goes up: Opus where the browser has an encoder, else plain 16-bit samples, which every server takes.
//
// Never `usedtx`: after two seconds of silence its packets come 1.7 s late. Packets are matched to frames by order.

import { RATE } from '../audio/delay.js';

export type Codec = 'opus' | 'pcm_s16le';
export interface Encoder<Tag> {
  readonly codec: Codec;
  /** About how many bytes a second it makes. */
  readonly bytesPerSecond: number;
  encode(pcm: Float32Array, tag: Tag): void;
  close(): void;
}
type Output<Tag> = (packet: Uint8Array, tag: Tag) => void;
export type EncoderMaker<Tag> = (output: Output<Tag>) => Encoder<Tag>;

/** Fullband speech and music without audible loss; it is the source of everything that is encoded once more for the listeners. */
const BITRATE = 96_000;
const FRAME_US = 20_000;

/** `opus` is newer than TypeScript's description of the configuration (WebCodecs Opus registration). */
const CONFIG: AudioEncoderConfig & { opus: { frameDuration: number; application: string; usedtx: boolean } } = {
  codec: 'opus',
  sampleRate: RATE,
  numberOfChannels: 1,
  bitrate: BITRATE,
  opus: { frameDuration: FRAME_US, application: 'audio', usedtx: false },
};

export async function chooseCodec(): Promise<Codec> {
  if (typeof AudioEncoder === 'undefined') return 'pcm_s16le';
  try {
    return (await AudioEncoder.isConfigSupported(CONFIG)).supported ? 'opus' : 'pcm_s16le';
  } catch {
    return 'pcm_s16le';
  }
}

export function encoderMaker<Tag>(codec: Codec): EncoderMaker<Tag> {
  return (output) => (codec === 'opus' ? new OpusEncoder(output) : new PcmEncoder(output));
}

class OpusEncoder<Tag> implements Encoder<Tag> {
  readonly codec = 'opus';
  readonly bytesPerSecond = BITRATE / 8;
  private encoder: AudioEncoder;
  private tags: Tag[] = [];
  private frames = 0;

  constructor(private readonly output: Output<Tag>) {
    this.encoder = this.open();
  }

  private open(): AudioEncoder {
    const encoder: AudioEncoder = new AudioEncoder({
      output: (chunk) => encoder === this.encoder && this.encoded(chunk),
      error: () => undefined, // the state says it, and encode() looks there
    });
    encoder.configure(CONFIG);
    return encoder;
  }

  encode(pcm: Float32Array, tag: Tag): void {
    if (this.encoder.state !== 'configured') {
      this.tags = [];
      this.encoder = this.open();
    }
    const data = new AudioData({
      format: 'f32-planar',
      sampleRate: RATE,
      numberOfFrames: pcm.length,
      numberOfChannels: 1,
      timestamp: this.frames++ * FRAME_US,
      data: pcm as Float32Array<ArrayBuffer>,
    });
    this.tags.push(tag);
    this.encoder.encode(data);
    data.close();
  }

  private encoded(chunk: EncodedAudioChunk): void {
    const tag = this.tags.shift();
    if (tag === undefined) return;
    const packet = new Uint8Array(chunk.byteLength);
    chunk.copyTo(packet);
    this.output(packet, tag);
  }

  close(): void {
    if (this.encoder.state !== 'closed') this.encoder.close();
  }
}

class PcmEncoder<Tag> implements Encoder<Tag> {
  readonly codec = 'pcm_s16le';
  readonly bytesPerSecond = RATE * 2;

  constructor(private readonly output: Output<Tag>) {}

  encode(pcm: Float32Array, tag: Tag): void {
    const bytes = new Uint8Array(pcm.length * 2);
    const view = new DataView(bytes.buffer);
    pcm.forEach((sample, i) => view.setInt16(i * 2, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true));
    this.output(bytes, tag);
  }

  close(): void {}
}
