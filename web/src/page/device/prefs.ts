// What a console remembers of its person on this computer: never a ticket. Volume and theme are kept by their own parts.

import { keep, recall } from '../kit/storage.js';

export interface Prefs {
  name: string;
  deviceId: string; // microphone; '' = the system's choice
  outputId: string; // headphones; '' = the system's choice
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGainControl: boolean;
  latch: boolean;
  shortcuts: boolean;
}

const DEFAULTS: Prefs = {
  name: '',
  deviceId: '',
  outputId: '',
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
  latch: false,
  shortcuts: true,
};

export function loadPrefs(page: string): Prefs {
  const prefs = { ...DEFAULTS };
  try {
    const stored: unknown = JSON.parse(recall(page) ?? '{}');
    if (typeof stored === 'object' && stored !== null) for (const [key, value] of Object.entries(stored)) take(prefs, key, value);
  } catch {
    // Not ours: the defaults do.
  }
  return prefs;
}

export function savePrefs(page: string, prefs: Prefs): void {
  keep(page, JSON.stringify(prefs));
}

/** Only known keys, only of their own type. */
function take(prefs: Prefs, key: string, value: unknown): void {
  if (key in DEFAULTS && typeof value === typeof DEFAULTS[key as keyof Prefs]) Object.assign(prefs, { [key]: value });
}
