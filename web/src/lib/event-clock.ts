// The clock of the event, where the event is: an interpreter at home in Geneva reads the time of Chengdu. Pure.

const formatters = new Map<string, Intl.DateTimeFormat>();

/** "09:30:05" in that zone, in the same figures everywhere; an unknown zone counts as UTC. */
export function clockTime(now: Date, timezone: string): string {
  let formatter = formatters.get(timezone);
  if (!formatter) formatters.set(timezone, (formatter = makeFormatter(timezone)));
  return formatter.format(now);
}

function makeFormatter(timezone: string): Intl.DateTimeFormat {
  const options: Intl.DateTimeFormatOptions = { hourCycle: 'h23', hour: '2-digit', minute: '2-digit', second: '2-digit' };
  try {
    return new Intl.DateTimeFormat('en', { ...options, timeZone: timezone || 'UTC' });
  } catch {
    return new Intl.DateTimeFormat('en', { ...options, timeZone: 'UTC' });
  }
}
