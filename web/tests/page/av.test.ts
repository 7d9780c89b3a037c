// Alarms of the AV view, and the lamp of the speaker's page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Levels, Room } from '../../src/lib/protocol.js';
import { AlarmBoard, QUIET_AFTER_MS } from '../../src/page/av/alarms.js';
import { setLanguage } from '../../src/page/av/floor-part.js';
import { airOf, freeInput, inputOf } from '../../src/page/device/on-air.js';
import { hall, quietLevels } from '../fake/consoles.js';

const said = (board: AlarmBoard, room: Room, now: number): string[] =>
  board.alarms(room, now).map((each) => `${each.severity} ${each.id}`);

function quiet(): Room {
  const room = hall();
  for (const input of room.floor.inputs) input.link = 'up';
  return room;
}

test('a room in order has no alarm', () => {
  assert.deepEqual(said(new AlarmBoard(), quiet(), 0), []);
});

test('a lost floor is red, a lost backup amber, none at all one alarm', () => {
  const room = quiet();
  room.floor.inputs[0]!.link = 'lost';
  assert.deepEqual(said(new AlarmBoard(), room, 0), ['red input_lost main']);
  room.floor.inputs[0]!.link = 'late';
  room.floor.inputs[1]!.link = 'lost';
  assert.deepEqual(said(new AlarmBoard(), room, 0).sort(), ['amber input_late main', 'amber input_lost backup']);
  for (const input of room.floor.inputs) input.link = 'down';
  assert.deepEqual(said(new AlarmBoard(), room, 0), ['red no_input']);
});

test('a desk that loses its line is red while its key is ON', () => {
  const room = quiet();
  const desk = room.desks.find((each) => each.id === 'fr/1')!;
  desk.link = 'lost';
  desk.mic = 'on';
  assert.deepEqual(said(new AlarmBoard(), room, 0), ['red desk_lost fr/1']);
  desk.mic = 'off';
  assert.deepEqual(said(new AlarmBoard(), room, 0), ['amber desk_lost fr/1']);
  desk.link = 'down';
  assert.deepEqual(said(new AlarmBoard(), room, 0), []);
});

test('a silent channel is red at once, a held one without sound amber after 15 s', () => {
  const room = quiet();
  room.channels[6]!.state = 'silent';
  const english = room.channels[2]!;
  english.state = 'held';
  const board = new AlarmBoard();
  const levels = (now: number, db: number): void => {
    const message: Levels = quietLevels(room);
    message.channels.forEach((each) => (each.peak_db = db));
    board.take(message, now);
  };
  levels(0, -20);
  assert.deepEqual(said(board, room, 0), ['red channel_silent 6']);
  for (let now = 0; now < QUIET_AFTER_MS; now += 100) {
    levels(now, now === 0 ? -20 : -90);
    assert.deepEqual(said(board, room, now), ['red channel_silent 6']);
  }
  levels(QUIET_AFTER_MS, -90);
  assert.deepEqual(said(board, room, QUIET_AFTER_MS), ['red channel_silent 6', 'amber channel_quiet 2']);
  levels(QUIET_AFTER_MS + 100, -12);
  assert.deepEqual(said(board, room, QUIET_AFTER_MS + 100), ['red channel_silent 6']);
});

test('line-up tone is one amber alarm, and no channel is silent by it or by music', () => {
  const room = quiet();
  Object.assign(room.channels[1]!, { state: 'silent', bed: 'line_up' });
  Object.assign(room.channels[2]!, { state: 'silent', bed: 'line_up' });
  Object.assign(room.channels[3]!, { state: 'silent', bed: 'music' });
  assert.deepEqual(said(new AlarmBoard(), room, 0), ['amber line_up']);
});

test('the selection of the floor language is the operator’s, not what is concluded', () => {
  const inputs: Room['floor']['inputs'] = [];
  assert.equal(setLanguage({ mode: 'switched', language: 'zh-CN', from: 'set', inputs }), 'zh-CN');
  assert.equal(setLanguage({ mode: 'switched', language: 'zh-CN', inputs }), 'zh-CN');
  assert.equal(setLanguage({ mode: 'switched', language: 'zh-CN', from: 'programme', inputs }), '');
  assert.equal(setLanguage({ mode: 'switched', language: 'zh-CN', from: 'concluded', inputs }), '');
  assert.equal(setLanguage({ mode: 'switched', language: '', from: '', inputs }), '');
});

test('an alarm keeps its beginning, and begins anew after it has ended', () => {
  const room = quiet();
  const board = new AlarmBoard();
  const desk = room.desks[0]!;
  desk.link = 'late';
  assert.equal(board.alarms(room, 100)[0]?.sinceMs, 100);
  assert.equal(board.alarms(room, 900)[0]?.sinceMs, 100);
  desk.link = 'up';
  board.alarms(room, 1000);
  desk.link = 'late';
  assert.equal(board.alarms(room, 2000)[0]?.sinceMs, 2000);
});

test('levels that stop are told', () => {
  const room = quiet();
  const board = new AlarmBoard();
  board.take(quietLevels(room), 0);
  assert.deepEqual(said(board, room, 1000), []);
  assert.deepEqual(said(board, room, 1600), ['amber no_levels']);
});

test('on air is the word of the server, not of the uplink', () => {
  const room = hall();
  const open = { state: 'open', source: 'floor/main', sent: 9 } as const;
  const main = { ...inputOf(room, 'main')!, link: 'up' as const, active: true };
  assert.equal(airOf(open, main, true, true), 'on_air');
  assert.equal(airOf(open, { ...main, active: false }, true, true), 'standby');
  assert.equal(airOf(open, { ...main, link: 'down' }, true, true), 'opening');
  assert.equal(airOf(open, { ...main, link: 'late' }, true, true), 'late');
  assert.equal(airOf(open, main, false, true), 'interrupted');
  assert.equal(airOf({ state: 'opening', source: 'floor/main' }, main, true, true), 'opening', 'another one may be on it');
  assert.equal(airOf({ state: 'closed' }, main, true, true), 'ready');
  assert.equal(airOf(open, main, true, false), 'no_microphone', 'the server has not noticed yet');
  assert.equal(airOf({ state: 'closed' }, main, true, false), 'ready');
});

test('the input that is offered is one where nobody is', () => {
  const room = hall();
  room.floor.inputs[0]!.link = 'up';
  room.floor.inputs[1]!.link = 'down';
  assert.equal(freeInput(room), 'backup');
  room.floor.inputs[1]!.link = 'up';
  assert.equal(freeInput(room), 'main');
  room.floor.inputs = [];
  assert.equal(freeInput(room), '');
});

test('what goes wrong at a desk has its alarm; a booth with two microphones ON has one', () => {
  const room = quiet();
  const [first, second] = room.desks.filter((each) => each.booth === 'fr');
  Object.assign(first!, { overlap: true, wrong_direction: true });
  Object.assign(second!, { overlap: true, relay_lost: true });
  room.channels[4]!.uninterpreted = true;
  assert.deepEqual(said(new AlarmBoard(), room, 0).sort(), [
    'amber relay_lost fr/2',
    'red channel_uninterpreted 4',
    'red overlap fr',
    'red wrong_direction fr/1',
  ]);
});

test('a long cough is one alarm: the key’s, not the silent channel’s', () => {
  const room = quiet();
  const desk = room.desks.find((each) => each.id === 'fr/1')!;
  Object.assign(desk, { mic: 'cough', cough_long: true });
  Object.assign(room.channels[3]!, { state: 'held', holders: ['fr/1'] });
  const board = new AlarmBoard();
  for (let now = 0; now <= QUIET_AFTER_MS + 100; now += 100) {
    board.take(quietLevels(room), now);
    assert.deepEqual(said(board, room, now), ['amber cough_long fr/1']);
  }
});
