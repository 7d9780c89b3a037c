// What the threads of a page say to each other.
//
//     main  --Command-->  worker  --PlayerMessage-->  player worklet      (a MessagePort: sound never passes the main thread)
//     main  <--Notice---  worker  <--Captured-------  capture worklet     (another one)
//     main  <--PlayerReport-- player worklet,  <--CaptureReport-- capture worklet,  <--LimiterNotice-- limiter worklet

import type { Audible, ClientMessage, Rendition, RenditionWish, ServerMessage } from './protocol.js';
import type { SessionEvents } from './session.js';

// ---- main thread and worker ----

export type Command =
  | { type: 'start'; url: string; room: string; ticket?: string; name?: string; wasm: boolean }
  | { type: 'close' }
  /** The system says that there is a network again. */
  | { type: 'online' }
  /** The port of a new player, or of none. */
  | { type: 'player'; port: MessagePort | null }
  | { type: 'microphone'; port: MessagePort | null }
  | { type: 'listen'; id: number; channel: Audible; rendition: RenditionWish }
  | { type: 'prefetch'; channel: number; rendition: RenditionWish }
  | { type: 'unlisten' }
  | { type: 'bed'; channel: Audible | null }
  | { type: 'publish'; source: string }
  | { type: 'unpublish' }
  | { type: 'send'; message: ClientMessage };

/** What the worker tells: an event of the session as it is, or one of the things that only the engine needs. */
export type Notice =
  | { [K in WorkerEvent]: { type: 'event'; event: K; value: SessionEvents[K] } }[WorkerEvent]
  /** The answer to the `listen` with this id; '' when the sound is there. */
  | { type: 'listened'; id: number; problem: string }
  /** Server time minus time of the page (timeOrigin + now), both in ms. */
  | { type: 'clock'; offset_ms: number }
  /** Place 0 of this media clock was due at start_ms, on the server's clock. */
  | { type: 'media_clock'; clock: number; start_ms: number }
  /** What is listened to comes in this rendition from now on. */
  | { type: 'rendition'; rendition: Rendition }
  | { type: 'decoder'; decoder: 'webcodecs' | 'wasm' }
  | { type: 'skipped'; ms: number };

export type WorkerEvent = 'line' | 'joined' | 'room' | 'levels' | 'uplink' | 'signal' | 'chat' | 'error' | 'message';

// ---- worker and player worklet ----

export type PlayerMessage =
  /** From now on frames with this track number come; they are of this many samples. */
  | { type: 'open'; track: number; channel: Audible; samples: number; clock: number }
  | { type: 'close'; track: number }
  /** This track is to be heard; 0: none. */
  | { type: 'select'; track: number }
  /** This track is to be heard under it; 0: none. */
  | { type: 'bed'; track: number }
  /** The frames come by another line, or from another server, from now on: what was measured of the old one is void. */
  | { type: 'line' }
  | { type: 'frame'; track: number; beat: number; label: number; history: boolean; arrivedMs: number; pcm: Float32Array }
  /** Time for a PlayerReport, ten times a second. */
  | { type: 'tick' };

/** Goes to the worker (for the report to the server) and to the main thread (for the page). */
export interface PlayerReport {
  track: number; // 0: nothing is heard
  channel: Audible; // -1: none
  clock: number;
  label: number;
  mediaMs: number; // this place of the media clock is heard ...
  frame: number; // ... at this frame of the audio context
  peak: number;
  bufferMs: number;
  jitterMs: number;
  played: number;
  late: number;
  concealed: number; // made up, in units of 20 ms
  skippedMs: number;
  bed: BedReport;
}
/** Of the bed; channel -1: there is none, or it is silent because it is what is heard anyhow. */
export type BedReport = Pick<PlayerReport, 'channel' | 'bufferMs' | 'played' | 'late' | 'concealed'>;

/** Main thread to player worklet. */
export type PlayerControl = { type: 'port'; port: MessagePort } | { type: 'bed_level'; level: number };

// ---- limiter worklet ----

export type LimiterControl = { type: 'tap'; on: boolean };
export type LimiterNotice = { type: 'tap'; block: Float32Array; time: number };

// ---- capture worklet ----

/** Frames of 20 ms at 48 kHz, to the worker. `frame`: number of the first sample since the microphone was opened, at 48 kHz. */
export interface Captured {
  frame: number;
  pcm: Float32Array;
}
export type CaptureControl = { type: 'port'; port: MessagePort };
export interface CaptureReport {
  peak: number;
}

export type { ServerMessage };
