// The sentence over the desk: what is wrong now. The line first, then one's own sound, then what the server warns of.

import { t } from '../../lib/i18n.js';
import type { Line } from '../../lib/session.js';
import { errorText } from '../room/error-text.js';
import type { Sentence } from './alert-part.js';
import type { Warning } from './warnings.js';
import type { Trouble } from './watch.js';

/** `warnings`: the most urgent first; with more than one the sentence says how many it leaves out. */
export function sentenceOf(line: Line, sound: Trouble | null, warnings: readonly Warning[]): Sentence | null {
  if (line.state === 'refused') return { tone: 'bad', text: errorText(line.error) };
  if (line.state !== 'open') return { tone: 'bad', text: t('booth.trouble.line') };
  const first = warnings[0];
  if (sound !== null && first?.kind !== 'cut') return { tone: 'bad', text: t(`booth.trouble.${sound}`), more: warnings.length };
  if (!first) return null;
  return { tone: first.tone, text: t(`booth.warning.${first.kind}`, { who: first.who }), flash: first.flash, more: warnings.length - 1 };
}
