// Which channel is asked for, and what of the sound reaches the player, over changes of mind, refusals and broken lines.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Listening } from '../src/lib/protocol.js';
import type { Notice, PlayerReport } from '../src/lib/threads.js';
import { Downlink, type Tag } from '../src/worker/downlink.js';
import { FakeConnection, FakeDecoder, FakePort } from './fake-line.js';

class Bench {
  readonly line = new FakeConnection();
  readonly port = new FakePort();
  readonly decoders: FakeDecoder<Tag>[] = [];
  readonly notices: Notice[] = [];
  readonly downlink = new Downlink(
    this.line,
    (samples, output) => {
      const decoder = new FakeDecoder(samples, output);
      this.decoders.push(decoder);
      return decoder;
    },
    (notice) => this.notices.push(notice),
  );
  private streams = 40;

  constructor() {
    this.downlink.setPlayer(this.port.port);
    this.downlink.joined(false);
  }

  /** The server's answer; gives the stream's number. */
  answer(channel: number, change: Partial<Listening> = {}): number {
    const stream = this.streams++;
    const seq = change.seq ?? 500;
    this.downlink.listening({ type: 'listening', channel, rendition: 'standard', stream, epoch: 1, seq, frame_ms: 20, server_us: seq * 20_000, ...change });
    return change.stream ?? stream;
  }
  packet(stream: number, seq: number, { epoch = 1, flags = 0, body = [7] } = {}): void {
    const message = new Uint8Array(12 + body.length);
    const view = new DataView(message.buffer);
    view.setUint8(0, 1);
    view.setUint8(1, flags);
    view.setUint16(2, stream);
    view.setUint32(4, epoch);
    view.setUint32(8, seq);
    message.set(body, 12);
    this.downlink.sound(message.buffer, 0);
  }
  /** What listen() was told. */
  answers(): [number, string][] {
    return this.notices.flatMap((notice): [number, string][] => (notice.type === 'listened' ? [[notice.id, notice.problem]] : []));
  }
  heardTrack(): unknown {
    return this.port.got('select').at(-1)?.['track'];
  }
}

test('listening: asked with history, selected, decoded, and the promise is kept at the first frame', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 2, 'standard');
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 2, rendition: 'standard', history: 8 }]);
  const stream = bench.answer(2);
  assert.deepEqual(bench.answers(), []);
  bench.packet(stream, 499, { flags: 8 | (2 << 4) });
  bench.packet(stream, 500, { flags: 1 << 4 });
  assert.deepEqual(bench.answers(), [[1, '']]);
  const frames = bench.port.got('frame');
  assert.deepEqual(frames.map((frame) => [frame['track'], frame['label'], frame['history']]), [[1, 2, true], [1, 1, false]]);
  assert.equal((frames[1]!['beat'] as number) - (frames[0]!['beat'] as number), 1);
});

test('a change of channel: instead_of, a decoder of its own, the old track left to the player, the old decoder closed', async () => {
  const bench = new Bench();
  bench.downlink.listen(1, 0, 'standard');
  const old = bench.answer(0);
  bench.packet(old, 500);
  bench.line.said();
  bench.downlink.listen(2, 3, 'high');
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 3, rendition: 'high', history: 8, instead_of: 0 }]);
  bench.answer(3, { rendition: 'high' });
  const order = bench.port.posted.filter(({ type }) => type !== 'frame').map(({ type, track }) => `${type} ${String(track)}`);
  assert.deepEqual(order, ['open 1', 'select 1', 'open 2', 'select 2', 'close 1']);
  bench.packet(old, 501);
  assert.equal(bench.port.got('frame').length, 1, 'the old stream is no longer decoded');
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.deepEqual(bench.decoders.map((decoder) => decoder.closed), [true, false]);
});

test('three quick changes: each replaces what was asked for last, only the last is heard, all promises are kept', () => {
  const bench = new Bench();
  for (const [id, channel] of [[1, 1], [2, 2], [3, 3]] as const) bench.downlink.listen(id, channel, 'standard');
  assert.deepEqual(bench.line.said().map((message) => message.type === 'listen' && [message.channel, message.instead_of]), [[1, undefined], [2, 1], [3, 2]]);
  for (const channel of [1, 2]) bench.packet(bench.answer(channel), 500);
  assert.equal(bench.port.got('select').length, 0);
  bench.packet(bench.answer(3), 500);
  assert.equal(bench.heardTrack(), 3);
  assert.deepEqual(bench.answers(), [[1, ''], [2, ''], [3, '']]);
});

test('a refusal: the promise is broken with the sentence, the channel before is still heard', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  const stream = bench.answer(1);
  bench.packet(stream, 500);
  bench.downlink.listen(2, 9, 'standard');
  bench.packet(stream, 501); // of the old channel: no answer to the new wish
  bench.downlink.refused({ type: 'error', code: 'no_channel', message: 'This room has no channel 9.', about: 'listen' });
  assert.deepEqual(bench.answers(), [[1, ''], [2, 'This room has no channel 9.']]);
  bench.packet(stream, 502);
  assert.equal(bench.port.got('frame').length, 3);
  bench.line.said();
  bench.downlink.listen(3, 2, 'standard');
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 2, rendition: 'standard', history: 8, instead_of: 1 }]);
});

test('what was to be replaced is not there: asks plainly', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.downlink.listen(2, 2, 'standard');
  bench.line.said();
  bench.downlink.refused({ type: 'error', code: 'not_listening', message: '', about: 'listen' });
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 2, rendition: 'standard', history: 8 }]);
});

test('listen while the line is down is remembered', () => {
  const bench = new Bench();
  bench.line.open = false;
  bench.downlink.listen(1, 4, 'standard');
  assert.deepEqual(bench.line.said(), []);
  bench.line.open = true;
  bench.downlink.joined(false);
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 4, rendition: 'standard', history: 8 }]);
});

test('resume: tells how far it came, and goes on with a new track on the same clock', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  const stream = bench.answer(1);
  bench.packet(stream, 500);
  bench.packet(stream, 501);
  bench.line.said();
  bench.downlink.lost();
  assert.deepEqual(bench.downlink.resumable(), [{ channel: 1, rendition: 'standard', seq: 501 }]);
  bench.downlink.joined(true);
  assert.deepEqual(bench.line.said(), [], 'the server goes on by itself');
  const next = bench.answer(1, { seq: 502 });
  bench.packet(next, 502);
  const [before, after] = bench.port.got('open');
  assert.equal(after!['clock'], before!['clock']);
  assert.equal(bench.heardTrack(), after!['track']);
  const beats = bench.port.got('frame').map((frame) => frame['beat'] as number);
  assert.equal(beats[2]! - beats[1]!, 1);
});

test('resume that the server does not know: asks again after a while', async () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  bench.downlink.lost();
  bench.line.said();
  bench.downlink.joined(true);
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 1, rendition: 'standard', history: 8 }]);
});

test('resume after another channel was chosen: only that one is asked for', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  bench.downlink.lost();
  bench.line.said();
  bench.line.open = false;
  bench.downlink.listen(2, 5, 'standard');
  assert.deepEqual(bench.downlink.resumable(), []);
  bench.line.open = true;
  bench.downlink.joined(true);
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 5, rendition: 'standard', history: 8 }]);
});

test('packets of a lower epoch, of unknown streams, short or of another version are dropped', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  const stream = bench.answer(1);
  bench.packet(stream, 500, { epoch: 5 });
  bench.packet(stream, 501, { epoch: 4 });
  bench.packet(stream + 1, 501, { epoch: 5 });
  bench.downlink.sound(new ArrayBuffer(5), 0);
  bench.downlink.sound(Uint8Array.from([9, ...new Array<number>(20).fill(0)]).buffer, 0);
  bench.packet(stream, 501, { epoch: 6 });
  assert.equal(bench.port.got('frame').length, 2);
});

test('fetching ahead: both streams run, listening is then a matter of the player, what is not wanted is left', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  bench.line.said();
  bench.downlink.prefetch(2, 'standard');
  bench.downlink.prefetch(2, 'standard');
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 2, rendition: 'standard', history: 8 }]);
  bench.packet(bench.answer(2), 500);
  assert.equal(bench.heardTrack(), 1);
  bench.downlink.prefetch(3, 'standard');
  assert.deepEqual(bench.line.said(), [{ type: 'unlisten', channel: 2 }, { type: 'listen', channel: 3, rendition: 'standard', history: 8 }]);
  bench.packet(bench.answer(3), 500);
  bench.downlink.listen(2, 3, 'standard');
  assert.deepEqual(bench.line.said(), [{ type: 'unlisten', channel: 1 }]);
  assert.equal(bench.heardTrack(), 3);
  assert.deepEqual(bench.answers().at(-1), [2, '']);
});

test('unlisten leaves everything and selects nothing', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  bench.line.said();
  bench.downlink.unlisten();
  assert.deepEqual(bench.line.said(), [{ type: 'unlisten', channel: 1 }]);
  assert.equal(bench.heardTrack(), 0);
  bench.downlink.lost();
  bench.downlink.joined(true);
  assert.deepEqual(bench.line.said(), []);
});

test('a player that is built anew is told what is open and what is heard', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  const stream = bench.answer(1);
  const port = new FakePort();
  bench.downlink.setPlayer(port.port);
  assert.equal(bench.port.closed, true);
  assert.deepEqual(port.posted.map(({ type }) => type), ['open', 'select']);
  bench.packet(stream, 500);
  assert.equal(port.got('frame').length, 1);
});

test('a seq from a minute away: asks again instead of playing it', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  const stream = bench.answer(1);
  bench.packet(stream, 500);
  bench.line.said();
  bench.packet(stream, 9000);
  assert.deepEqual(bench.line.said().map(({ type }) => type), ['unlisten', 'listen']);
  assert.equal(bench.port.got('frame').length, 1);
});

test('reports count from when this channel began', () => {
  const bench = new Bench();
  const report = (change: Partial<PlayerReport>) =>
    bench.port.onmessage?.({ data: { track: 1, channel: 1, clock: 1, label: 1, beat: 0, frame: 0, peak: 0, bufferMs: 41.7, jitterMs: 3, played: 100, late: 2, concealed: 5, skippedMs: 0, ...change } });
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  report({});
  bench.downlink.listen(2, 2, 'standard');
  bench.packet(bench.answer(2), 500);
  bench.line.said();
  report({ channel: 1, played: 110 });
  bench.downlink.tell();
  assert.deepEqual(bench.line.said(), [], 'the old channel is still heard: no report about the new one');
  report({ channel: 2, track: 2, played: 150, late: 3, concealed: 5 });
  bench.downlink.tell();
  assert.deepEqual(bench.line.said(), [{ type: 'report', channel: 2, played: 50, buffer_ms: 42, late: 1, concealed: 0 }]);
});
