// The time of the event, where the event is: an interpreter at home in Geneva reads the clock of Chengdu. Pure.
//
// Programme times are local times of the event without a zone (2025-03-21T09:00). Local times of one form compare as text,
// so that no page has to compute with zones: "now" is written in the same form.

import type { ProgrammeItem } from '../../lib/protocol.js';

/** "2025-03-21T09:00:30" in that zone; of an unknown zone, in the zone of this computer. */
export function localTime(now: Date, timezone: string): string {
  const parts = new Map(formatter(timezone).formatToParts(now).map((part) => [part.type, part.value]));
  const at = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  return `${at('year')}-${at('month')}-${at('day')}T${at('hour')}:${at('minute')}:${at('second')}`;
}

export interface NowAndNext {
  now: ProgrammeItem | null;
  next: ProgrammeItem | null;
}

/** `local` as localTime() gives it. An item ends when the next one starts, whatever its own end says. */
export function nowAndNext(programme: readonly ProgrammeItem[], local: string): NowAndNext {
  const sorted = [...programme].sort((a, b) => (a.starts < b.starts ? -1 : a.starts > b.starts ? 1 : 0));
  const next = sorted.find((item) => item.starts > local) ?? null;
  const begun = sorted.filter((item) => item.starts <= local);
  const last = begun[begun.length - 1];
  return { now: last && last.ends > local ? last : null, next };
}

/** "09:00" of "2025-03-21T09:00". */
export function clockOf(local: string): string {
  return local.slice(11, 16);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timezone: string): Intl.DateTimeFormat {
  let known = formatters.get(timezone);
  if (!known) formatters.set(timezone, (known = makeFormatter(timezone)));
  return known;
}

function makeFormatter(timezone: string): Intl.DateTimeFormat {
  const options: Intl.DateTimeFormatOptions = {
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  };
  try {
    return new Intl.DateTimeFormat('en', { ...options, timeZone: timezone || undefined });
  } catch {
    return new Intl.DateTimeFormat('en', options);
  }
}
