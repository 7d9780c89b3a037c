// What a desk must be told as long as it is so, the most urgent first. Pure: from the room alone.
//
// What has a lamp of its own as well (RELAY LOST, the keys of a handover) is still here: the one line over the desk is where people
// look when something is wrong.

import { ownLanguageName } from '../../lib/i18n.js';
import type { Desk, Room } from '../../lib/protocol.js';
import { boothOf, handoverOf } from './handover.js';

export type WarningKind =
  | 'taken' // the partner takes over in a moment
  | 'overlap'
  | 'cut'
  | 'wrong_direction'
  | 'to_floor'
  | 'cough_long'
  | 'relay_lost'
  | 'uninterpreted';

export interface Warning {
  kind: WarningKind;
  tone: 'bad' | 'warn';
  flash: boolean;
  who: string; // a person or a language, where the sentence has one
}

export function warningsOf(room: Room, desk: Desk): Warning[] {
  const found: Warning[] = [];
  const raise = (when: boolean, kind: WarningKind, tone: Warning['tone'], who = '', flash = false): void => {
    if (when) found.push({ kind, tone, flash, who });
  };
  const handover = handoverOf(room, desk);
  const silent = uninterpretedOf(room, desk);
  raise(handover.case === 'taken', 'taken', 'bad', handover.who, true);
  raise(desk.overlap, 'overlap', 'bad', '', true);
  raise(desk.cut, 'cut', 'bad');
  raise(desk.wrong_direction, 'wrong_direction', 'bad', ownLanguageName(room.floor.language));
  raise(desk.to_floor, 'to_floor', 'warn');
  raise(desk.cough_long, 'cough_long', 'warn');
  raise(desk.relay_lost, 'relay_lost', 'warn');
  raise(silent.length > 0, 'uninterpreted', 'warn', silent.join(', '));
  return found;
}

/** Languages of this booth that nobody interprets into at the moment. */
function uninterpretedOf(room: Room, desk: Desk): string[] {
  const outputs = boothOf(room, desk)?.outputs.map((each) => each.channel) ?? [];
  return room.channels.filter((each) => each.uninterpreted && outputs.includes(each.number)).map((each) => each.name);
}
