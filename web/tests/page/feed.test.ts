// What goes to the headphones of a desk and of a listener, and which relay a key leads to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Desk, Room } from '../../src/lib/protocol.js';
import { bedOf, feedOf, mutedOf } from '../../src/page/booth/feed.js';
import { firstPresets, readPresets, toggled } from '../../src/page/booth/presets.js';
import { OutputWatch } from '../../src/page/device/output-watch.js';
import { bedLevel } from '../../src/page/listen/original-level.js';
import { hall, replan } from '../fake/consoles.js';

/** The hall as seen from zh-en/1, with edits, and the server's view of it. */
function from(edit: (own: Desk, mate: Desk, room: Room) => void = () => undefined): { room: Room; own: Desk } {
  const room = hall();
  edit(room.desks[0]!, room.desks[1]!, room);
  replan(room);
  return { room, own: room.desks[0]! };
}

test('the feed is the channel that the server says', () => {
  const { room, own } = from((desk, _, all) => {
    desk.input = 3;
    all.desks.find((each) => each.id === 'fr/1')!.mic = 'on';
  });
  assert.equal(feedOf(room, own), 3);
});

test('a preset that the floor fills stays tuned, so that the first word of the pivot is heard', () => {
  const { room, own } = from((desk) => (desk.input = 3));
  assert.equal(own.hears, 0);
  assert.equal(feedOf(room, own), 3);
});

test('a preset without floor-fill, and a lost relay, give the floor', () => {
  const silent = from((desk, _, all) => {
    desk.input = 3;
    all.channels[3]!.fill = false;
  });
  assert.equal(feedOf(silent.room, silent.own), 0);
  const lost = from((desk) => (desk.input = 2)); // its own output
  assert.equal(lost.own.relay_lost, true);
  assert.equal(feedOf(lost.room, lost.own), 0);
});

test('the auto-relay is heard in the place of the floor, unless the desk wants the floor itself', () => {
  const relayed = (trueFloor: boolean): number => {
    const { room, own } = from((desk, _, all) => {
      desk.true_floor = trueFloor;
      all.auto_relay = 5;
      all.desks.find((each) => each.id === 'ru/1')!.mic = 'on';
    });
    return feedOf(room, own);
  };
  assert.equal(relayed(false), 5);
  assert.equal(relayed(true), 0);
});

test('the boothmate is heard under the feed while this desk is OFF', () => {
  const bed = (own: Desk['mic'], mate: Desk['mic'], input = 0): number | null => {
    const all = from((desk, other) => Object.assign(desk, { mic: own, output: 'B', input }) && (other.mic = mate));
    return bedOf(all.room, all.own);
  };
  assert.equal(bed('off', 'on'), 2);
  assert.equal(bed('off', 'cough'), 2, 'its silence belongs to it');
  assert.equal(bed('off', 'off'), null, 'the channel carries the floor then');
  assert.equal(bed('on', 'on'), null);
  assert.equal(bed('cough', 'on'), null);
  assert.equal(bed('off', 'on', 2), null, 'it is the feed already');
});

test('who speaks to the floor does not hear the floor', () => {
  const muted = (edit: Partial<Desk>, floorHeard = true): boolean => {
    const { room, own } = from((desk, _, all) => {
      Object.assign(desk, { to_floor: true, mic: 'on', input: floorHeard ? 0 : 3 }, edit);
      all.desks.find((each) => each.id === 'fr/1')!.mic = 'on';
    });
    return mutedOf(room, own);
  };
  assert.equal(muted({}), true);
  assert.equal(muted({ input: 4 }), true, 'a preset that the floor fills carries this desk too');
  assert.equal(muted({}, false), false, 'a relay is somebody else');
  assert.equal(muted({ mic: 'off' }), false);
  assert.equal(muted({ to_floor: false }), false);
});

test('the first presets are the pivots of other booths', () => {
  assert.deepEqual(firstPresets(hall(), 'fr'), [2, 1, 4], 'English is made by four others');
  const small = hall();
  small.channels = small.channels.slice(0, 2);
  assert.deepEqual(firstPresets(small, 'fr'), [1, 0, 0]);
});

test('presets that were kept are taken as far as the room has them', () => {
  const room = hall();
  assert.deepEqual(readPresets('[5,2,0]', room), [5, 2, 0]);
  assert.deepEqual(readPresets('[5,31,-1]', room), [5, 0, 0]);
  for (const text of [null, '', 'x', '{}', '[1,2]', '[1,2,3,4]', 'null']) assert.equal(readPresets(text, room), null, String(text));
});

test('one key goes between the floor and the relay used last', () => {
  assert.equal(toggled(0, [2, 1, 3], 0), 2);
  assert.equal(toggled(0, [2, 1, 3], 3), 3);
  assert.equal(toggled(0, [2, 1, 3], 6), 2, 'no preset any more');
  assert.equal(toggled(3, [2, 1, 3], 3), 0);
  assert.equal(toggled(0, [0, 4, 0], 0), 4);
  assert.equal(toggled(0, [0, 0, 0], 0), 0);
});

test('headphones that go, and a system that takes others, are told once', () => {
  const device = (deviceId: string, groupId: string): { deviceId: string; groupId: string; label: string } => ({ deviceId, groupId, label: '' });
  const usb = device('a', 'usb');
  const chosen = new OutputWatch();
  assert.equal(chosen.seen([device('default', 'usb'), usb], 'a'), null);
  assert.equal(chosen.seen([device('default', 'board')], 'a'), 'gone');
  assert.equal(chosen.seen([device('default', 'board')], 'a'), null);
  assert.equal(chosen.seen([device('default', 'usb'), usb], 'a'), null, 'back');
  const system = new OutputWatch();
  assert.equal(system.seen([device('default', 'usb'), usb], ''), null);
  assert.equal(system.seen([device('default', 'board')], ''), 'changed');
  assert.equal(system.seen([device('default', 'board')], ''), null);
  assert.equal(system.seen([], ''), 'gone');
});

test('a listener’s bed: only under an interpretation, and never of the floor itself', () => {
  assert.equal(bedLevel(true, 2, 'direct', 0.3), 0.3);
  assert.equal(bedLevel(true, 2, 'relay', 0.3), 0.3);
  for (const label of ['original', 'silent', 'emergency'] as const) assert.equal(bedLevel(true, 2, label, 0.3), 0, label);
  assert.equal(bedLevel(true, 2, 'direct', 0), null);
  assert.equal(bedLevel(true, 0, 'original', 0.3), null);
  assert.equal(bedLevel(false, 2, 'direct', 0.3), null);
});
