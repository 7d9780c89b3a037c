// What the page of a talk says of the own microphone and of what is heard, and whose voice lies under the interpretation.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { audibleOf, fieldsOf, LABELS, type Channel, type Input, type LinkState } from '../../src/lib/protocol.js';
import type { Uplink } from '../../src/lib/session.js';
import { sourcesOf } from '../../src/page/av/sources-table.js';
import { airOf } from '../../src/page/device/on-air.js';
import { hearingOf, originalLevel, otherOf } from '../../src/page/talk/hearing.js';
import { mineOf } from '../../src/page/talk/own-microphone.js';
import { hall } from '../fake/consoles.js';

const input = (link: LinkState, active = true): Input => ({ id: 'guest', name: {}, link, active });
const open: Uplink = { state: 'open', source: 'floor/guest', sent: 1 };
const closed: Uplink = { state: 'closed' };

describe('the own microphone', () => {
  const mine = (uplink: Uplink, own: Input | null, { sent = true, blocked = false, line = true, microphone = true } = {}) =>
    mineOf(airOf(uplink, own, line, microphone), own, sent, blocked);

  test('lit by the server’s word alone, whichever input it calls the first', () => {
    assert.equal(mine(open, input('down')), 'opening');
    assert.equal(mine(open, input('up')), 'on_air');
    assert.equal(mine(open, input('up', false)), 'on_air');
    assert.equal(mine(open, input('late')), 'late');
    assert.equal(mine(open, null), 'opening');
  });

  test('muted when the server says so, and not before', () => {
    assert.equal(mine(closed, input('up')), 'ending');
    assert.equal(mine(closed, input('down')), 'ready');
  });

  test('somebody else in this place is not our muting', () => {
    assert.equal(mine(closed, input('up'), { sent: false }), 'ready');
  });

  test('lit and silent is not heard; dark and silent is dark', () => {
    assert.equal(mine(open, input('up'), { blocked: true }), 'blocked');
    assert.equal(mine(closed, input('down'), { blocked: true }), 'ready');
  });

  test('no line, no microphone', () => {
    assert.equal(mine(open, input('up'), { line: false }), 'interrupted');
    assert.equal(mine(open, input('up'), { microphone: false }), 'no_microphone');
  });
});

describe('what is heard', () => {
  const channel = (uninterpreted = false) => ({ ...hall().channels[2]!, uninterpreted }) as Channel;

  test('before and beside the sound, its state', () => {
    for (const state of ['out', 'starting', 'interrupted'] as const) assert.equal(hearingOf(state, channel(), 'direct', true), state);
  });

  test('then the line, then the label', () => {
    assert.equal(hearingOf('on', channel(), 'direct', true), 'cut');
    assert.equal(hearingOf('on', null, 'silent', false), 'alone');
    for (const label of LABELS) assert.equal(hearingOf('on', channel(), label, false), label);
  });

  test('silence that nobody interprets is called so', () => {
    assert.equal(hearingOf('on', channel(true), 'silent', false), 'nobody');
    assert.equal(hearingOf('on', channel(true), 'direct', false), 'direct');
  });

  test('the original lies under the interpreter and under silence, not under itself or an emergency', () => {
    assert.deepEqual((['direct', 'relay', 'silent', 'nobody', 'alone'] as const).map((hearing) => originalLevel(hearing, 0.3)), [0.3, 0.3, 0.3, 0.3, 0.3]);
    assert.deepEqual((['original', 'emergency'] as const).map((hearing) => originalLevel(hearing, 0.3)), [0, 0]);
  });

  test('of several others the first who sends; of none who sends the first; of none nobody', () => {
    const room = hall(); // main is up, backup is down
    const talk = (...others: string[]) => ({ input: 'guest', channels: [2], others });
    assert.equal(otherOf(talk('floor/backup', 'floor/main'), room), 'floor/main');
    assert.equal(otherOf(talk('floor/backup'), room), 'floor/backup');
    assert.equal(otherOf(talk(), room), null);
  });
});

test('a message names a channel or a source', () => {
  assert.deepEqual(fieldsOf(0), { channel: 0 });
  assert.deepEqual(fieldsOf('floor/main'), { source: 'floor/main' });
  assert.equal(audibleOf({ channel: 0 }), 0);
  assert.equal(audibleOf({ source: 'desk/fr/1' }), 'desk/fr/1');
  assert.equal(audibleOf({}), undefined);
});

test('the sources of the AV view: one is heard, and it is not the channel of that number', () => {
  const heard = (what: number | string | null) => sourcesOf(hall(), what, true).filter((each) => each.heard).map((each) => each.id);
  assert.deepEqual(heard('desk/fr/1'), ['desk/fr/1']);
  assert.deepEqual(heard('floor/backup'), ['floor/backup']);
  assert.deepEqual(heard(1), []);
  assert.deepEqual(heard(null), []);
});
