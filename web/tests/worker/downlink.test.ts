// Which channel is asked for, and what of the sound reaches the player, over changes of mind, refusals and broken lines.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorMessage, Listening } from '../../src/lib/protocol.js';
import type { Notice, PlayerReport } from '../../src/lib/threads.js';
import { Downlink } from '../../src/worker/downlink.js';
import type { Tag } from '../../src/worker/streams.js';
import { FakeConnection, FakeDecoder, FakePort } from './fake-line.js';

const error = (code: string): ErrorMessage => ({ type: 'error', code, message: `code ${code}`, about: 'listen' });
const NO_BED = { channel: -1, bufferMs: 0, played: 0, late: 0, concealed: 0 };

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
    this.downlink.joined(false, 0);
    this.port.posted.splice(0);
  }

  /** The server's answer; gives the stream's number. */
  answer(channel: number, change: Partial<Listening> = {}): number {
    const stream = this.streams++;
    const seq = change.seq ?? 500;
    this.downlink.listening({ type: 'listening', channel, rendition: 'standard', stream, epoch: 1, seq, frame_ms: 20, server_us: seq * 20_000, ...change });
    return change.stream ?? stream;
  }
  answerSource(source: string): number {
    return this.answer(0, { channel: undefined, source });
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
  bedTrack(): unknown {
    return this.port.got('bed').at(-1)?.['track'];
  }
  /** The channels of the `listen` and `unlisten` since the last time; "3<1" is 3 instead of 1. */
  asked(): string[] {
    return this.line.said().map((message) => {
      if (message.type === 'listen') return `${message.channel}${message.instead_of === undefined ? '' : `<${message.instead_of}`}`;
      return message.type === 'unlisten' ? `-${message.channel}` : message.type;
    });
  }
  /** Listens to 1, with 0 as its bed. */
  static withBed(): Bench {
    const bench = new Bench();
    bench.downlink.listen(1, 1, 'standard');
    bench.packet(bench.answer(1), 500);
    bench.downlink.setBed(0);
    bench.packet(bench.answer(0), 500);
    bench.line.said();
    return bench;
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
  bench.downlink.refused(error('no_channel'));
  bench.downlink.refused(error('not_listening'));
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 2, rendition: 'standard', history: 8 }]);
});

test('there and back before the server has answered: what it was told to stop is asked for again', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  bench.downlink.listen(2, 2, 'standard');
  bench.line.said();
  bench.downlink.listen(3, 1, 'standard');
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 1, rendition: 'standard', history: 8, instead_of: 2 }]);
  bench.packet(bench.answer(2), 500);
  bench.packet(bench.answer(1), 500);
  assert.equal(bench.heardTrack(), 3);
  assert.deepEqual(bench.answers().at(-1), [3, '']);
});

test('a refusal of what is not wanted any more changes nothing', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  bench.downlink.listen(2, 9, 'standard');
  bench.downlink.listen(3, 2, 'standard');
  bench.line.said();
  bench.downlink.refused(error('no_channel')); // of 9
  assert.deepEqual(bench.answers(), [[1, ''], [2, '']]);
  bench.downlink.refused(error('not_listening')); // 2 instead of 9
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 2, rendition: 'standard', history: 8, instead_of: 1 }]);
});

test('skipped sound is no refusal', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.downlink.refused({ ...error('skipped'), channel: 1, skipped_ms: 2000 });
  assert.deepEqual(bench.answers(), []);
});

test('listen while the line is down is remembered', () => {
  const bench = new Bench();
  bench.line.open = false;
  bench.downlink.listen(1, 4, 'standard');
  assert.deepEqual(bench.line.said(), []);
  bench.line.open = true;
  bench.downlink.joined(false, 0);
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
  assert.deepEqual(bench.downlink.listens(), [{ channel: 1, rendition: 'standard', seq: 501 }]);
  bench.downlink.joined(true, 0);
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
  bench.downlink.joined(true, 0);
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
  assert.deepEqual(bench.downlink.listens(), []);
  bench.line.open = true;
  bench.downlink.joined(true, 0);
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
  bench.downlink.joined(true, 0);
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
    bench.port.onmessage?.({ data: { track: 1, channel: 1, clock: 1, label: 1, beat: 0, frame: 0, peak: 0, bufferMs: 41.7, jitterMs: 3, played: 100, late: 2, concealed: 5, skippedMs: 0, bed: NO_BED, ...change } });
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

// ---- the bed ----

test('a bed: asked beside the channel, with history, in a place of its own; left when it ends', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  bench.line.said();
  bench.downlink.setBed(0);
  bench.downlink.setBed(0);
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 0, rendition: 'standard', history: 8 }]);
  const bed = bench.answer(0);
  bench.packet(bed, 500);
  assert.deepEqual([bench.heardTrack(), bench.bedTrack()], [1, 2]);
  assert.deepEqual(bench.port.got('frame').map((frame) => frame['track']), [1, 2]);
  bench.downlink.setBed(null);
  assert.deepEqual(bench.asked(), ['-0']);
  assert.equal(bench.bedTrack(), 0);
  assert.deepEqual(bench.port.got('close').map(({ track }) => track), [2]);
});

test('a bed without a channel', () => {
  const bench = new Bench();
  bench.downlink.setBed(3);
  assert.deepEqual(bench.asked(), ['3']);
  bench.packet(bench.answer(3), 500);
  assert.deepEqual([bench.heardTrack(), bench.bedTrack()], [undefined, 1]);
  bench.downlink.listen(1, 1, 'standard');
  assert.deepEqual(bench.asked(), ['1']);
  bench.packet(bench.answer(1), 500);
  bench.downlink.unlisten();
  assert.deepEqual(bench.asked(), ['-1']);
  assert.deepEqual([bench.heardTrack(), bench.bedTrack()], [0, 1]);
});

test('another bed: the old one is heard until the new one is there', () => {
  const bench = Bench.withBed();
  bench.downlink.setBed(4);
  assert.deepEqual(bench.asked(), ['4', '-0']);
  assert.deepEqual([bench.bedTrack(), bench.port.got('close').length], [2, 0]);
  bench.answer(4);
  assert.deepEqual([bench.bedTrack(), bench.port.got('close').map(({ track }) => track)], [3, [2]]);
});

test('another channel leaves the bed alone', () => {
  const bench = Bench.withBed();
  bench.downlink.listen(2, 2, 'standard');
  assert.deepEqual(bench.asked(), ['2<1']);
  bench.answer(2);
  assert.deepEqual(bench.port.got('close').map(({ track }) => track), [1]);
});

test('the channel becomes that of the bed, and another again: one stream for both, and nothing is asked twice', () => {
  const bench = Bench.withBed();
  bench.downlink.listen(2, 0, 'standard');
  assert.deepEqual(bench.asked(), ['-1']);
  assert.deepEqual([bench.heardTrack(), bench.bedTrack()], [2, 2]);
  bench.downlink.listen(3, 1, 'standard');
  assert.deepEqual(bench.asked(), ['1'], 'not instead of 0, which the bed still needs');
  bench.answer(1);
  assert.deepEqual([bench.heardTrack(), bench.bedTrack()], [3, 2]);
  assert.equal(bench.port.got('close').length, 1, 'only that of channel 1 before');
});

test('the bed becomes the channel that is heard: nothing is asked, and nothing left when it ends', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  bench.line.said();
  bench.downlink.setBed(1);
  assert.equal(bench.bedTrack(), 1);
  bench.downlink.setBed(null);
  assert.deepEqual(bench.asked(), []);
  assert.equal(bench.port.got('close').length, 0);
});

test('the channel of the bed in another rendition: the server replaces it, and both go over', () => {
  const bench = Bench.withBed();
  bench.downlink.listen(2, 0, 'high');
  assert.deepEqual(bench.asked(), ['0<1']);
  bench.packet(bench.answer(0, { rendition: 'high' }), 500);
  assert.deepEqual([bench.heardTrack(), bench.bedTrack()], [3, 3]);
  assert.deepEqual(bench.port.got('close').map(({ track }) => track).sort(), [1, 2]);
});

test('the bed wants the channel that is just being replaced: it is asked for again', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  bench.downlink.listen(2, 2, 'standard');
  bench.line.said();
  bench.downlink.setBed(1);
  assert.deepEqual(bench.asked(), ['1']);
  bench.answer(2);
  bench.answer(1);
  assert.deepEqual([bench.heardTrack(), bench.bedTrack()], [2, 3]);
});

test('the bed ends while the channel changes away from it: it is heard until the new one is there', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  bench.downlink.setBed(1);
  bench.downlink.listen(2, 2, 'standard');
  bench.line.said();
  bench.downlink.setBed(null);
  assert.deepEqual(bench.asked(), ['2<1']);
  assert.equal(bench.port.got('close').length, 0);
});

test('a bed that is refused: silence, and the channel goes on', () => {
  const bench = Bench.withBed();
  bench.downlink.setBed(9);
  bench.downlink.refused(error('no_channel'));
  assert.deepEqual([bench.heardTrack(), bench.bedTrack()], [1, 0]);
  assert.deepEqual(bench.answers(), [[1, '']]);
});

test('a channel that is refused while a bed is asked for: the answers come in order', () => {
  const bench = new Bench();
  bench.downlink.setBed(0);
  bench.downlink.listen(1, 9, 'standard');
  bench.answer(0);
  bench.downlink.refused(error('no_channel'));
  assert.deepEqual(bench.answers(), [[1, 'code no_channel']]);
  assert.equal(bench.bedTrack(), 1);
});

test('resume: both go on', () => {
  const bench = Bench.withBed();
  bench.downlink.lost();
  assert.deepEqual(bench.downlink.listens(), [{ channel: 1, rendition: 'standard', seq: 500 }, { channel: 0, rendition: 'standard', seq: 500 }]);
  bench.downlink.joined(true, 0);
  for (const channel of [1, 0]) bench.packet(bench.answer(channel, { seq: 501 }), 501);
  assert.deepEqual(bench.asked(), []);
  assert.deepEqual([bench.heardTrack(), bench.bedTrack()], [3, 4]);
});

test('resume that the server does not know: both are asked for again, once', async () => {
  const bench = Bench.withBed();
  bench.downlink.lost();
  bench.downlink.joined(true, 0);
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.deepEqual(bench.asked(), ['1', '0']);
});

test('resume of one stream for both', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  bench.downlink.setBed(1);
  bench.line.said();
  bench.downlink.lost();
  assert.equal(bench.downlink.listens().length, 1);
  bench.downlink.joined(true, 0);
  bench.packet(bench.answer(1, { seq: 501 }), 501);
  assert.deepEqual(bench.asked(), []);
  assert.deepEqual([bench.heardTrack(), bench.bedTrack()], [2, 2]);
});

test('a bed that is chosen while the line is down is asked for when it is there', () => {
  const bench = new Bench();
  bench.line.open = false;
  bench.downlink.setBed(2);
  bench.line.open = true;
  bench.downlink.joined(false, 0);
  assert.deepEqual(bench.asked(), ['2']);
});

test('a player that is built anew gets its bed back', () => {
  const bench = Bench.withBed();
  const port = new FakePort();
  bench.downlink.setPlayer(port.port);
  assert.deepEqual(port.posted.map(({ type, track }) => `${type} ${String(track)}`), ['open 1', 'open 2', 'select 1', 'bed 2']);
});

test('reports about both channels, the bed by its own counts', () => {
  const bench = Bench.withBed();
  const report = (bed: PlayerReport['bed']) =>
    bench.port.onmessage?.({ data: { track: 1, channel: 1, clock: 1, label: 1, beat: 0, frame: 0, peak: 0, bufferMs: 40, jitterMs: 3, played: 100, late: 2, concealed: 5, skippedMs: 0, bed } });
  report({ channel: 0, bufferMs: 38, played: 60, late: 1, concealed: 4 });
  bench.downlink.tell();
  assert.deepEqual(bench.line.said(), [
    { type: 'report', channel: 1, played: 100, buffer_ms: 40, late: 2, concealed: 5 },
    { type: 'report', channel: 0, played: 60, buffer_ms: 38, late: 1, concealed: 4 },
  ]);
  bench.downlink.setBed(5);
  bench.answer(5);
  bench.line.said();
  report({ channel: 5, bufferMs: 38, played: 70, late: 1, concealed: 4 });
  bench.downlink.tell();
  assert.deepEqual(bench.line.said()[1], { type: 'report', channel: 5, played: 10, buffer_ms: 38, late: 0, concealed: 0 });
  report(NO_BED);
  bench.downlink.tell();
  assert.equal(bench.line.said().length, 1, 'a bed that is silent is not reported');
});

// ---- what the statistics of the line are told ----

test('a new connection: the player is told, and what is older than it is history', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.packet(bench.answer(1), 500);
  bench.downlink.lost();
  bench.downlink.joined(true, 520 * 20_000); // beat 520 is due just now
  assert.equal(bench.port.got('line').length, 1);
  const stream = bench.answer(1, { seq: 501 });
  for (const seq of [501, 519, 520, 521]) bench.packet(stream, seq);
  assert.deepEqual(bench.port.got('frame').slice(1).map((frame) => frame['history']), [true, true, false, false]);
});

test('a higher epoch on the same connection: another server, another line', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  const stream = bench.answer(1);
  bench.packet(stream, 500, { epoch: 5 });
  assert.equal(bench.port.got('line').length, 0);
  bench.packet(stream, 501, { epoch: 6 });
  bench.packet(stream, 502, { epoch: 6 });
  assert.equal(bench.port.got('line').length, 1);
});

// ---- sources ----

test('a source is asked for, replaced, taken as a bed and left by its name', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 'floor/main', 'standard');
  assert.deepEqual(bench.line.said(), [{ type: 'listen', source: 'floor/main', rendition: 'standard', history: 8 }]);
  bench.packet(bench.answerSource('floor/main'), 500);
  assert.deepEqual(bench.answers(), [[1, '']]);
  bench.downlink.listen(2, 2, 'standard');
  bench.downlink.setBed('desk/zh-en/1');
  const [change, bed] = bench.line.said();
  assert.deepEqual(change, { type: 'listen', channel: 2, rendition: 'standard', history: 8, instead_of: 'floor/main' });
  assert.deepEqual(bed, { type: 'listen', source: 'desk/zh-en/1', rendition: 'standard', history: 8 });
  bench.packet(bench.answer(2), 500);
  const heard = bench.heardTrack();
  bench.packet(bench.answerSource('desk/zh-en/1'), 500);
  assert.notEqual(bench.bedTrack(), heard);
  assert.deepEqual(bench.downlink.listens(), [{ channel: 2, rendition: 'standard', seq: 500 }, { source: 'desk/zh-en/1', rendition: 'standard', seq: 500 }]);
  bench.downlink.setBed(null);
  assert.deepEqual(bench.line.said(), [{ type: 'unlisten', source: 'desk/zh-en/1' }]);
});

test('a source is reported by its name', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 'floor/main', 'standard');
  bench.packet(bench.answerSource('floor/main'), 500);
  bench.line.said();
  const report: Partial<PlayerReport> = { channel: 'floor/main', bufferMs: 40, played: 50, late: 0, concealed: 0, bed: NO_BED };
  bench.port.onmessage?.({ data: report });
  bench.downlink.tell();
  assert.deepEqual(bench.line.said(), [{ type: 'report', source: 'floor/main', played: 50, buffer_ms: 40, late: 0, concealed: 0 }]);
});

test('an answer that names nothing is not ours', () => {
  const bench = new Bench();
  bench.downlink.listen(1, 1, 'standard');
  bench.downlink.listening({ type: 'listening', rendition: 'standard', stream: 1, epoch: 1, seq: 1, frame_ms: 20, server_us: 0 });
  bench.packet(bench.answer(1), 500);
  assert.deepEqual(bench.answers(), [[1, '']]);
});

// ---- another rendition, by the server's choice ----

const SAVER = { rendition: 'saver', frame_ms: 60 } as const;
const HISTORY = { flags: 8 | (2 << 4) };
const playing = (bench: Bench, counts: Partial<PlayerReport>) =>
  bench.port.onmessage!({ data: { track: 1, channel: 2, bufferMs: 80, played: 100, late: 0, concealed: 0, bed: NO_BED, ...counts } });

/** Listens to 2 by the server's choice, which is standard: beats 1500 .. 1502. */
function chosen(): { bench: Bench; standard: number } {
  const bench = new Bench();
  bench.downlink.listen(1, 2, 'auto');
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 2, rendition: 'auto', history: 8 }]);
  const standard = bench.answer(2, { seq: 1500 });
  for (const seq of [1500, 1501, 1502]) bench.packet(standard, seq);
  return { bench, standard };
}

/** And then it is to be packets of 60 ms from beat 1506 on. */
function moving(): { bench: Bench; standard: number; saver: number } {
  const { bench, standard } = chosen();
  return { bench, standard, saver: bench.answer(2, { ...SAVER, seq: 502, server_us: 502 * 60_000 }) };
}

test('moved to the saver: wanted at once, the old stream is played to its end, and the new one is in its place on the same clock', () => {
  const { bench, standard, saver } = moving();
  assert.deepEqual(bench.line.said(), []);
  assert.equal(bench.heardTrack(), 2, 'so that the player makes room');
  for (const seq of [1503, 1504, 1505]) bench.packet(standard, seq);
  bench.packet(saver, 500, HISTORY);
  bench.packet(saver, 501, HISTORY);
  assert.deepEqual(bench.port.got('close'), []);
  bench.packet(saver, 502);
  assert.deepEqual(bench.port.got('close').map(({ track }) => track), [1]);
  const frames = bench.port.got('frame').map((frame) => [frame['track'], frame['beat'], (frame['pcm'] as Float32Array).length] as [number, number, number]);
  const end = frames.filter(([track]) => track === 1).at(-1)!;
  const begin = frames.at(-1)!;
  assert.equal(begin[1] * begin[2], (end[1] + 1) * end[2], 'sample by sample');
  assert.equal(new Set(bench.port.got('open').map(({ clock }) => clock)).size, 1);
  assert.deepEqual(bench.notices.flatMap((notice) => (notice.type === 'rendition' ? [notice.rendition] : [])), ['standard', 'saver']);
});

test('packets of both streams cross: the last of the old one comes after the first of the new, and is not missed', () => {
  const { bench, standard, saver } = moving();
  bench.packet(saver, 502);
  bench.packet(standard, 1505); // too late to be of use: the new one has what follows, its history what was before
  assert.equal(bench.port.got('frame').at(-1)!['track'], 2);
  assert.deepEqual(bench.port.got('close').map(({ track }) => track), [1]);
});

test('moved: what was counted goes on, because it is the same that is listened to', () => {
  const { bench, saver } = moving();
  playing(bench, { concealed: 30, late: 2 });
  bench.packet(saver, 502);
  playing(bench, { track: 2, concealed: 31, late: 2 });
  bench.downlink.tell();
  const [report] = bench.line.said();
  assert.deepEqual(report, { type: 'report', channel: 2, played: 100, buffer_ms: 80, late: 2, concealed: 31 });
});

test('moved and back: one track at a time, whatever the number of the stream', () => {
  const { bench, standard, saver } = moving();
  bench.packet(saver, 502);
  bench.answer(2, { stream: standard, seq: 1512 });
  bench.packet(saver, 503);
  bench.packet(standard, 1511, HISTORY);
  bench.packet(standard, 1512);
  assert.equal(bench.heardTrack(), 3);
  assert.deepEqual(bench.port.got('close').map(({ track }) => track), [1, 2]);
  assert.equal(bench.port.got('frame').at(-1)!['track'], 3);
});

test('resume: as it was before the move, when that had not come; and that the server chose it', () => {
  const { bench, saver } = moving();
  assert.deepEqual(bench.downlink.listens(), [{ channel: 2, rendition: 'standard', auto: true, seq: 1502 }]);
  bench.packet(saver, 502);
  assert.deepEqual(bench.downlink.listens(), [{ channel: 2, rendition: 'saver', auto: true, seq: 502 }]);
  bench.downlink.lost();
  bench.downlink.joined(true, 0);
  bench.packet(bench.answer(2, { ...SAVER, seq: 503, server_us: 503 * 60_000 }), 503);
  bench.line.said();
  bench.downlink.listen(2, 2, 'auto');
  assert.deepEqual(bench.line.said(), [], 'it is what comes');
  bench.downlink.listen(3, 2, 'standard');
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 2, rendition: 'standard', history: 8 }]);
});

test('another channel in the middle of a move: both streams of the old one are left', () => {
  const { bench } = moving();
  bench.downlink.listen(2, 3, 'auto');
  assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 3, rendition: 'auto', history: 8, instead_of: 2 }]);
  bench.packet(bench.answer(3, { ...SAVER, seq: 501, server_us: 501 * 60_000 }), 501);
  assert.deepEqual(bench.port.got('close').map(({ track }) => track).sort(), [1, 2]);
  assert.equal(bench.heardTrack(), 3);
});

test('the bed goes by the same line: it is asked for as the channel is, but no better than standard', () => {
  for (const [rendition, bed] of [['auto', 'auto'], ['saver', 'saver'], ['high', 'standard']] as const) {
    const bench = new Bench();
    bench.downlink.listen(1, 2, rendition);
    bench.line.said();
    bench.downlink.setBed(0);
    assert.deepEqual(bench.line.said(), [{ type: 'listen', channel: 0, rendition: bed, history: 8 }]);
  }
});
