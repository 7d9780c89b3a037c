// What leaves the microphone: numbers, times, back-pressure, and coming back after the line was down.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Uplink as UplinkState } from '../../src/lib/session.js';
import { encoderMaker } from '../../src/worker/encoder.js';
import { nowMs } from '../../src/worker/time.js';
import { Uplink, type Tag } from '../../src/worker/uplink.js';
import { FakeConnection, FakeEncoder, FakePort } from './fake-line.js';

class Bench {
  readonly line = new FakeConnection();
  readonly port = new FakePort();
  readonly states: UplinkState[] = [];
  readonly uplink = new Uplink(this.line, (output) => new FakeEncoder<Tag>(output), (state) => this.states.push(state));

  constructor() {
    this.uplink.setMicrophone(this.port.port);
  }
  open(): void {
    this.uplink.publish('desk');
    this.uplink.publishing({ type: 'publishing', source: 'desk', stream: 7 });
  }
  /** Captures frame number `index`. */
  capture(index: number): void {
    this.port.onmessage?.({ data: { frame: index * 960, pcm: new Float32Array(960).fill(3) } });
  }
  headers(): { flags: number; stream: number; seq: number; capturedUs: number }[] {
    return this.line.sounds.map((message) => {
      const view = new DataView(message);
      return { flags: view.getUint8(1), stream: view.getUint16(2), seq: view.getUint32(4), capturedUs: Number(view.getBigUint64(8)) };
    });
  }
  last(): string {
    return this.states.at(-1)?.state ?? '';
  }
}

const refusal = { type: 'error' as const, code: 'taken', message: 'The input is taken.', about: 'publish' };

test('publishes, then sends every frame with its number', () => {
  const bench = new Bench();
  bench.capture(0);
  bench.uplink.publish('desk');
  assert.deepEqual(bench.line.said(), [{ type: 'publish', source: 'desk', codec: 'opus', rate: 48000, channels: 1 }]);
  bench.capture(1);
  assert.equal(bench.line.sounds.length, 0, 'nothing before the server agreed');
  bench.uplink.publishing({ type: 'publishing', source: 'desk', stream: 7 });
  for (let i = 2; i < 5; i++) bench.capture(i);
  assert.deepEqual(bench.headers().map(({ flags, stream, seq }) => [flags, stream, seq]), [[0, 7, 2], [0, 7, 3], [0, 7, 4]]);
  assert.deepEqual(bench.states.map(({ state }) => state), ['opening', 'open']);
});

test('captured_us is on the server clock, 0 while that is not known', () => {
  const bench = new Bench();
  bench.open();
  bench.capture(0);
  const now = nowMs();
  bench.line.clock.add(now, now, (now + 1_000_000) * 1000);
  bench.capture(1);
  const [before, after] = bench.headers();
  assert.equal(before!.capturedUs, 0);
  const ageMs = now + 1_000_000 - after!.capturedUs / 1000;
  assert.ok(ageMs > -25 && ageMs < 100, `${ageMs} ms`);
});

test('a slow line: frames are dropped, the numbers say so, and the flag says that it jumped', () => {
  const bench = new Bench();
  bench.open();
  bench.capture(0);
  bench.line.waitingBytes = 10_000;
  for (let i = 1; i < 20; i++) bench.capture(i);
  bench.line.waitingBytes = 0;
  bench.capture(20);
  bench.capture(21);
  assert.deepEqual(bench.headers().map(({ flags, seq }) => [flags, seq]), [[0, 0], [1, 20], [0, 21]]);
});

test('quanta that the audio thread missed show in the numbers', () => {
  const bench = new Bench();
  bench.open();
  bench.capture(0);
  bench.port.onmessage?.({ data: { frame: 960 + 2048, pcm: new Float32Array(960) } });
  assert.deepEqual(bench.headers().map(({ flags, seq }) => [flags, seq]), [[0, 0], [1, 3]]);
});

test('after a broken line it publishes again by itself', () => {
  const bench = new Bench();
  bench.open();
  bench.line.said();
  bench.uplink.lost();
  assert.equal(bench.last(), 'interrupted');
  bench.capture(1);
  bench.uplink.joined();
  assert.deepEqual(bench.line.said().map(({ type }) => type), ['publish']);
  bench.uplink.publishing({ type: 'publishing', source: 'desk', stream: 9 });
  bench.capture(50);
  assert.deepEqual(bench.headers().map(({ stream, seq }) => [stream, seq]), [[9, 50]]);
  assert.equal(bench.last(), 'open');
});

test('refused at first: failed. Refused after a broken line: tries again, the seat may be held for the dead line', async () => {
  const first = new Bench();
  first.uplink.publish('floor/main');
  first.uplink.refused(refusal);
  assert.deepEqual(first.states.at(-1), { state: 'failed', source: 'floor/main', error: refusal });
  const again = new Bench();
  again.open();
  again.uplink.lost();
  again.uplink.joined();
  again.line.said();
  again.uplink.refused(refusal);
  assert.equal(again.last(), 'interrupted');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.deepEqual(again.line.said().map(({ type }) => type), ['publish']);
});

test('unpublish ends it, and what was captured after that is not sent', () => {
  const bench = new Bench();
  bench.open();
  bench.line.said();
  bench.uplink.unpublish();
  bench.capture(1);
  bench.uplink.joined();
  assert.deepEqual(bench.line.said(), [{ type: 'unpublish', source: 'desk' }]);
  assert.equal(bench.line.sounds.length, 0);
  assert.equal(bench.last(), 'closed');
});

test('without an encoder in the browser: 16-bit samples, little-endian, clipped', () => {
  const packets: Uint8Array[] = [];
  const encoder = encoderMaker<null>('pcm_s16le')((packet) => packets.push(packet));
  encoder.encode(Float32Array.from([0, 1, -1, 5, 0.5]), null);
  const view = new DataView(packets[0]!.buffer);
  assert.deepEqual([0, 1, 2, 3, 4].map((i) => view.getInt16(i * 2, true)), [0, 32767, -32767, 32767, 16384]);
});
