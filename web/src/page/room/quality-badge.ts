// The badge of a channel in the words of those who work here: original, direct, relay.

import type { Shown } from '../../lib/explain.js';
import { t, type TextKey } from '../../lib/i18n.js';
import { LabelBadge } from './label-badge.js';

/** What interpreters and AV staff call a label. */
export function qualityWord(label: Shown): TextKey {
  return label === 'original' || label === 'emergency' ? `common.label.${label}` : `consoles.label.${label}`;
}

export function qualityBadge(label: Shown): LabelBadge {
  return new LabelBadge(label, (each) => t(qualityWord(each)));
}
