// Wire protocol v1 as the pages see it: the JSON messages, and the binary headers of both directions.
// Pure: no DOM, no socket. The contract is include/boothcast/PROTOCOL.md.

export const SUBPROTOCOL = 'boothcast.v1';
export const VERSION = 1;
export const DOWN_HEADER = 12;
export const UP_HEADER = 16;

export const FLAG_DISCONTINUITY = 1;
export const FLAG_SOURCE_CHANGED = 2;
export const FLAG_SILENCE = 4;
export const FLAG_HISTORY = 8;

/** What a listener hears in this very frame; the order is that of bits 4-6 of the header. */
export const LABELS = ['silent', 'original', 'direct', 'relay', 'emergency'] as const;
export type Label = (typeof LABELS)[number];
/** Sound that the server makes in the place of speech: to the labels it is silence. */
export const BEDS = ['line_up', 'music'] as const;
export type Bed = (typeof BEDS)[number];

export type Role = 'listener' | 'interpreter' | 'speaker' | 'av' | 'press' | 'organiser';
/** How a channel is encoded: for listeners, for interpreters, for thin lines (packets of 60 ms). */
export type Rendition = 'standard' | 'high' | 'saver';
/** What can be asked for. Auto: the server chooses, and says so by another `listening` when it changes its mind. */
export type RenditionWish = Rendition | 'auto';
export type Mic = 'off' | 'on' | 'cough';
/** The uplink of a source: nobody there, sound arrives, sound is late (0.4-2 s), sound is lost (over 2 s). */
export type LinkState = 'down' | 'up' | 'late' | 'lost';
/** None: all are heard; interlock: the first holds; override: the new one takes; toggle-override: and the first may take it back. */
export const INTERLOCKS = ['none', 'interlock', 'override', 'toggle-override'] as const;
export type Interlock = (typeof INTERLOCKS)[number];
/** What can be listened to: a channel by its number, or a source by its name ("floor/main", "desk/zh-en/1"). */
export type Audible = number | string;
/** The languages of the pages. */
export type Language = 'zh' | 'en' | 'fr' | 'es' | 'ru' | 'ar';
/** A name in some of them; at least one is there. */
export type Names = Partial<Record<Language, string>>;
/** What is said in an emergency; `und` is in a language that nobody told. */
export type Words = Names & { und?: string };

// ---- the room, as `joined` brings it whole and `state` changes it ----

export interface Channel {
  number: number; // 0 is the floor
  language: string; // BCP 47; of the floor: what is spoken, '' when not known
  name: string; // in its own language (中文, English); 'Floor' for 0: pages use their own word
  label: Label;
  /** What the channel carries: floor-fill, an interpreter, nothing, the emergency announcement. */
  state: 'floor' | 'held' | 'silent' | 'emergency';
  carries: string; // the language on it now: the floor's while floor-filled, '' when not known
  depth: number; // 0 original, 1 direct, 2 and more relay
  fill: boolean;
  holders: string[]; // desks that hold it, such as "zh-en/1"; for those who work here, else []
  renditions: Rendition[];
  /** What happens when two booths want it; a server that does not say leaves it out. */
  interlock?: Interlock;
  /** Nobody interprets, for more than 5 s, though a booth is there for it and another language is on the floor. */
  uninterpreted: boolean;
  /** Line-up tone or break music is on it now. */
  bed?: Bed;
  /** The switches of both, for those who work here: music waits while a booth holds the channel. */
  line_up?: boolean;
  break_music?: boolean;
}

export interface Input {
  id: string; // main, backup
  name: Names;
  link: LinkState;
  active: boolean; // this one is the floor now
}

export interface Floor {
  /** One input is the floor, or all that are up are mixed to it (one-on-one talks). */
  mode: 'switched' | 'mixed';
  language: string;
  /** Who says so: the operator, the programme, nobody (it is the one that nobody interprets into); '' while it is not known. */
  from?: '' | 'set' | 'programme' | 'concluded';
  inputs: Input[];
}

export interface Booth {
  id: string; // zh-en
  outputs: { key: 'A' | 'B' | 'C'; channel: number; language: string }[];
  handover: Handover;
  turn: Turn;
}

/** Handing the microphone over within a booth. */
export interface Handover {
  state: 'idle' | 'offered' | 'requested' | 'taking';
  from: string; // the desk that gives or is taken from ("zh-en/1"), '' while idle
  to: string; // the desk that gets it, '' while idle or while an offer is open to every partner
  ends_us: number; // server clock: when it times out, or the take-over happens; 0 while idle
  ended: '' | 'switched' | 'declined' | 'cancelled' | 'timed_out' | 'left' | 'by_keys'; // how the last one ended
}

/** Who speaks for the booth, and since when. */
export interface Turn {
  desk: string; // '' before anybody spoke
  since_us: number; // server clock
  colour: 'none' | 'green' | 'amber' | 'red'; // amber from 20 minutes, red from 30
}

export interface Desk {
  id: string; // "zh-en/1"
  booth: string;
  desk: number;
  seated: boolean;
  name: string; // of the person, '' when nobody
  mic: Mic; // the key as the server has it
  on_air: boolean; // the tally: listeners hear this microphone now
  engaged: boolean; // wants its channel and another holds it
  link: LinkState;
  output: 'A' | 'B' | 'C';
  input: number; // channel that it selected
  hears: number; // channel that its feed carries: the floor when the selected one is floor-filled or lost
  quality: Label; // of that feed: original, direct, relay
  holder: string; // desk that holds this desk's outgoing channel, itself perhaps; '' while it is floor-filled
  auto_relay: boolean; // what it hears is the auto-relay, in the place of the floor
  true_floor: boolean; // it wants the floor itself, whatever the auto-relay
  relay_lost: boolean; // RELAY LOST: the selected channel is made from this desk's own
  overlap: boolean; // flashes: two desks of the booth are ON for more than 2 s
  wrong_direction: boolean; // ON into the language that is spoken on the floor
  cut: boolean; // the operator switched the microphone off
  cough_long: boolean; // COUGH for more than 15 s: listeners hear silence
  to_floor: boolean; // speaks to the floor: everybody who hears the original hears this desk
}

export interface ProgrammeItem {
  starts: string; // local time of the event, 2025-03-21T09:00
  ends: string;
  title: Names;
  speaker: string;
  language: string;
}

export interface Room {
  id: string;
  name: Names;
  closed: boolean;
  event: { id: string; name: Names; place: Names; timezone: string };
  revision: number;
  epoch: number;
  frame_ms: number;
  emergency: boolean;
  emergency_text?: Words;
  auto_relay: number; // the pivot's channel, 0 none
  floor: Floor;
  channels: Channel[];
  booths: Booth[]; // for those who work here, else []
  desks: Desk[]; // for those who work here, else []
  programme: ProgrammeItem[];
  /** What each costs on the line; a server that does not say leaves it out. */
  renditions?: Partial<Record<Rendition, { bitrate: number; frame_ms: number }>>;
  break_music?: boolean; // there is some; for those who work here
  emergency_offer?: Names; // words of the settings for an emergency; for those who work here
}

// ---- what can be listened to, in messages ----

/** One of the two is there. */
export interface AudibleFields {
  channel?: number;
  source?: string;
}

export function fieldsOf(audible: Audible): AudibleFields {
  return typeof audible === 'number' ? { channel: audible } : { source: audible };
}

/** Undefined where neither is there. */
export function audibleOf({ channel, source }: AudibleFields): Audible | undefined {
  return source ?? channel;
}

// ---- server to client ----

export interface Joined {
  type: 'joined';
  session: string;
  role: Role;
  can: string[]; // verbs: listen, publish, mic, output, input, operate, monitor, ...
  booth: string; // of an interpreter, else ''
  desk: number; // of an interpreter, else 0
  server_us: number;
  room: Room;
  resume: string;
  /** Of somebody who takes part in a talk (a speaker in a room with a mixed floor). */
  talk?: Talk;
}
export interface Talk {
  input: string; // this person's own: it is published as floor/{input}
  channels: number[]; // in the language that they understand
  others: string[]; // sources that carry the voices of the others
}
export interface Listening extends AudibleFields {
  type: 'listening';
  rendition: Rendition;
  stream: number;
  epoch: number;
  seq: number; // of the first packet that is not history
  frame_ms: number;
  server_us: number; // when the packet `seq` is (was) due: a multiple of frame_ms
}
export interface Publishing {
  type: 'publishing';
  source: string;
  stream: number;
}
/** What changed, whole objects; `revision` grew by one. A gap in `revision` never happens on one connection. */
export interface State {
  type: 'state';
  revision: number;
  seq: number; // the beat from which it holds
  emergency?: boolean;
  emergency_text?: Words;
  auto_relay?: number;
  floor?: Floor;
  channels?: Channel[];
  booths?: Booth[];
  desks?: Desk[];
}
/** Somebody asks: the speaker to slow down (to the speaker and AV, without saying who), a technician to come (to AV). */
export interface Signal {
  type: 'signal';
  what: 'slow_down' | 'technician';
  from: string; // desk; '' for slow_down
  at_us: number;
}
export interface Chat {
  type: 'chat';
  from: string; // desk "zh-en/1", or "av"
  name: string; // of the person
  to: string; // "booth", "av", or from AV the desk it goes to
  text: string; // at most 500 characters, plain
  at_us: number;
}
export interface SourceLevel {
  source: string; // "floor/main", "desk/zh-en/1"
  peak_db: number; // since the last message, dBFS, -100 is silence
  loudness: number; // momentary, LUFS
  link: LinkState;
  buffer_ms: number;
  drift_ppm: number;
  received: number; // frames
  lost: number;
  late: number;
}
export interface ChannelLevel {
  channel: number;
  peak_db: number;
  loudness: number;
  listeners: number;
  late: number; // reported by its listeners, since the room opened
  concealed: number;
  skipped: number;
}
export interface Levels {
  type: 'levels';
  seq: number;
  sources: SourceLevel[];
  channels: ChannelLevel[];
}
export interface Pong {
  type: 'pong';
  t: number;
  server_us: number;
}
export interface ErrorMessage {
  type: 'error';
  code: string;
  message: string;
  about: string;
  /** The server is going to restart (code restarting). */
  retry_after_ms?: number;
  /** How much was skipped (code skipped). */
  skipped_ms?: number;
  channel?: number;
  source?: string;
}
export type ServerMessage = Joined | Listening | Publishing | State | Levels | Signal | Chat | Pong | ErrorMessage;

// ---- client to server ----

/** What was heard before the line was lost, and how far it came. */
export interface ResumedListen extends AudibleFields {
  rendition?: Rendition; // whose packets `seq` counts
  auto?: true; // the server chose it
  seq: number;
}

export type ClientMessage =
  | { type: 'join'; room: string; ticket?: string; name?: string; resume?: { token: string; listens?: ResumedListen[] } }
  | ({ type: 'listen'; rendition?: RenditionWish; history?: number; instead_of?: Audible } & AudibleFields)
  | ({ type: 'unlisten' } & AudibleFields)
  | { type: 'publish'; source: string; codec: 'opus' | 'pcm_s16le'; rate?: number; channels?: number }
  | { type: 'unpublish'; source: string }
  | { type: 'mic'; state: Mic }
  | { type: 'output'; to: 'A' | 'B' | 'C' }
  | { type: 'input'; channel: number }
  | { type: 'handover'; action: 'offer' | 'request' | 'accept' | 'decline' | 'cancel' | 'take' }
  | { type: 'true_floor'; on: boolean }
  | { type: 'speak_to_floor'; on: boolean }
  | { type: 'signal'; what: 'slow_down' | 'technician' }
  | { type: 'chat'; to: string; text: string } // to "booth" or "av"; from AV: a desk "zh-en/1"
  | { type: 'operate'; action: string; [argument: string]: unknown }
  | ({ type: 'report'; played: number; buffer_ms: number; late: number; concealed: number } & AudibleFields)
  | { type: 'ping'; t: number };

// ---- binary ----

export interface DownHeader {
  flags: number;
  label: Label;
  stream: number;
  epoch: number;
  seq: number;
}

/** The header of a binary message from the server, or null when it is short or of another version. */
export function readDown(bytes: ArrayBuffer): DownHeader | null {
  if (bytes.byteLength < DOWN_HEADER) return null;
  const view = new DataView(bytes);
  if (view.getUint8(0) !== VERSION) return null;
  const flags = view.getUint8(1);
  return {
    flags: flags & 0x0f,
    label: LABELS[(flags >> 4) & 7] ?? 'silent',
    stream: view.getUint16(2),
    epoch: view.getUint32(4),
    seq: view.getUint32(8),
  };
}

/** A binary message to the server: header and sound. `capturedUs` on the server's clock, 0 = unknown. */
export function makeUp(stream: number, seq: number, capturedUs: number, sound: Uint8Array, discontinuity = false): ArrayBuffer {
  const message = new ArrayBuffer(UP_HEADER + sound.byteLength);
  const view = new DataView(message);
  view.setUint8(0, VERSION);
  view.setUint8(1, discontinuity ? FLAG_DISCONTINUITY : 0);
  view.setUint16(2, stream);
  view.setUint32(4, seq >>> 0);
  view.setBigUint64(8, BigInt(Math.max(0, Math.round(capturedUs))));
  new Uint8Array(message, UP_HEADER).set(sound);
  return message;
}

/** How far `a` is after `b` on the circle of 32-bit numbers; negative when before (RFC 1982). */
export function seqDistance(a: number, b: number): number {
  return (a - b) | 0;
}
