// The wire's headers, the merged room, the waits between attempts, events.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../src/lib/backoff.js';
import { Emitter } from '../../src/lib/emitter.js';
import { mergeState } from '../../src/lib/merge.js';
import { makeUp, readDown, seqDistance, type Booth, type Channel, type Desk, type Room } from '../../src/lib/protocol.js';

test('readDown reads what include/boothcast/wire.h describes', () => {
  const bytes = Uint8Array.from([1, 0b0010_1010, 0x01, 0x02, 0, 0, 1, 3, 0xff, 0xff, 0xff, 0xfe, 9, 9]);
  assert.deepEqual(readDown(bytes.buffer), { flags: 0b1010, label: 'direct', stream: 0x102, epoch: 0x103, seq: 0xfffffffe });
});

test('readDown refuses what is short or of another version', () => {
  assert.equal(readDown(new ArrayBuffer(11)), null);
  assert.equal(readDown(Uint8Array.from([2, ...new Array<number>(20).fill(0)]).buffer), null);
});

test('makeUp writes header and sound', () => {
  const message = new Uint8Array(makeUp(0x0a0b, 0x1_0000_0001, 0x1_0203_0405, Uint8Array.from([7, 8]), true));
  assert.deepEqual([...message], [1, 1, 0x0a, 0x0b, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4, 5, 7, 8]);
  assert.deepEqual([...new Uint8Array(makeUp(1, 1, -5, new Uint8Array(0))).subarray(8)], [0, 0, 0, 0, 0, 0, 0, 0]);
});

test('seqDistance goes round', () => {
  assert.equal(seqDistance(1, 0xffffffff), 2);
  assert.equal(seqDistance(0xffffffff, 1), -2);
});

const channel = (number: number, label: Channel['label']) => ({ number, label }) as Channel;
const desk = (id: string, mic: Desk['mic']) => ({ id, mic }) as Desk;
const booth = (id: string, turn: string) => ({ id, turn: { desk: turn } }) as Booth;
const room = {
  revision: 4, emergency: false, auto_relay: 2, floor: { language: 'zh' }, channels: [channel(0, 'original'), channel(1, 'direct')], desks: [desk('fr/1', 'off')],
  booths: [booth('fr', 'fr/1'), booth('ar', '')],
} as unknown as Room;

test('mergeState puts whole objects in their places and leaves the old room alone', () => {
  const before = structuredClone(room);
  const merged = mergeState(room, { type: 'state', revision: 5, seq: 9, channels: [channel(3, 'silent'), channel(1, 'relay')], desks: [desk('fr/2', 'on'), desk('fr/1', 'cough')] });
  assert.deepEqual(merged.channels, [channel(0, 'original'), channel(1, 'relay'), channel(3, 'silent')]);
  assert.deepEqual(merged.desks, [desk('fr/1', 'cough'), desk('fr/2', 'on')]);
  assert.equal(merged.revision, 5);
  assert.equal(merged.floor, room.floor);
  assert.deepEqual(room, before);
});

test('mergeState: a booth keeps its place, the auto-relay goes to none', () => {
  const merged = mergeState(room, { type: 'state', revision: 5, seq: 9, auto_relay: 0, booths: [booth('ar', 'ar/2')] });
  assert.deepEqual(merged.booths, [booth('fr', 'fr/1'), booth('ar', 'ar/2')]);
  assert.equal(merged.auto_relay, 0);
  assert.equal(mergeState(room, { type: 'state', revision: 5, seq: 9 }).auto_relay, 2);
});

test('mergeState: an emergency ends too', () => {
  const on = mergeState(room, { type: 'state', revision: 5, seq: 1, emergency: true });
  assert.equal(on.emergency, true);
  assert.equal(mergeState(on, { type: 'state', revision: 6, seq: 2 }).emergency, true);
  assert.equal(mergeState(on, { type: 'state', revision: 6, seq: 2, emergency: false }).emergency, false);
});

test('Backoff: full jitter under a ceiling that doubles up to 5 s', () => {
  const most = new Backoff(() => 1);
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7].map(() => most.nextMs()), [250, 500, 1000, 2000, 4000, 5000, 5000]);
  most.reset();
  assert.equal(most.nextMs(), 250);
  assert.equal(new Backoff(() => 0).nextMs(), 0);
  assert.equal(new Backoff(() => 0.5).nextMs(3000), 3125, 'never sooner than the server asked');
  const patient = new Backoff(() => 1);
  for (let i = 0; i < 5000; i++) assert.ok(patient.nextMs() <= 5000);
});

test('Emitter: handlers may leave while it calls them', () => {
  const emitter = new Emitter<{ tick: number }>();
  const heard: string[] = [];
  const stop = emitter.on('tick', (value) => {
    heard.push(`a${value}`);
    stop();
  });
  emitter.on('tick', (value) => heard.push(`b${value}`));
  emitter.emit('tick', 1);
  emitter.emit('tick', 2);
  assert.deepEqual(heard, ['a1', 'b1', 'b2']);
});
