// What somebody in a talk hears, and why: pure functions of what the server says and of what plays.
//
//   the channel   in the language that they understand: the interpreter, or silence while that language is spoken anyway
//   the original  the other person's own voice, as a bed under it, at a level of their choice

import type { Channel, Label, Room, Talk } from '../../lib/protocol.js';

/** Out of the talk; the sound is about to start; it plays; the phone has stopped it. */
export type SoundState = 'out' | 'starting' | 'on' | 'interrupted';

export const HEARINGS = [
  'out',
  'starting',
  'interrupted',
  'cut', // the line is down
  'alone', // there is no channel for this person: the original alone
  'nobody', // nobody interprets
  'silent',
  'original',
  'direct',
  'relay',
  'emergency',
] as const;
export type Hearing = (typeof HEARINGS)[number];

/** `label`: of the sound that is heard now. `cut`: the line has been down for so long that nothing is heard. */
export function hearingOf(state: SoundState, channel: Channel | null, label: Label, cut: boolean): Hearing {
  if (state !== 'on') return state;
  if (cut) return 'cut';
  if (!channel) return 'alone';
  return label === 'silent' && channel.uninterpreted ? 'nobody' : label;
}

/** The source of the other's own voice: of several, the first who sends now. */
export function otherOf({ others }: Talk, room: Room): string | null {
  const sends = (source: string): boolean => room.floor.inputs.some(({ id, link }) => `floor/${id}` === source && link !== 'down');
  return others.find(sends) ?? others[0] ?? null;
}

/** How loud the original is: not at all where the channel carries the room itself, and nothing lies under an emergency. */
export function originalLevel(hearing: Hearing, level: number): number {
  return hearing === 'original' || hearing === 'emergency' ? 0 : level;
}
