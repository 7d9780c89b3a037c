// Where the programme stands. Its times are local times of the event, without a zone, as they are printed; they are compared
// as text with the event's local time now. Pure.

import type { ProgrammeItem } from './protocol.js';

export interface ProgrammeNow {
  now: ProgrammeItem | null;
  next: ProgrammeItem | null; // of the same day
}

/** The event's local time at `date`: 2025-03-21T09:00. An unknown zone counts as UTC. */
export function eventTime(date: Date, timezone: string): string {
  const parts = new Map(formatter(timezone).formatToParts(date).map((part) => [part.type, part.value]));
  return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}T${parts.get('hour')}:${parts.get('minute')}`;
}

/** What is on at this local time, and what comes next on that day. */
export function programmeAt(items: readonly ProgrammeItem[], local: string): ProgrammeNow {
  const sameDay = items.filter((item) => item.starts.slice(0, 10) === local.slice(0, 10));
  const coming = sameDay.filter((item) => item.starts > local).sort((a, b) => (a.starts < b.starts ? -1 : 1));
  return { now: items.find((item) => item.starts <= local && local < item.ends) ?? null, next: coming[0] ?? null };
}

function formatter(timezone: string): Intl.DateTimeFormat {
  const options: Intl.DateTimeFormatOptions = { hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' };
  try {
    return new Intl.DateTimeFormat('en', { ...options, timeZone: timezone || 'UTC' });
  } catch {
    return new Intl.DateTimeFormat('en', { ...options, timeZone: 'UTC' });
  }
}
