import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, shownAs } from '../../src/lib/explain.js';
import { offers } from '../../src/lib/offer.js';
import { eventTime, programmeAt } from '../../src/lib/programme.js';
import type { ProgrammeItem } from '../../src/lib/protocol.js';
import { readRoomList } from '../../src/lib/room-list.js';
import { fakeChannels } from '../fake/listener.js';

const hall = fakeChannels('zh-CN', '');
const order = (last: number | null, wishes: string[], channels = hall) => offers(channels, last, wishes).map((offer) => offer.number);

test('offers: the channel of last time, then by number, the floor last', () => {
  assert.deepEqual(order(4, ['ru']), [4, 1, 2, 3, 5, 6, 0]);
  assert.equal(offers(hall, 4, [])[0]?.reason, 'last');
});

test('offers: without one, the best wish that the room has, even in another country', () => {
  assert.deepEqual(order(null, ['de-DE', 'fr-CA', 'ru']), [3, 1, 2, 4, 5, 6, 0]);
  assert.equal(offers(hall, null, ['fr-CA'])[0]?.reason, 'suggested');
});

test('offers: the whole tag counts for more than its language', () => {
  const two = hall.map((channel) => (channel.number === 1 ? { ...channel, language: 'en-US' } : channel));
  assert.equal(order(null, ['en-GB'], two)[0], 2);
  assert.equal(order(null, ['en-US'], two)[0], 1);
});

test('offers: no wish fits: by number; a channel of last time that is gone is forgotten', () => {
  assert.deepEqual(order(17, ['de']), [1, 2, 3, 4, 5, 6, 0]);
});

test('offers: the floor can be the channel of last time', () => {
  assert.deepEqual(order(0, ['fr']), [0, 1, 2, 3, 4, 5, 6]);
});

test('explain: the original on the channel of its own language is no lack', () => {
  assert.equal(explain({ number: 1, language: 'zh-CN', carries: 'zh-CN' }, 'original'), 'same');
  assert.equal(explain({ number: 6, language: 'it-IT', carries: 'zh-CN' }, 'original'), 'original');
  assert.equal(explain({ number: 6, language: 'it-IT', carries: '' }, 'original'), 'original');
  assert.equal(explain({ number: 0, language: '', carries: '' }, 'original'), 'floor');
  assert.equal(explain({ number: 0, language: '', carries: '' }, 'emergency'), 'emergency');
  assert.equal(explain({ number: 2, language: 'en-GB', carries: '' }, 'music'), 'music');
});

test('tone and music are shown where the frame says silence, and only there', () => {
  assert.equal(shownAs({ bed: 'music' }, 'silent'), 'music');
  assert.equal(shownAs({ bed: 'line_up' }, 'silent'), 'line_up');
  assert.equal(shownAs({}, 'silent'), 'silent');
  assert.equal(shownAs(null, 'silent'), 'silent');
  assert.equal(shownAs({ bed: 'music' }, 'direct'), 'direct'); // the frame is ahead of the message
});

const item = (starts: string, ends: string): ProgrammeItem => ({ starts, ends, title: { en: starts }, speaker: '', language: 'zh-CN' });

test('programme: ends are open, gaps show what comes next, tomorrow is not next', () => {
  const day = [item('2025-03-21T09:00', '2025-03-21T10:00'), item('2025-03-21T10:30', '2025-03-21T12:00'), item('2025-03-22T09:00', '2025-03-22T10:00')];
  assert.equal(programmeAt(day, '2025-03-21T09:00').now, day[0]);
  assert.equal(programmeAt(day, '2025-03-21T09:59').next, day[1]);
  assert.deepEqual(programmeAt(day, '2025-03-21T10:00'), { now: null, next: day[1] });
  assert.deepEqual(programmeAt(day, '2025-03-21T12:00'), { now: null, next: null });
});

test('programme: the time of the event, also across its midnight', () => {
  const instant = new Date('2025-03-20T16:05:00Z');
  assert.equal(eventTime(instant, 'Asia/Shanghai'), '2025-03-21T00:05');
  assert.equal(eventTime(instant, 'no/such'), '2025-03-20T16:05');
});

test('room list: what can be read is shown, whatever else is in the answer', () => {
  const list = readRoomList({ event: { name: 'Plain' }, rooms: [null, { id: 'hall', channels: [{ number: 1, language: 'zh-CN' }, 7], programme: 'none' }] });
  assert.deepEqual(list.event.name, { en: 'Plain' });
  assert.deepEqual(list.rooms.map((room) => room.id), ['hall']);
  assert.deepEqual(list.rooms[0]?.channels.map((channel) => channel.number), [1]);
  assert.deepEqual(readRoomList('<html>').rooms, []);
});
