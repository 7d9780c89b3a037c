// The handover at a desk: whose keys make sense, what the prompt counts, what is told when it ends; warnings, and guarded keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Desk, Handover, Room } from '../../src/lib/protocol.js';
import { Guard, ARMED_MS } from '../../src/page/booth/two-step-key.js';
import { HandoverEnds, handoverOf, secondsLeft, turnTime, type HandoverView } from '../../src/page/booth/handover.js';
import { Sent, SENT_MS } from '../../src/page/booth/pending-call.js';
import { warningsOf } from '../../src/page/booth/warnings.js';
import { ServerTime } from '../../src/lib/server-time.js';
import { hall } from '../fake/consoles.js';

const IDLE: Handover = { state: 'idle', from: '', to: '', ends_us: 0, ended: '' };

/** Booth zh-en with both desks taken; desk 1 speaks unless told otherwise. */
function booth(handover: Partial<Handover> = {}, mics: readonly [Desk['mic'], Desk['mic']] = ['on', 'off']): Room {
  const room = hall();
  const [first, second] = room.desks.filter((each) => each.booth === 'zh-en') as [Desk, Desk];
  first.mic = mics[0];
  second.mic = mics[1];
  room.booths[0]!.handover = { ...IDLE, ...(handover.state && handover.state !== 'idle' ? { ends_us: 60e6 } : {}), ...handover };
  return room;
}

function at(room: Room, desk: 1 | 2): HandoverView {
  return handoverOf(room, room.desks.find((each) => each.id === `zh-en/${desk}`)!);
}

const said = ({ case: each, who, main, no, take }: HandoverView): string => [each, who, main, no, take].join(' ');

test('who speaks may offer, who does not may ask or take', () => {
  assert.equal(said(at(booth(), 1)), 'active Helen Carter offer  false');
  assert.equal(said(at(booth(), 2)), 'passive Wang Li request  true');
  assert.equal(said(at(booth({}, ['cough', 'off']), 2)), 'passive Wang Li request  true');
});

test('there is nothing to hand over when nobody speaks, or nobody sits beside', () => {
  const quiet = booth({}, ['off', 'off']);
  for (const desk of [1, 2] as const) assert.equal(at(quiet, desk).case, 'none');
  const alone = booth();
  alone.desks.find((each) => each.id === 'zh-en/2')!.seated = false;
  assert.equal(at(alone, 1).case, 'none');
});

test('an offer: one side may take it back, the other accept or decline', () => {
  const room = booth({ state: 'offered', from: 'zh-en/1' });
  assert.equal(said(at(room, 1)), 'offering   cancel false');
  assert.equal(said(at(room, 2)), 'offered Wang Li accept decline true');
});

test('a request: the passive side may take it back or take over, the other answers', () => {
  const room = booth({ state: 'requested', from: 'zh-en/1', to: 'zh-en/2' });
  assert.equal(said(at(room, 2)), 'requesting Wang Li  cancel true');
  assert.equal(said(at(room, 1)), 'requested Helen Carter accept decline false');
});

test('a take-over is agreed to or waited for; it cannot be declined', () => {
  const room = booth({ state: 'taking', from: 'zh-en/1', to: 'zh-en/2' });
  assert.equal(said(at(room, 2)), 'taking Wang Li  cancel false');
  assert.equal(said(at(room, 1)), 'taken Helen Carter accept  false');
});

test('a third desk of the booth sees what goes on between the others', () => {
  const room = booth({ state: 'requested', from: 'zh-en/1', to: 'zh-en/2' });
  const third: Desk = { ...room.desks[1]!, id: 'zh-en/3', desk: 3, mic: 'off', seated: true };
  room.desks.push(third);
  assert.equal(said(handoverOf(room, third)), 'others Helen Carter   true');
});

test('the countdown shows 3, 2, 1 and then nothing', () => {
  const shown = [3e6, 2.99e6, 2e6, 1.2e6, 0.01e6, 0, -1].map((left) => secondsLeft(100e6, 100e6 - left, 'taking'));
  assert.deepEqual(shown, [3, 3, 2, 2, 1, 0, 0]);
  assert.equal(secondsLeft(100e6, 96.98e6, 'taking'), 3, 'the clock is estimated a little early');
  assert.equal(secondsLeft(100e6, 39.9e6, 'offered'), 60);
  assert.equal(secondsLeft(0, -5e6, 'taking'), 0, 'idle');
  assert.equal(secondsLeft(100e6, NaN, 'taking'), 0, 'the clock of the server is not known yet');
});

test('the turn is counted in minutes and seconds', () => {
  assert.equal(turnTime(1e6, 1e6 + 723.9e6), '12:03');
  assert.equal(turnTime(1e6, 0.5e6), '0:00', 'a clock that is a little off');
  assert.equal(turnTime(0, 9e6), '');
  assert.equal(turnTime(1e6, NaN), '');
});

test('how it ended is told once, and only to who saw it begin', () => {
  const ends = new HandoverEnds();
  const over: Handover = { ...IDLE, ended: 'declined' };
  assert.equal(ends.seen(over), null, 'it was over when this page came');
  ends.seen({ ...IDLE, state: 'offered', from: 'zh-en/1', ends_us: 1 });
  assert.equal(ends.seen(over), 'declined');
  assert.equal(ends.seen(over), null);
  ends.seen({ ...IDLE, state: 'requested', from: 'zh-en/1', to: 'zh-en/2', ends_us: 1 });
  ends.forget();
  assert.equal(ends.seen({ ...IDLE, ended: 'switched' }), null);
});

test('the server’s clock is the earliest that any message allows', () => {
  const time = new ServerTime();
  assert.equal(Number.isNaN(time.nowUs(5)), true);
  time.seen(5_000_000, 1000); // 80 ms on its way
  time.seen(5_980_000, 1900); // faster
  time.seen(6_000_000, 2100); // slow again
  assert.equal(time.nowUs(3000), 7_080_000);
  time.reset();
  assert.equal(time.known, false);
});

test('warnings: the most urgent first, each by its own flag', () => {
  const room = booth({ state: 'taking', from: 'zh-en/1', to: 'zh-en/2' });
  const desk = room.desks[0]!;
  const kinds = (): string[] => warningsOf(room, desk).map((each) => each.kind);
  assert.deepEqual(kinds(), ['taken']);
  for (const flag of ['overlap', 'cut', 'wrong_direction', 'to_floor', 'cough_long', 'relay_lost'] as const) desk[flag] = true;
  room.channels[2]!.uninterpreted = true; // English, an output of this booth
  room.channels[3]!.uninterpreted = true; // French is others' business
  assert.deepEqual(kinds(), ['taken', 'overlap', 'cut', 'wrong_direction', 'to_floor', 'cough_long', 'relay_lost', 'uninterpreted']);
  assert.deepEqual(warningsOf(room, desk).filter((each) => each.flash).map((each) => each.kind), ['taken', 'overlap']);
  assert.equal(warningsOf(room, desk).at(-1)?.who, 'English');
  room.booths[0]!.handover = IDLE;
  assert.equal(kinds()[0], 'overlap');
});

test('the floor is spoken to by a second press, not by a late one', () => {
  const guard = new Guard();
  assert.equal(guard.press(0), false);
  assert.equal(guard.press(ARMED_MS), false, 'too late: it arms anew');
  assert.equal(guard.press(ARMED_MS + 100), true);
  assert.equal(guard.armed(ARMED_MS + 101), false, 'confirmed: not armed any more');
  guard.press(0);
  guard.disarm();
  assert.equal(guard.press(1), false);
});

test('a call says that it was sent for a while, and no longer when the server says no', () => {
  const sent = new Sent();
  assert.equal(sent.shows(0), false);
  sent.press(0);
  assert.equal(sent.shows(SENT_MS - 1), true);
  assert.equal(sent.shows(SENT_MS), false);
  sent.press(0);
  sent.refused();
  assert.equal(sent.shows(1), false);
});
