// The room as it is now: the snapshot of `joined`, changed by every `state`. Pure; never changes what it is given.

import type { Room, State } from './protocol.js';

export function mergeState(room: Room, state: State): Room {
  return {
    ...room,
    revision: state.revision,
    emergency: state.emergency ?? room.emergency,
    emergency_text: state.emergency_text ?? room.emergency_text,
    auto_relay: state.auto_relay ?? room.auto_relay,
    floor: state.floor ?? room.floor,
    channels: mergeBy(room.channels, state.channels, (channel) => channel.number).sort((a, b) => a.number - b.number),
    booths: mergeBy(room.booths, state.booths, (booth) => booth.id),
    desks: mergeBy(room.desks, state.desks, (desk) => desk.id),
  };
}

/** The old list with the new objects in the places of those with the same key; unknown ones at the end. */
function mergeBy<T>(old: T[], fresh: T[] | undefined, key: (item: T) => string | number): T[] {
  if (!fresh) return [...old];
  const changed = new Map(fresh.map((item) => [key(item), item]));
  const merged = old.map((item) => changed.get(key(item)) ?? item);
  const known = new Set(old.map(key));
  return [...merged, ...fresh.filter((item) => !known.has(key(item)))];
}
