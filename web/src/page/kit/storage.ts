// localStorage and sessionStorage that never throw: private windows and full disks only forget.

const PREFIX = 'boothcast.';

/** What was kept under `key`, or null. */
export function recall(key: string, place: 'local' | 'session' = 'local'): string | null {
  try {
    return storage(place).getItem(PREFIX + key);
  } catch {
    return null;
  }
}

/** Keeps `value`; null forgets. */
export function keep(key: string, value: string | null, place: 'local' | 'session' = 'local'): void {
  try {
    if (value === null) storage(place).removeItem(PREFIX + key);
    else storage(place).setItem(PREFIX + key, value);
  } catch {
    // Nothing to be done, and nothing lost but comfort.
  }
}

function storage(place: 'local' | 'session'): Storage {
  return place === 'local' ? window.localStorage : window.sessionStorage;
}
