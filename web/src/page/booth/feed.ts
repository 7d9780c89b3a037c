// What goes to the headphones of a desk: pure, from the room as the server tells it.
//
//   feed   the channel that is heard: the server's word (`hears`), or the selected channel itself while the floor fills it
//   bed    the boothmate's channel, at a level of its own, while this desk is OFF
//   muted  this desk speaks to the floor and its feed is the floor: nobody wants to hear himself come back

import type { Channel, Desk, Room } from '../../lib/protocol.js';

/**
 * A preset whose channel is floor-filled stays tuned to that channel: it sounds the same, and the first word of the pivot is not
 * lost to a change of streams. Everything else is what the server says.
 */
export function feedOf(room: Room, desk: Desk): number {
  const selected = channelOf(room, desk.input);
  const filled = desk.hears === 0 && !desk.relay_lost && selected?.state === 'floor';
  return filled ? desk.input : desk.hears;
}

/** The channel of a boothmate who holds one, or null. */
export function bedOf(room: Room, desk: Desk): number | null {
  if (desk.mic !== 'off') return null;
  const mates = room.desks.filter((each) => each.booth === desk.booth && each.id !== desk.id).map((each) => each.id);
  const held = room.channels.find((each) => each.number !== 0 && each.holders.some((id) => mates.includes(id)));
  return held && held.number !== feedOf(room, desk) ? held.number : null;
}

export function mutedOf(room: Room, desk: Desk): boolean {
  if (!desk.to_floor || desk.mic !== 'on') return false;
  const feed = channelOf(room, feedOf(room, desk));
  return feed === undefined || feed.number === 0 || feed.state === 'floor';
}

function channelOf(room: Room, number: number): Channel | undefined {
  return room.channels.find((each) => each.number === number);
}
