// What the page of a talk says of the own microphone: airOf() as the two people of a talk see it. Pure.
//
// In a talk every input that is up is heard, so there is no standing by; and whoever mutes wants the server's word that they are muted.

import type { Input } from '../../lib/protocol.js';
import type { Air } from '../device/on-air.js';

export type Mine =
  | Exclude<Air, 'standby'>
  | 'ending' // muted here, and the server has not said so yet
  | 'blocked'; // sent, but the system or the microphone's own switch makes it silence

/** `sent`: this page has sent before. `blocked`: the system says that the microphone gives silence. */
export function mineOf(air: Air, input: Input | null, sent: boolean, blocked: boolean): Mine {
  if (air === 'ready') return sent && input?.link === 'up' ? 'ending' : 'ready';
  if (air === 'on_air' || air === 'standby') return blocked ? 'blocked' : 'on_air';
  return air;
}
