// What AV staff must see at once: pure, from the room as it is and the levels of the last moment. Time is an argument.
//
// An alarm has a name that stays the same while it lasts, so that it is told once, keeps its place, and knows since when. Red:
// listeners are without what they should hear. Amber: they soon may be.

import type { Channel, Desk, Input, Levels, Room } from '../../lib/protocol.js';

export type Severity = 'red' | 'amber';
export type AlarmKind =
  | 'emergency'
  | 'input_lost'
  | 'input_late'
  | 'no_input'
  | 'desk_lost'
  | 'desk_late'
  | 'channel_silent'
  | 'channel_quiet'
  | 'channel_uninterpreted'
  | 'overlap'
  | 'wrong_direction'
  | 'relay_lost'
  | 'cough_long'
  | 'to_floor'
  | 'line_up'
  | 'no_levels'
  | 'line';

export interface Alarm {
  id: string; // kind and object: "desk_lost desk/zh-en/1"
  kind: AlarmKind;
  severity: Severity;
  object: string; // the input, desk, or channel number; '' for the room
  sinceMs: number;
}

/** A channel that an interpreter holds and that carries no sound: a cough has gone on for this long (server/room/README.md, "Numbers": 15 s). */
export const QUIET_AFTER_MS = 15_000;
export const QUIET_DB = -60;
const LEVELS_LOST_MS = 1500;

export class AlarmBoard {
  private readonly since = new Map<string, number>();
  private readonly soundMs = new Map<number, number>();
  private levels: Levels | null = null;
  private levelsMs = 0;

  /** `nowMs`: of a clock that does not jump. */
  take(levels: Levels, nowMs: number): void {
    this.levels = levels;
    this.levelsMs = nowMs;
    for (const each of levels.channels) if (each.peak_db > QUIET_DB) this.soundMs.set(each.channel, nowMs);
  }

  /** A new line: what was measured before says nothing of now. */
  reset(nowMs: number): void {
    this.levels = null;
    this.levelsMs = nowMs;
    this.soundMs.clear();
  }

  /** Every alarm of now: red before amber, the oldest first. */
  alarms(room: Room, nowMs: number): Alarm[] {
    const found: Alarm[] = [];
    const raise = (kind: AlarmKind, severity: Severity, object = ''): void => {
      const id = object === '' ? kind : `${kind} ${object}`;
      if (!this.since.has(id)) this.since.set(id, nowMs);
      found.push({ id, kind, severity, object, sinceMs: this.since.get(id) ?? nowMs });
    };
    if (room.emergency) raise('emergency', 'red');
    if (room.channels.some((each) => each.bed === 'line_up')) raise('line_up', 'amber'); // forgotten, it is all that listeners hear
    if (this.levels && nowMs - this.levelsMs > LEVELS_LOST_MS) raise('no_levels', 'amber');
    floorAlarms(room.floor.inputs, raise);
    for (const desk of room.desks) deskAlarm(desk, raise);
    for (const booth of new Set(room.desks.filter((each) => each.overlap).map((each) => each.booth))) raise('overlap', 'red', booth);
    const coughing = room.desks.filter((each) => each.cough_long).map((each) => each.id);
    for (const channel of room.channels) {
      const coughs = channel.holders.length > 0 && channel.holders.every((id) => coughing.includes(id));
      this.channelAlarm(channel, coughs, nowMs, raise);
    }
    const now = new Set(found.map((each) => each.id));
    for (const id of this.since.keys()) if (!now.has(id)) this.since.delete(id);
    return found.sort((a, b) => (a.severity === b.severity ? a.sinceMs - b.sinceMs : a.severity === 'red' ? -1 : 1));
  }

  /** Without a line there is one alarm: everything on the page is old. */
  lineDown(nowMs: number): Alarm[] {
    const sinceMs = this.since.get('line') ?? nowMs;
    this.since.clear();
    this.since.set('line', sinceMs);
    return [{ id: 'line', kind: 'line', severity: 'red', object: '', sinceMs }];
  }

  /** `coughs`: its holder's key says so already. */
  private channelAlarm(channel: Channel, coughs: boolean, nowMs: number, raise: Raise): void {
    if (channel.number === 0) return; // said by its inputs
    if (channel.uninterpreted) raise('channel_uninterpreted', 'red', String(channel.number));
    if (channel.state === 'silent' && !channel.bed) return raise('channel_silent', 'red', String(channel.number));
    if (channel.state !== 'held' || !this.levels) {
      this.soundMs.set(channel.number, nowMs);
      return;
    }
    const heardMs = this.soundMs.get(channel.number);
    if (heardMs === undefined) this.soundMs.set(channel.number, nowMs);
    else if (nowMs - heardMs >= QUIET_AFTER_MS && !coughs) raise('channel_quiet', 'amber', String(channel.number));
  }
}

type Raise = (kind: AlarmKind, severity: Severity, object?: string) => void;

function floorAlarms(inputs: readonly Input[], raise: Raise): void {
  if (inputs.length > 0 && inputs.every((each) => each.link === 'down')) return raise('no_input', 'red');
  for (const input of inputs) {
    if (input.link === 'lost') raise('input_lost', input.active ? 'red' : 'amber', input.id);
    else if (input.link === 'late') raise('input_late', 'amber', input.id);
    else if (input.link === 'down' && input.active) raise('input_lost', 'red', input.id);
  }
}

/** A desk without a microphone is nobody's trouble until it says ON. */
function deskAlarm(desk: Desk, raise: Raise): void {
  if (desk.link === 'lost') raise('desk_lost', desk.mic === 'off' ? 'amber' : 'red', desk.id);
  else if (desk.link === 'late') raise('desk_late', 'amber', desk.id);
  if (desk.wrong_direction) raise('wrong_direction', 'red', desk.id);
  if (desk.cough_long) raise('cough_long', 'amber', desk.id);
  if (desk.relay_lost) raise('relay_lost', 'amber', desk.id);
  if (desk.to_floor) raise('to_floor', 'amber', desk.id);
}
