// What the handover of a booth means at this desk: who asks whom, which keys make sense, how long there is. Pure.
//
// There are three keys. HANDOVER does the natural next thing (offer, request, accept), NO declines or takes back, TAKE OVER is the
// passive desk's, always. The server decides; a key that makes no sense is dark.

import type { Booth, Desk, Handover, Room } from '../../lib/protocol.js';
import { personAt } from './tally.js';

export type Case =
  | 'none' // nobody sits beside, or nobody speaks: nothing to hand over
  | 'active' // this desk speaks
  | 'passive' // the partner does
  | 'offering' // this desk waits for an answer
  | 'requesting'
  | 'taking' // and in a moment it happens
  | 'offered' // this desk is asked
  | 'requested'
  | 'taken'
  | 'others'; // between two other desks of the booth

export interface HandoverView {
  case: Case;
  who: string; // the other person, '' when there is none
  main: 'offer' | 'request' | 'accept' | null;
  no: 'decline' | 'cancel' | null;
  take: boolean;
  endsUs: number; // server clock; 0 none
  state: Handover['state'];
}

export const NOTHING: HandoverView = { case: 'none', who: '', main: null, no: null, take: false, endsUs: 0, state: 'idle' };

export function handoverOf(room: Room, desk: Desk): HandoverView {
  const handover = boothOf(room, desk)?.handover;
  if (!handover || !desk.seated) return NOTHING;
  if (handover.state === 'idle') return idle(room, desk);
  const mine = handover.state === 'offered' ? handover.from === desk.id : handover.to === desk.id;
  const view = { ...NOTHING, endsUs: handover.ends_us, state: handover.state, take: desk.mic === 'off' && handover.state !== 'taking' };
  if (mine) return { ...view, ...asking(room, handover) };
  const asked = handover.state === 'offered' || handover.from === desk.id;
  return asked ? { ...view, ...answering(room, desk, handover) } : { ...view, case: 'others', who: personAt(room, handover.to) };
}

function idle(room: Room, desk: Desk): HandoverView {
  const mates = room.desks.filter((each) => each.booth === desk.booth && each.id !== desk.id && each.seated);
  const speaker = mates.find((each) => each.mic !== 'off');
  if (desk.mic !== 'off') {
    const who = mates.map((each) => personAt(room, each.id)).join(', ');
    return mates.length > 0 ? { ...NOTHING, case: 'active', who, main: 'offer' } : NOTHING;
  }
  return speaker ? { ...NOTHING, case: 'passive', who: personAt(room, speaker.id), main: 'request', take: true } : NOTHING;
}

function asking(room: Room, { state, from, to }: Handover): Partial<HandoverView> {
  if (state === 'offered') return { case: 'offering', who: to ? personAt(room, to) : '', no: 'cancel', take: false };
  return { case: state === 'taking' ? 'taking' : 'requesting', who: personAt(room, from), no: 'cancel' };
}

function answering(room: Room, desk: Desk, { state, from, to }: Handover): Partial<HandoverView> {
  if (state === 'offered')
    return { case: 'offered', who: personAt(room, from), main: desk.mic === 'off' ? 'accept' : null, no: 'decline' };
  const taken = state === 'taking'; // it cannot be declined, only agreed to
  return { case: taken ? 'taken' : 'requested', who: personAt(room, to), main: 'accept', no: taken ? null : 'decline', take: false };
}

export function boothOf(room: Room, desk: Pick<Desk, 'booth'>): Booth | undefined {
  return room.booths.find((each) => each.id === desk.booth);
}

/** How long a take-over is seen coming, and how long a question waits (server/room/README.md, "Handover within a booth"). */
const longestS = (state: Handover['state']): number => (state === 'taking' ? 3 : 60);

/**
 * Whole seconds until then, as a countdown shows them (3, 2, 1); 0 when it is over or not known. Never more than `longest`: the page only
 * estimates the server's clock, and a countdown of three does not begin with 4.
 */
export function secondsLeft(endsUs: number, nowUs: number, state: Handover['state']): number {
  const left = Math.ceil((endsUs - nowUs) / 1e6);
  return endsUs > 0 && left > 0 ? Math.min(left, longestS(state)) : 0;
}

export type Ended = Exclude<Handover['ended'], ''>;

/** Tells once how a handover ended: when it was under way before, and is not any more. */
export class HandoverEnds {
  private under = false;

  /** Who knows nothing of before (a new line) is told nothing. */
  forget(): void {
    this.under = false;
  }

  seen(handover: Handover): Ended | null {
    const was = this.under;
    this.under = handover.state !== 'idle';
    return was && !this.under && handover.ended !== '' ? handover.ended : null;
  }
}

/** How long a desk has been speaking, "12:03", or '' before anybody did. */
export function turnTime(sinceUs: number, nowUs: number): string {
  if (!(sinceUs > 0) || !Number.isFinite(nowUs)) return '';
  const seconds = Math.max(0, Math.floor((nowUs - sinceUs) / 1e6));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
