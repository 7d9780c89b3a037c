// What a page has of the server: one object, with everything behind it (socket, clock, decoder, player, microphone).
//
// THE CONTRACT between the engine (this folder, worker/, worklet/) and the pages (page/). The threads are those of
// web/README.md, "Threads": the worker owns the WebSocket, decoders and encoder; worklets play and capture; the main thread only shows.

import type { Audible, Channel, Chat, ErrorMessage, Joined, Label, Levels, LinkState, Mic, Publishing, Rendition, RenditionWish, Room, ServerMessage, Signal } from './protocol.js';

export interface SessionOptions {
  room: string;
  ticket?: string; // from the fragment #t=...
  name?: string; // of the person
  url?: string; // default: /ws of this page's host
}

/** The connection, for a line of text on every page. */
export type Line =
  | { state: 'connecting' }
  | { state: 'open'; rtt_ms: number }
  | { state: 'waiting'; retry_in_ms: number; attempt: number } // reconnects by itself
  | { state: 'refused'; error: ErrorMessage }; // will not reconnect: ticket, origin, room

/** Once a second while sound plays. */
export interface PlayStats {
  channel: Audible;
  rendition: Rendition; // that comes now; auto is never this
  delay_ms: number; // from the server's beat to the ear: measured
  buffer_ms: number;
  jitter_ms: number;
  played: number; // frames since the start
  late: number; // frames that came too late to be played
  concealed: number; // units of 20 ms that were made up
  skipped_ms: number;
  decoder: 'webcodecs' | 'wasm';
}

/** The label of the sound that leaves the loudspeaker now (not of the newest packet). */
export interface Heard {
  channel: Audible; // or the source that is listened to in the place of one
  label: Label;
}

export type Uplink =
  | { state: 'closed' }
  | { state: 'opening'; source: string }
  | { state: 'open'; source: string; sent: number }
  | { state: 'interrupted'; source: string } // the line is down; it comes back by itself
  | { state: 'failed'; source: string; error: ErrorMessage };

export interface MicrophoneOptions {
  deviceId?: string;
  /** Off unless the person ticks them. */
  echoCancellation?: boolean;
  noiseSuppression?: boolean;
  autoGainControl?: boolean;
}
export interface Microphone {
  label: string;
  deviceId: string;
  rate: number;
}

export interface SessionEvents {
  line: Line;
  joined: Joined;
  room: Room; // after joining and after every change: the whole, merged
  heard: Heard; // when it changes
  stats: PlayStats;
  levels: Levels; // ten times a second, for those who may monitor
  uplink: Uplink;
  microphone: { peak_db: number }; // about 20 times a second while the microphone is open
  microphone_ended: { reason: string }; // unplugged, permission taken away
  microphone_muted: { muted: boolean }; // by the system or by its own switch: it gives silence
  playing: { on: boolean; channel: Audible; peak_db: number }; // state and output meter, about 10 times a second while playing; channel -1: the bed alone
  media_action: { action: 'play' | 'pause' | 'stop' }; // a key of the lock screen or of a headset
  signal: Signal; // somebody asks to slow down, or for a technician
  chat: Chat;
  error: ErrorMessage; // everything the server complains about
  message: ServerMessage; // everything else, for pages of later message types
}

/** What the lock screen shows. */
export interface MediaInfo {
  title: string; // the language and its label
  artist: string; // the room
  album: string; // the event
}

/** Why a microphone did not open; `message` says what to do, `reason` is for pages that say it in their own language. */
export type MicrophoneProblem = 'insecure' | 'denied' | 'missing' | 'busy' | 'failed';
export class MicrophoneError extends Error {
  constructor(
    readonly reason: MicrophoneProblem,
    message: string,
  ) {
    super(message);
    this.name = 'MicrophoneError';
  }
}

export interface Session {
  on<K extends keyof SessionEvents>(event: K, handler: (value: SessionEvents[K]) => void): () => void;

  /** Connects, joins, and stays: reconnects with full-jitter back-off, resumes what was heard and published. */
  start(): void;
  /** Leaves for good. */
  close(): void;

  // --- sound out ---
  /** Must be called in the handler of a tap or key. `mediaElement`: play through a media element, for locked phones. */
  startAudio(options?: { mediaElement?: boolean }): Promise<void>;
  stopAudio(): void;
  /** 0 .. 1.5 */
  setVolume(volume: number): void;
  /** Plays through this output device from now on, '' the system's choice; rejects when there is none such. Computers only. */
  setHeadphones(deviceId: string): Promise<void>;
  /**
   * Hears this channel or source, cross-faded from the one before; resolves when its first frame is in the player, or when another listen()
   * has taken its place. While the line is down it is remembered. Rejects with Error when the server refuses.
   */
  listen(what: Audible, rendition?: RenditionWish): Promise<void>;
  /** Fetches ahead on pointer-down, in the rendition in which it would be listened to. */
  prefetch(channel: number, rendition?: RenditionWish): void;
  /** Hears nothing, stays connected. */
  unlisten(): void;
  /** For the lock screen; its keys come as `media_action`. */
  setMediaInfo(info: MediaInfo): void;
  /** Every block that is played, in order, with its time on the audio clock in seconds; null ends it. For measurements. */
  tap(handler: ((block: Float32Array, contextTime: number) => void) | null): void;

  // --- sound in ---
  /** Opens (or changes) the microphone; the level is shown, nothing is sent yet. Rejects with MicrophoneError. */
  openMicrophone(options?: MicrophoneOptions): Promise<Microphone>;
  closeMicrophone(): void;
  /** Sends the microphone as this source: "floor/main" or "desk". Re-published by itself after a reconnection. */
  publish(source: string): void;
  unpublish(): void;

  // --- keys of a desk; the answer is the server's `state` ---
  setMic(state: Mic): void;
  setOutput(key: 'A' | 'B' | 'C'): void;
  setInput(channel: number): void;
  /** An operator's action. */
  operate(action: string, arguments_?: Record<string, unknown>): void;

  // --- the booth and the room ---
  handover(action: 'offer' | 'request' | 'accept' | 'decline' | 'cancel' | 'take'): void;
  /** Wants the floor itself, whatever the auto-relay. */
  setTrueFloor(on: boolean): void;
  setSpeakToFloor(on: boolean): void;
  signal(what: 'slow_down' | 'technician'): void;
  /** To "booth" or "av"; from AV to a desk ("zh-en/1"). */
  chat(to: string, text: string): void;

  // --- a second channel or source under the first, at a level of its own: the original as a bed, the boothmate while passive ---
  /** null: none. In time with the first one, by the media clock. */
  setBed(what: Audible | null): void;
  /** 0 .. 1 */
  setBedVolume(volume: number): void;
  /** Shelves at 200 Hz and 4 kHz, -12 .. 12 dB; a limiter after them keeps the ceiling. */
  setTone(tone: { bass_db: number; treble_db: number }): void;

  readonly joined: Joined | null;
  readonly room: Room | null;
}

export type { Channel, LinkState, Publishing };
