// What a page may read in a ticket before the server has judged it: the room to ask for, and the desk to name on the screen. Pure.
// Nothing here is trusted: the signature is the server's business.

import type { Role } from '../../lib/protocol.js';

export interface Ticket {
  text: string; // bc1.<key id>.<payload>.<signature>
  room: string;
  role: Role | '';
  booth: string;
  desk: number; // 0 = none
}

const SHAPE = /bc1\.[\w-]+\.[\w-]+\.[\w-]+/;

/** The ticket in a link or in what a person pasted; null when there is none that can be read. */
export function ticketIn(text: string): Ticket | null {
  const found = SHAPE.exec(text)?.[0];
  const payload = found && payloadOf(found);
  if (!found || !payload) return null;
  return {
    text: found,
    room: textOf(payload['room']),
    role: textOf(payload['role']) as Role | '',
    booth: textOf(payload['booth']),
    desk: typeof payload['desk'] === 'number' ? payload['desk'] : 0,
  };
}

function payloadOf(ticket: string): Record<string, unknown> | null {
  try {
    const base64 = (ticket.split('.')[2] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
