// The ticket comes in the link's fragment (#t=…), which no server or log ever sees. It leaves the address bar at once, so that
// it is not photographed or shared by mistake, and stays in this tab's session storage for a reload.

import { keep, recall } from '../kit/storage.js';

/** The ticket of this tab for `place` (a room, or a page such as "booth"), or undefined. */
export function takeTicket(place: string): string | undefined {
  const fresh = new URLSearchParams(location.hash.slice(1)).get('t');
  if (fresh) {
    keep(`ticket.${place}`, fresh, 'session');
    history.replaceState(history.state, '', location.pathname + location.search);
  }
  return fresh ?? recall(`ticket.${place}`, 'session') ?? undefined;
}

/** Forgets it, after the server refused it. */
export function dropTicket(place: string): void {
  keep(`ticket.${place}`, null, 'session');
}
