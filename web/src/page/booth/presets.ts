// The three relay presets of a desk, and the key that goes between the floor and the last of them. Pure.
//
// What is offered first are the pivots: channels that other booths make, the one that most of them make before the rest.

import type { Room } from '../../lib/protocol.js';

export const PRESETS = 3;

/** Channel numbers for the three keys; 0 = none. */
export function firstPresets(room: Room, booth: string): number[] {
  const makers = (channel: number): number =>
    room.booths.filter((each) => each.id !== booth && each.outputs.some((output) => output.channel === channel)).length;
  const channels = room.channels.map((each) => each.number).filter((number) => number !== 0);
  const wanted = channels.sort((a, b) => makers(b) - makers(a) || a - b);
  return Array.from({ length: PRESETS }, (_, index) => wanted[index] ?? 0);
}

/** What was kept, as far as this room still has it; null when it is not ours. */
export function readPresets(text: string | null, room: Room): number[] | null {
  try {
    const kept: unknown = JSON.parse(text ?? '');
    if (!Array.isArray(kept) || kept.length !== PRESETS) return null;
    return kept.map((each) => (room.channels.some((channel) => channel.number === each) ? Number(each) : 0));
  } catch {
    return null;
  }
}

/** Where the floor/relay key leads: from any relay to the floor, from the floor to the preset used last, or the first. */
export function toggled(input: number, presets: readonly number[], last: number): number {
  if (input !== 0) return 0;
  if (last !== 0 && presets.includes(last)) return last;
  return presets.find((each) => each !== 0) ?? 0;
}
