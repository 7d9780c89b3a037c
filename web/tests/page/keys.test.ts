// The MIC and COUGH keys: what a hand may do to a microphone, and what the key may say before the server has answered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mic } from '../../src/lib/protocol.js';
import { DeskKeys } from '../../src/page/booth/keys.js';

function desk(mic: Mic | null, latch = false): { keys: DeskKeys; sent: Mic[] } {
  const sent: Mic[] = [];
  const keys = new DeskKeys((state) => sent.push(state));
  keys.latch = latch;
  if (mic) keys.serverSays(mic);
  return { keys, sent };
}

test('a press asks, and only the answer changes the key', () => {
  const { keys, sent } = desk('off');
  keys.pressMic();
  assert.deepEqual(sent, ['on']);
  assert.equal(keys.state, 'off');
  assert.equal(keys.pending, true);
  keys.serverSays('on');
  assert.equal(keys.state, 'on');
  assert.equal(keys.pending, false);
});

test('nothing is asked while the server is not known', () => {
  const { keys, sent } = desk(null);
  keys.pressMic();
  keys.coughDown();
  keys.coughUp();
  assert.deepEqual(sent, []);
});

test('a second press while the first is under way takes it back', () => {
  const { keys, sent } = desk('off');
  keys.pressMic();
  keys.pressMic();
  assert.deepEqual(sent, ['on', 'off']);
});

test('COUGH is held, and ends with the hand', () => {
  const { keys, sent } = desk('on');
  keys.coughDown();
  keys.serverSays('cough');
  assert.equal(keys.coughing, true);
  keys.coughUp();
  assert.deepEqual(sent, ['cough', 'on']);
  assert.equal(keys.state, 'cough');
  keys.serverSays('on');
  assert.equal(keys.pending, false);
});

test('a cough shorter than the way to the server still ends ON', () => {
  const { keys, sent } = desk('on');
  keys.coughDown();
  keys.coughUp();
  assert.deepEqual(sent, ['cough', 'on']);
  keys.serverSays('cough');
  keys.serverSays('on');
  assert.equal(keys.state, 'on');
  assert.equal(keys.pending, false);
});

test('COUGH never opens a microphone that is OFF', () => {
  for (const latch of [false, true]) {
    const { keys, sent } = desk('off', latch);
    keys.coughDown();
    keys.coughUp();
    assert.deepEqual(sent, []);
  }
});

test('MIC under a held COUGH means OFF, and letting go does not undo it', () => {
  const { keys, sent } = desk('on');
  keys.coughDown();
  keys.serverSays('cough');
  keys.pressMic();
  keys.coughUp();
  assert.deepEqual(sent, ['cough', 'off']);
});

test('a cough whose hand was lost stays a cough until a person presses', () => {
  const { keys, sent } = desk('on');
  keys.coughDown();
  keys.serverSays('cough');
  keys.coughLost();
  keys.coughUp();
  assert.deepEqual(sent, ['cough']);
  keys.pressMic();
  assert.deepEqual(sent, ['cough', 'on']);
});

test('with the latch each press changes it', () => {
  const { keys, sent } = desk('on', true);
  keys.coughDown();
  keys.coughUp();
  keys.serverSays('cough');
  keys.coughDown();
  keys.coughUp();
  assert.deepEqual(sent, ['cough', 'on']);
});

test('a press without a hold coughs until the next one, with the latch and without', () => {
  for (const latch of [false, true]) {
    const { keys, sent } = desk('on', latch);
    keys.pressCough();
    keys.serverSays('cough');
    keys.pressCough();
    assert.deepEqual(sent, ['cough', 'on']);
    keys.serverSays('on');
    keys.serverSays('off');
    keys.pressCough();
    assert.deepEqual(sent, ['cough', 'on']);
  }
});

test('a key that repeats itself while held coughs once', () => {
  const { keys, sent } = desk('on');
  keys.coughDown();
  keys.coughDown();
  assert.deepEqual(sent, ['cough']);
});

test('after a lost line the server is believed, and no wish comes back', () => {
  const { keys, sent } = desk('on');
  keys.pressMic();
  keys.lineLost();
  assert.equal(keys.state, null);
  assert.equal(keys.pending, false);
  keys.serverSays('cough');
  assert.equal(keys.state, 'cough');
  assert.deepEqual(sent, ['off']);
});

test('a refusal leaves the truth', () => {
  const { keys } = desk('off');
  keys.pressMic();
  keys.refused();
  assert.equal(keys.pending, false);
  assert.equal(keys.wanted, 'off');
});
