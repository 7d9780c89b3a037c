// Why a listener hears what they hear, in one sentence: the end of the two-way puzzle "my channel speaks the original". Pure.

import { primaryOf } from './i18n.js';
import type { Channel, Label } from './protocol.js';

export const EXPLANATIONS = ['floor', 'same', 'original', 'direct', 'relay', 'silent', 'emergency'] as const;
export type Explanation = (typeof EXPLANATIONS)[number];

/** What to say about `label` on this channel; the texts are listen.explain.*. */
export function explain(channel: Pick<Channel, 'number' | 'language' | 'carries'>, label: Label): Explanation {
  if (label !== 'original') return label;
  if (channel.number === 0) return 'floor';
  return channel.carries && primaryOf(channel.carries) === primaryOf(channel.language) ? 'same' : 'original';
}
