// How things are at this desk, in a few sentences for the ears: said when a key asks for it.

import { list, t } from '../../lib/i18n.js';
import type { Desk, Room } from '../../lib/protocol.js';
import { qualityWord } from '../room/quality-badge.js';
import { lampOf, lampWord, matesOf, outputsOf, personAt } from './tally.js';

export function summaryOf(room: Room, desk: Desk, known: boolean): string {
  return [t(lampWord(lampOf(desk, known))), hearing(room, desk), speaking(room, desk), mates(room, desk)].filter((each) => each !== '').join('. ');
}

/** "You hear: English, Direct". */
export function hearing(room: Room, desk: Desk): string {
  const channel = room.channels.find((each) => each.number === desk.input);
  const name = desk.input === 0 ? t('consoles.floor') : (channel?.name ?? '');
  const lost = desk.relay_lost ? [t('booth.relay_lost')] : [];
  return `${t('booth.incoming')}: ${[name, t(qualityWord(desk.quality)), ...lost].join(', ')}`;
}

/** "You speak into: English, free". */
export function speaking(room: Room, desk: Desk): string {
  const output = outputsOf(room, desk).find((each) => each.selected);
  if (!output) return '';
  const who = output.engagedBy.join(', ');
  const state = who ? t('booth.output.engaged', { who }) : t(output.mine ? 'booth.output.mine' : 'booth.output.free');
  return `${t('booth.output')}: ${output.name}, ${state}`;
}

function mates(room: Room, desk: Desk): string {
  const seated = matesOf(room, desk).filter((each) => each.seated);
  const words = seated.map((each) => `${personAt(room, each.id)} ${t(`consoles.mic.${each.on_air ? 'on_air' : each.mic}`)}`);
  return words.length > 0 ? `${t('booth.mate')}: ${list(words)}` : '';
}
