// Small pure parts of the consoles: tickets as they are read, wishes, absence, figures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reading } from '../../src/page/av/reading.js';
import { ticketIn } from '../../src/page/entry/ticket.js';
import { NO_ANSWER_MS, Wish } from '../../src/lib/requested-state.js';
import { Away } from '../../src/page/device/away.js';

const ticketOf = (payload: unknown): string => `bc1.key-1.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.sig_nature`;

test('a ticket is found in a link, in a sentence, and alone', () => {
  const text = ticketOf({ room: 'hall', role: 'interpreter', booth: 'zh-en', desk: 2 });
  for (const pasted of [text, ` ${text}\n`, `https://venue.example/booth#t=${text}`, `Your desk: ${text}, good luck`])
    assert.deepEqual(ticketIn(pasted), { text, room: 'hall', role: 'interpreter', booth: 'zh-en', desk: 2 });
});

test('a ticket in other scripts than Latin is read', () => {
  assert.equal(ticketIn(ticketOf({ room: '主会场' }))?.room, '主会场');
});

test('what is no ticket is none, and a field of a wrong type is empty', () => {
  for (const text of ['', 'hello', 'bc1.a.b', 'bc1.a.!!!.c', 'bc1.a.bm90IGpzb24.c', ticketOf(null), ticketOf(7)])
    assert.equal(ticketIn(text), null, text);
  assert.deepEqual(
    { ...ticketIn(ticketOf({ room: 5, desk: '1', role: {} })), text: '' },
    { text: '', room: '', role: '', booth: '', desk: 0 },
  );
});

test('a wish ends with the truth, with a no, or with time, and is told late once', () => {
  const wish = new Wish<boolean>();
  wish.ask(false, 0);
  wish.truth(true);
  assert.equal(wish.pending, false);
  assert.equal(wish.expired(NO_ANSWER_MS - 1), false);
  wish.truth(false);
  assert.equal(wish.pending, null);
  assert.equal(wish.expired(NO_ANSWER_MS * 2), false);
  wish.ask(true, 0);
  assert.equal(wish.expired(NO_ANSWER_MS), true);
  assert.equal(wish.expired(NO_ANSWER_MS), false);
});

test('an absence is told only when it was sent through, and long enough to matter', () => {
  const away = new Away();
  away.hidden(false, 0);
  assert.equal(away.back(60_000), 0);
  away.hidden(true, 0);
  assert.equal(away.back(400), 0);
  away.hidden(true, 1000);
  assert.equal(away.back(13_400), 12);
  assert.equal(away.back(20_000), 0);
});

test('figures show the highest peak since they were last written', () => {
  const reading = new Reading();
  assert.deepEqual(reading.write(), { peak: '–', loudness: '–', over: false });
  reading.take(-12.34, -23);
  reading.take(-0.2, -22);
  reading.take(-40, -21.06);
  assert.deepEqual(reading.write(), { peak: '−0.2', loudness: '−21.1', over: true });
  reading.take(-100, -70);
  assert.deepEqual(reading.write(), { peak: '–', loudness: '–', over: false });
});
