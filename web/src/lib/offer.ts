// In which order a listener is offered the channels of a room. Pure.
//
// First the one that this person will most likely want (that of last time, else the one in a language of the browser), then all
// others by number, as a hard-wired selector has them, and the floor last. The order is made once per visit: rows never move
// under a finger.

import { primaryOf } from './i18n.js';
import type { Channel } from './protocol.js';

export interface Offer {
  number: number;
  reason: 'last' | 'suggested' | '';
}

/** `last`: the channel of last time or null; `wishes`: tags of navigator.languages, best first. */
export function offers(channels: readonly Channel[], last: number | null, wishes: readonly string[]): Offer[] {
  const first = channels.find((channel) => channel.number === last)?.number ?? suggested(channels, wishes);
  const rest = channels.map((channel) => channel.number).filter((number) => number !== first);
  rest.sort((a, b) => (a || Infinity) - (b || Infinity)); // 0, the floor, is last
  const order: Offer[] = rest.map((number) => ({ number, reason: '' }));
  if (first !== undefined) order.unshift({ number: first, reason: first === last ? 'last' : 'suggested' });
  return order;
}

/** The interpreted channel for the best of the wishes that the room has: by the whole tag, else by its language. */
function suggested(channels: readonly Channel[], wishes: readonly string[]): number | undefined {
  const interpreted = channels.filter((channel) => channel.number !== 0);
  for (const wish of wishes) {
    const exact = interpreted.find((channel) => channel.language.toLowerCase() === wish.toLowerCase());
    const found = exact ?? interpreted.find((channel) => primaryOf(channel.language) === primaryOf(wish));
    if (found) return found.number;
  }
  return undefined;
}
