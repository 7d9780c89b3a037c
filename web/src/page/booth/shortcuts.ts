// Keys of the keyboard at a desk. Pure: an event-like object goes in, an action comes out.
//
// Space, the key that a hand finds without looking, is COUGH: it can only make a microphone silent, never open one. F, the key with
// a ridge under the left hand, goes between floor and relay. What others notice at once and cannot be undone by the same press
// (TAKE OVER, speaking to the floor) wants Shift. No letter fires while a person types, with Ctrl, Alt or Meta, or by a key that is
// held down. Letters are taken by what is printed on them; on a keyboard without Latin letters, by their place. All of it can be
// turned off (WCAG 2.1.4).

export type Action =
  | { do: 'mic' }
  | { do: 'cough' }
  | { do: 'output'; key: 'A' | 'B' | 'C' }
  | { do: 'preset'; index: number }
  | { do: 'volume'; step: 1 | -1 }
  | { do: (typeof LETTERS)[keyof typeof LETTERS] };

const LETTERS = {
  '0': 'floor',
  F: 'toggle',
  G: 'true_floor',
  H: 'handover',
  N: 'no',
  S: 'slow_down',
  T: 'technician',
  W: 'write',
  I: 'say',
  M: 'mic',
  '?': 'sheet',
  'Shift+H': 'take',
  'Shift+F': 'to_floor',
} as const;

export interface Key {
  key: string;
  code: string;
  repeat: boolean;
  isComposing: boolean;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/**
 * What has the focus: text takes every key, a control (a tick) takes Space, a button takes Enter only; so do radio keys and
 * sliders, whose arrows are not ours.
 */
export type Focus = 'page' | 'button' | 'control' | 'text';

/** For the sheet, in its order; the texts are `booth.keys.*`. */
export const SHEET = [
  { keys: ['Space'], does: 'cough' },
  { keys: ['M'], does: 'mic' },
  { keys: ['A', 'B', 'C'], does: 'output' },
  { keys: ['F'], does: 'toggle' },
  { keys: ['0'], does: 'floor' },
  { keys: ['1', '2', '3'], does: 'preset' },
  { keys: ['G'], does: 'true_floor' },
  { keys: ['+', '−'], does: 'volume' },
  { keys: ['H'], does: 'handover' },
  { keys: ['N'], does: 'no' },
  { keys: ['Shift+H'], does: 'take' },
  { keys: ['S'], does: 'slow_down' },
  { keys: ['T'], does: 'technician' },
  { keys: ['Shift+F'], does: 'to_floor' },
  { keys: ['W'], does: 'write' },
  { keys: ['I'], does: 'say' },
  { keys: ['?'], does: 'sheet' },
] as const;

/** As it stands on a key cap. */
export function printedKey(shortcut: string): string {
  return shortcut.replace('Shift+', '⇧');
}

export function actionOf(event: Key, focus: Focus): Action | null {
  if (focus === 'text' || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return null;
  if (event.code === 'Space') return focus === 'control' ? null : { do: 'cough' };
  const key = printed(event);
  if (key === '+' || key === '=') return { do: 'volume', step: 1 };
  if (key === '-') return { do: 'volume', step: -1 };
  if (event.repeat) return null;
  if (/^[1-3]$/.test(key)) return { do: 'preset', index: Number(key) - 1 };
  const shifted = event.shiftKey && /^[A-Z]$/.test(key) ? `Shift+${key}` : key;
  if (shifted === 'A' || shifted === 'B' || shifted === 'C') return { do: 'output', key: shifted };
  return shifted in LETTERS ? { do: LETTERS[shifted as keyof typeof LETTERS] } : null;
}

function printed(event: Key): string {
  if (event.key === '؟' || event.key === '？') return '?';
  if (/^[a-z0-9?+=-]$/i.test(event.key)) return event.key.toUpperCase();
  const place = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(event.code);
  return place?.[1] ?? place?.[2] ?? '';
}
