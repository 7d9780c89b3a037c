// What a listener is told of what they hear: the badge, and why it is so in one sentence, which is the end of the two-way puzzle "my
// channel speaks the original". Pure.

import { primaryOf } from './i18n.js';
import { BEDS, LABELS, type Channel, type Label } from './protocol.js';

/** What a badge can say: the labels, and what the server makes in the place of speech. */
export const SHOWN = [...LABELS, ...BEDS] as const;
export type Shown = (typeof SHOWN)[number];

export const EXPLANATIONS = ['floor', 'same', 'original', 'direct', 'relay', 'silent', 'emergency', 'line_up', 'music'] as const;
export type Explanation = (typeof EXPLANATIONS)[number];

/** The label of a frame, by the frame itself; a silence that is tone or music has its own word. */
export function shownAs(channel: Pick<Channel, 'bed'> | null, label: Label): Shown {
  return label === 'silent' ? (channel?.bed ?? label) : label;
}

/** What to say about `label` on this channel; the texts are listen.explain.*. */
export function explain(channel: Pick<Channel, 'number' | 'language' | 'carries'>, label: Shown): Explanation {
  if (label !== 'original') return label;
  if (channel.number === 0) return 'floor';
  return channel.carries && primaryOf(channel.carries) === primaryOf(channel.language) ? 'same' : 'original';
}
