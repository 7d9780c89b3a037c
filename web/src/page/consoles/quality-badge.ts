// The badge of a channel in the words of those who work here: original, direct, relay.

import { t } from '../../lib/i18n.js';
import type { Label } from '../../lib/protocol.js';
import { LabelBadge } from '../parts/label-badge.js';

export function qualityBadge(label: Label): LabelBadge {
  return new LabelBadge(label, (each) => t(`booth.quality.${each}`));
}
