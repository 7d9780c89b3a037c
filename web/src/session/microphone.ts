// The microphone of a page: permission, the audio context that captures, the meter, and what can happen to it.
//
//     getUserMedia -> source -> capture worklet --frames by a port--> worker
//
// Main thread. Sound is captured as it is: echo cancelling, noise suppression and automatic gain belong to telephones, and are
// off unless the person ticks them.

import { MicrophoneError, type Microphone as Opened, type MicrophoneOptions } from '../lib/session.js';
import type { CaptureControl, CaptureReport } from '../lib/threads.js';

const RATE = 48000;

export interface MicrophoneEvents {
  port(port: MessagePort | null): void;
  peak(peak: number): void;
  ended(reason: string): void;
  muted(muted: boolean): void;
}

interface Parts {
  stream: MediaStream;
  track: MediaStreamTrack;
  context: AudioContext;
}

export class MicrophoneInput {
  private parts: Parts | null = null;
  private attempt = 0; // the last one asked for wins

  constructor(private readonly events: MicrophoneEvents) {
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.checkDevice());
  }

  get isOpen(): boolean {
    return this.parts !== null;
  }

  async open(options: MicrophoneOptions): Promise<Opened> {
    const attempt = ++this.attempt;
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new MicrophoneError('insecure', 'The browser gives microphones only to pages with https: open this page by its secure address.');
    }
    const stream = await getStream(options);
    const track = stream.getAudioTracks()[0];
    if (!track || attempt !== this.attempt) {
      stop(stream);
      throw new MicrophoneError('failed', 'Another microphone was chosen meanwhile.');
    }
    const context = await this.capture(stream);
    this.release();
    this.parts = { stream, track, context };
    this.observe(track);
    return { label: track.label, deviceId: track.getSettings().deviceId ?? '', rate: context.sampleRate };
  }

  close(): void {
    this.attempt++;
    if (!this.parts) return;
    this.release();
    this.events.port(null);
  }

  private release(): void {
    const parts = this.parts;
    this.parts = null;
    if (!parts) return;
    stop(parts.stream);
    void parts.context.close();
  }

  private async capture(stream: MediaStream): Promise<AudioContext> {
    const { context, source } = connect(stream);
    try {
      await context.audioWorklet.addModule(CAPTURE_URL);
      const node = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
      node.port.onmessage = ({ data }: MessageEvent<CaptureReport>) => context === this.parts?.context && this.events.peak(data.peak);
      const { port1, port2 } = new MessageChannel();
      node.port.postMessage({ port: port1, type: 'port' } satisfies CaptureControl, [port1]);
      source.connect(node);
      this.events.port(port2);
      void context.resume();
      return context;
    } catch (error) {
      stop(stream);
      void context.close();
      throw new MicrophoneError('failed', `The microphone could not be started: ${String(error)}`);
    }
  }

  private observe(track: MediaStreamTrack): void {
    track.onended = () => this.lost(track, 'The microphone was unplugged, or the permission was taken away.');
    track.onmute = () => this.events.muted(true);
    track.onunmute = () => this.events.muted(false);
    this.events.muted(track.muted); // the one before may have been
  }

  private lost(track: MediaStreamTrack, reason: string): void {
    if (track !== this.parts?.track) return;
    this.close();
    this.events.ended(reason);
  }

  /** Some browsers go on with silence when a device is pulled out, without a word. */
  private async checkDevice(): Promise<void> {
    const track = this.parts?.track;
    const deviceId = track?.getSettings().deviceId;
    if (!track || !deviceId) return;
    const devices = await navigator.mediaDevices.enumerateDevices();
    const inputs = devices.filter((device) => device.kind === 'audioinput' && device.deviceId !== '');
    if (inputs.length > 0 && !inputs.some((device) => device.deviceId === deviceId)) this.lost(track, 'The microphone is no longer there.');
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

async function getStream({ deviceId, echoCancellation = false, noiseSuppression = false, autoGainControl = false }: MicrophoneOptions): Promise<MediaStream> {
  const audio: MediaTrackConstraints = { echoCancellation, noiseSuppression, autoGainControl, channelCount: { ideal: 1 } };
  if (deviceId) audio.deviceId = { exact: deviceId };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    throw explain(error);
  }
}

function explain(error: unknown): MicrophoneError {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') {
    return new MicrophoneError('denied', 'The browser does not let this page use the microphone: allow it in the address bar, then try again.');
  }
  if (name === 'NotFoundError' || name === 'OverconstrainedError') {
    return new MicrophoneError('missing', 'There is no such microphone: plug it in, or choose another one.');
  }
  if (name === 'NotReadableError' || name === 'AbortError') {
    return new MicrophoneError('busy', 'The microphone does not open: another program may be using it.');
  }
  return new MicrophoneError('failed', `The microphone could not be opened: ${String(error)}`);
}

/** A context at 48 kHz, or, where a microphone of another rate cannot be connected to one, at the microphone's rate. */
function connect(stream: MediaStream): { context: AudioContext; source: MediaStreamAudioSourceNode } {
  const context = new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
  try {
    return { context, source: new MediaStreamAudioSourceNode(context, { mediaStream: stream }) };
  } catch {
    void context.close();
    const own = new AudioContext({ latencyHint: 'interactive' });
    return { context: own, source: new MediaStreamAudioSourceNode(own, { mediaStream: stream }) };
  }
}
