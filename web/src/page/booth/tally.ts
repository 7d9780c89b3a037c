// What the lamp, the keys and the warnings of a desk say: pure functions of the room as the server tells it.
//
// The lamp is red for one reason only: `on_air` of this desk. A microphone that is ON without being heard has its own colour and
// sentence (ENGAGED, lost uplink), because that is the moment in which an interpreter needs to be told.

import type { TextKey } from '../../lib/i18n.js';
import type { Channel, Desk, Room } from '../../lib/protocol.js';

export type Lamp = 'unknown' | 'off' | 'on_air' | 'cough' | 'engaged' | 'not_heard';

export function findDesk(room: Room | null, booth: string, desk: number): Desk | null {
  return room?.desks.find((each) => each.booth === booth && each.desk === desk) ?? null;
}

/** `known`: the line is open, so that what `desk` says is of now. */
export function lampOf(desk: Desk | null, known: boolean): Lamp {
  if (!desk || !known) return 'unknown';
  if (desk.on_air) return 'on_air';
  if (desk.mic === 'off') return 'off';
  if (desk.engaged) return 'engaged';
  return desk.mic === 'cough' ? 'cough' : 'not_heard';
}

/** What the lamp says in large letters. */
export function lampWord(lamp: Lamp): TextKey {
  return lamp === 'cough' ? 'consoles.mic.cough' : `booth.lamp.${lamp}`;
}

export interface OutputKey {
  key: 'A' | 'B' | 'C';
  channel: number;
  language: string;
  name: string; // of the channel, in its own language
  selected: boolean; // the server's truth
  mine: boolean; // this desk holds the channel
  engagedBy: string[]; // other desks that hold it: their people's names, or the desks' own
}

/** The output keys of the booth of this desk, in the order of the settings. */
export function outputsOf(room: Room, desk: Desk): OutputKey[] {
  const booth = room.booths.find((each) => each.id === desk.booth);
  return (booth?.outputs ?? []).map((output) => {
    const channel = room.channels.find((each) => each.number === output.channel);
    const holders = channel?.holders ?? [];
    return {
      key: output.key,
      channel: output.channel,
      language: output.language,
      name: channel?.name ?? output.language,
      selected: desk.output === output.key,
      mine: holders.includes(desk.id),
      engagedBy: holders.filter((id) => id !== desk.id).map((id) => personAt(room, id)),
    };
  });
}

/** Who sits at a desk, or the desk's own name. */
export function personAt(room: Room, id: string): string {
  return room.desks.find((each) => each.id === id)?.name || id;
}

/** The other desks of this booth. */
export function matesOf(room: Room, desk: Desk): Desk[] {
  return room.desks.filter((each) => each.booth === desk.booth && each.id !== desk.id);
}

export interface Incoming {
  channel: Channel;
  selected: boolean; // the server's truth
  own: boolean; // this desk's own output: it cannot be heard here
}

/** The floor and every channel, the floor first. */
export function incomingOf(room: Room, desk: Desk | null): Incoming[] {
  const own = desk && room.booths.find((each) => each.id === desk.booth)?.outputs.find((each) => each.key === desk.output);
  return [...room.channels]
    .sort((a, b) => a.number - b.number)
    .map((channel) => ({
      channel,
      selected: desk?.input === channel.number,
      own: channel.number !== 0 && own?.channel === channel.number,
    }));
}
