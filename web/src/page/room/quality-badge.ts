// The badge of a channel in the words of those who work here: original, direct, relay.

import type { Shown } from '../../lib/explain.js';
import { t } from '../../lib/i18n.js';
import { LabelBadge } from './label-badge.js';

export function qualityBadge(label: Shown): LabelBadge {
  return new LabelBadge(label, (each) => t(`booth.quality.${each}`));
}
