// What a desk shows: lamp, outputs, incoming, warnings, keys of the keyboard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Uplink } from '../../src/lib/session.js';
import { SHEET, actionOf, type Key } from '../../src/page/booth/shortcuts.js';
import { findDesk, incomingOf, lampOf, matesOf, outputsOf } from '../../src/page/booth/tally.js';
import { SILENT_AFTER_MS, SoundWatch } from '../../src/page/booth/watch.js';
import { hall } from '../fake/consoles.js';

const OPEN: Uplink = { state: 'open', source: 'desk', sent: 1 };

test('the lamp is red by on_air alone', () => {
  const room = hall();
  const desk = findDesk(room, 'fr', 1);
  assert.ok(desk);
  assert.equal(lampOf({ ...desk, mic: 'on', on_air: true }, true), 'on_air');
  assert.equal(lampOf({ ...desk, mic: 'on', on_air: false }, true), 'not_heard');
  assert.equal(lampOf({ ...desk, mic: 'on', on_air: false, engaged: true }, true), 'engaged');
  assert.equal(lampOf({ ...desk, mic: 'cough', on_air: false }, true), 'cough');
  assert.equal(lampOf({ ...desk, mic: 'off', on_air: false }, true), 'off');
});

test('without a line the lamp claims nothing', () => {
  const desk = findDesk(hall(), 'zh-en', 1);
  assert.ok(desk);
  assert.equal(lampOf({ ...desk, on_air: true, mic: 'on' }, false), 'unknown');
  assert.equal(lampOf(null, true), 'unknown');
});

test('output keys name who holds the channel, and not oneself', () => {
  const room = hall();
  const desk = findDesk(room, 'fr', 1);
  assert.ok(desk);
  room.channels[2]!.holders = ['zh-en/1'];
  room.channels[3]!.holders = ['fr/1'];
  const [a, b] = outputsOf(room, desk);
  assert.deepEqual([a?.key, a?.language, a?.mine, a?.engagedBy], ['A', 'fr-FR', true, []]);
  assert.deepEqual([b?.key, b?.language, b?.mine, b?.engagedBy], ['B', 'en-GB', false, ['Wang Li']]);
  room.desks.find((each) => each.id === 'zh-en/1')!.name = '';
  assert.deepEqual(outputsOf(room, desk)[1]?.engagedBy, ['zh-en/1']);
});

test('a desk cannot take its own output as its input, and the floor comes first', () => {
  const room = hall();
  const desk = findDesk(room, 'zh-en', 1);
  assert.ok(desk);
  room.channels.reverse();
  const list = incomingOf(room, { ...desk, output: 'B' });
  assert.deepEqual(
    list.map((each) => each.channel.number),
    [0, 1, 2, 3, 4, 5, 6],
  );
  assert.deepEqual(
    list.filter((each) => each.own).map((each) => each.channel.language),
    ['zh-CN'],
  );
});

test('boothmates are of the same booth', () => {
  const room = hall();
  const desk = findDesk(room, 'ru', 2);
  assert.ok(desk);
  assert.deepEqual(
    matesOf(room, desk).map((each) => each.id),
    ['ru/1'],
  );
});

test('ON without sound is told after five seconds, a thoughtful pause is not', () => {
  const watch = new SoundWatch();
  watch.microphone(true, 0);
  let now = 0;
  const run = (ms: number, db: number): void => {
    for (const end = now + ms; now < end; now += 50) watch.level(db, now);
  };
  run(60_000, -80);
  assert.equal(watch.trouble(false, OPEN, now), null, 'OFF may be silent for ever');
  watch.trouble(true, OPEN, now);
  run(4900, -80);
  assert.equal(watch.trouble(true, OPEN, now), null);
  run(200, -80);
  assert.equal(watch.trouble(true, OPEN, now), 'no_sound');
  run(50, -20);
  assert.equal(watch.trouble(true, OPEN, now), null);
  run(3000, -70);
  assert.equal(watch.trouble(true, OPEN, now), null);
});

test('a microphone that has stopped to report is silent', () => {
  const watch = new SoundWatch();
  watch.microphone(true, 0);
  watch.level(-10, 0);
  watch.trouble(true, OPEN, 0);
  assert.equal(watch.trouble(true, OPEN, SILENT_AFTER_MS), 'no_sound');
});

test('an interrupted uplink is told at once, and only while ON', () => {
  const watch = new SoundWatch();
  watch.microphone(true, 0);
  const cut: Uplink = { state: 'interrupted', source: 'desk' };
  assert.equal(watch.trouble(false, cut, 0), null);
  assert.equal(watch.trouble(true, cut, 0), 'uplink_interrupted');
  watch.microphone(false, 0);
  assert.equal(watch.trouble(false, OPEN, 0), 'no_microphone');
});

test('a microphone that its own switch has muted is told at once, until it is open anew', () => {
  const watch = new SoundWatch();
  watch.microphone(true, 0);
  watch.muted(true);
  assert.equal(watch.trouble(false, OPEN, 0), null);
  assert.equal(watch.trouble(true, OPEN, 0), 'muted');
  watch.microphone(true, 0);
  assert.equal(watch.trouble(true, OPEN, 0), null);
});

const press = (key: string, code: string, more: Partial<Key> = {}): Key => ({
  key,
  code,
  repeat: false,
  isComposing: false,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  ...more,
});

test('no key fires while a person types', () => {
  for (const key of [press('m', 'KeyM'), press(' ', 'Space'), press('1', 'Digit1'), press('?', 'Slash')]) {
    assert.equal(actionOf(key, 'text'), null);
    assert.equal(actionOf({ ...key, isComposing: true }, 'page'), null);
  }
});

test('MIC never fires by a held key or with a modifier', () => {
  assert.deepEqual(actionOf(press('m', 'KeyM'), 'button'), { do: 'mic' });
  assert.equal(actionOf(press('m', 'KeyM', { repeat: true }), 'page'), null);
  assert.equal(actionOf(press('m', 'KeyM', { ctrlKey: true }), 'page'), null);
  assert.equal(actionOf(press('m', 'KeyM', { metaKey: true }), 'page'), null);
});

test('Space coughs, also with a button in focus, and leaves ticks and sliders alone', () => {
  assert.deepEqual(actionOf(press(' ', 'Space'), 'page'), { do: 'cough' });
  assert.deepEqual(actionOf(press(' ', 'Space'), 'button'), { do: 'cough' });
  assert.equal(actionOf(press(' ', 'Space'), 'control'), null);
});

test('keyboards without Latin letters work by place, others by what is printed', () => {
  assert.deepEqual(actionOf(press('ь', 'KeyM'), 'page'), { do: 'mic' });
  assert.deepEqual(actionOf(press('ش', 'KeyA'), 'page'), { do: 'output', key: 'A' });
  assert.deepEqual(actionOf(press('a', 'KeyQ'), 'page'), { do: 'output', key: 'A' }, 'AZERTY');
  assert.equal(actionOf(press('q', 'KeyA'), 'page'), null, 'AZERTY');
  assert.deepEqual(actionOf(press('&', 'Digit1'), 'page'), { do: 'preset', index: 0 }, 'AZERTY');
});

test('what others notice at once wants Shift, and Caps Lock is no Shift', () => {
  assert.deepEqual(actionOf(press('h', 'KeyH'), 'page'), { do: 'handover' });
  assert.deepEqual(actionOf(press('H', 'KeyH'), 'page'), { do: 'handover' }, 'Caps Lock');
  assert.deepEqual(actionOf(press('H', 'KeyH', { shiftKey: true }), 'page'), { do: 'take' });
  assert.deepEqual(actionOf(press('F', 'KeyF', { shiftKey: true }), 'page'), { do: 'to_floor' });
  assert.equal(actionOf(press('M', 'KeyM', { shiftKey: true }), 'page'), null, 'nothing by a hand that slipped');
  assert.deepEqual(actionOf(press('؟', 'Slash', { shiftKey: true }), 'page'), { do: 'sheet' });
});

test('every key of the sheet does something, and nothing else does', () => {
  const on = (cap: string): unknown => {
    const shiftKey = cap.startsWith('Shift+') || cap === '?';
    const key = cap === 'Space' ? ' ' : cap === '−' ? '-' : cap.replace('Shift+', '');
    return actionOf(press(key, cap === 'Space' ? 'Space' : `Key${key}`, { shiftKey }), 'page');
  };
  for (const { keys } of SHEET) for (const cap of keys) assert.ok(on(cap), cap);
  const used: string[] = SHEET.flatMap((each) => [...each.keys]);
  for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') assert.equal(on(letter) !== null, used.includes(letter), letter);
});
