// Keys of the keyboard at a desk. Pure: an event-like object goes in, an action comes out.
//
// Space, the key that a hand finds without looking, is COUGH: it can only make a microphone silent, never open one. MIC is a letter
// and never fires while a person types, with a modifier, or by a key that is held down. Letters are taken by what is printed on
// them; on a keyboard without Latin letters, by their place. All of it can be turned off (WCAG 2.1.4).

export type Action =
  | { do: 'mic' }
  | { do: 'cough' }
  | { do: 'output'; key: 'A' | 'B' | 'C' }
  | { do: 'input'; channel: number }
  | { do: 'volume'; step: 1 | -1 }
  | { do: 'sheet' };

export interface Key {
  key: string;
  code: string;
  repeat: boolean;
  isComposing: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/**
 * What has the focus: text takes every key, a control (tick, slider, selection) takes Space and arrows, a button takes Enter
 * only.
 */
export type Focus = 'page' | 'button' | 'control' | 'text';

/** For the sheet, in its order; the texts are `booth.keys.*`. */
export const SHEET: readonly { keys: readonly string[]; text: string }[] = [
  { keys: ['Space'], text: 'cough' },
  { keys: ['M'], text: 'mic' },
  { keys: ['A', 'B', 'C'], text: 'output' },
  { keys: ['0', '1 – 9'], text: 'input' },
  { keys: ['+', '−'], text: 'volume' },
  { keys: ['?'], text: 'sheet' },
];

export function actionOf(event: Key, focus: Focus): Action | null {
  if (focus === 'text' || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return null;
  if (event.code === 'Space') return focus === 'control' ? null : { do: 'cough' };
  const key = printed(event);
  if (key === '+' || key === '=') return { do: 'volume', step: 1 };
  if (key === '-') return { do: 'volume', step: -1 };
  if (event.repeat) return null;
  if (key === '?') return { do: 'sheet' };
  if (key === 'M') return { do: 'mic' };
  if (key === 'A' || key === 'B' || key === 'C') return { do: 'output', key };
  if (/^[0-9]$/.test(key)) return { do: 'input', channel: Number(key) };
  return null;
}

function printed(event: Key): string {
  if (/^[a-z0-9?+=-]$/i.test(event.key)) return event.key.toUpperCase();
  const place = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(event.code);
  return place?.[1] ?? place?.[2] ?? '';
}
