// Messages and calls: threads, what is unread, what AV staff have not seen yet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Chat, Signal } from '../../src/lib/protocol.js';
import { CallBoard } from '../../src/page/av/calls.js';
import { ChatLog } from '../../src/page/room/chat-log.js';

const chat = (from: string, to: string, text = 'hello'): Chat => ({ type: 'chat', from, name: '', to, text, at_us: 0 });
const signal = (what: Signal['what'], from = ''): Signal => ({ type: 'signal', what, from, at_us: 0 });

test('at a desk there are two threads, and an answer of AV is in the right one', () => {
  const log = new ChatLog('fr/1');
  assert.equal(log.take(chat('fr/2', 'booth'), null, 0), 'booth');
  assert.equal(log.take(chat('fr/1', 'av'), null, 0), 'av');
  assert.equal(log.take(chat('av', 'fr/1'), null, 0), 'av');
  assert.deepEqual([log.lines('booth').length, log.lines('av').map((each) => each.own)], [1, [true, false]]);
});

test('in the AV view each desk is a thread, also for what a colleague wrote to it', () => {
  const log = new ChatLog('av');
  assert.equal(log.take(chat('es/2', 'av'), null, 0), 'es/2');
  assert.equal(log.take(chat('av', 'es/2'), null, 0), 'es/2');
});

test('unread is what others wrote to a thread that is not shown', () => {
  const log = new ChatLog('fr/1');
  log.take(chat('fr/2', 'booth'), 'booth', 0);
  log.take(chat('fr/1', 'av'), 'booth', 0);
  assert.equal(log.unread('av') + log.unread('booth'), 0);
  log.take(chat('av', 'fr/1'), 'booth', 0);
  log.take(chat('av', 'fr/1'), 'booth', 0);
  assert.deepEqual([log.unread('av'), log.unreadBeside('booth'), log.unreadBeside('av')], [2, 2, 0]);
  log.read('av');
  assert.equal(log.unread('av'), 0);
});

test('a thread keeps its last hundred lines', () => {
  const log = new ChatLog('fr/1');
  for (let line = 0; line < 250; line++) log.take(chat('fr/2', 'booth', String(line)), null, 0);
  assert.equal(log.lines('booth').length, 100);
  assert.equal(log.lines('booth').at(-1)?.text, '249');
});

test('a person without a name is called by the desk', () => {
  const log = new ChatLog('fr/1');
  log.take(chat('fr/2', 'booth'), null, 0);
  assert.equal(log.lines('booth')[0]?.name, 'fr/2');
});

test('the same call again counts and comes first; seen, it is gone', () => {
  const board = new CallBoard();
  board.take(signal('technician', 'fr/1'), 1);
  board.take(signal('slow_down'), 2);
  board.take(signal('technician', 'fr/1'), 3);
  assert.deepEqual(
    board.list().map(({ what, from, count, atMs }) => [what, from, count, atMs]),
    [
      ['technician', 'fr/1', 2, 3],
      ['slow_down', '', 1, 2],
    ],
  );
  board.seen('technician fr/1');
  assert.deepEqual(board.list().map((each) => each.what), ['slow_down']);
});

test('a flood of calls is bounded', () => {
  const board = new CallBoard();
  for (let desk = 0; desk < 200; desk++) board.take(signal('technician', `x/${desk}`), desk);
  assert.equal(board.list().length, 50);
  assert.equal(board.list()[0]?.from, 'x/199');
});
