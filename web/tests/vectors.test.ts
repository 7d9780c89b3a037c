// The golden vectors of the wire protocol (include/boothcast/vectors/) through the pages' encoder, decoder and merge. What protocol.ts says
// of messages is compared in protocol-shapes.test.mjs.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { mergeState } from '../src/lib/merge.js';
import {
  DOWN_HEADER, FLAG_DISCONTINUITY, FLAG_HISTORY, FLAG_SILENCE, FLAG_SOURCE_CHANGED, makeUp, readDown, seqDistance, type Room, type State,
} from '../src/lib/protocol.js';

const FLAGS: Record<string, number> = {
  discontinuity: FLAG_DISCONTINUITY, source_changed: FLAG_SOURCE_CHANGED, silence: FLAG_SILENCE, history: FLAG_HISTORY,
};

interface Down {
  name: string;
  hex: string;
  flags: string[];
  label: string;
  stream: number;
  epoch: number;
  seq: number;
  payload: string;
}
interface Up {
  name: string;
  hex: string;
  flags: string[];
  stream: number;
  seq: number;
  captured_us: string;
  payload: string;
}
interface Headers {
  down: Down[];
  down_reserved: Down[];
  down_refused: { name: string; hex: string }[];
  up: Up[];
  distance: { a: number; b: number; distance: number }[];
}
interface Merges {
  merges: { name: string; room: Room; state: State; after: Room }[];
}

/** Tests run in web/. */
const load = (name: string): unknown => JSON.parse(readFileSync(join(process.cwd(), '..', 'include', 'boothcast', 'vectors', name), 'utf8'));
const { down, down_reserved, down_refused, up, distance } = load('headers.json') as Headers;
const { merges } = load('merges.json') as Merges;
const bytesOf = (hex: string): ArrayBuffer => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16)).buffer;
const hexOf = (bytes: ArrayBuffer): string => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const bitsOf = (flags: string[]): number => flags.reduce((sum, flag) => sum | (FLAGS[flag] ?? NaN), 0);

describe('a binary message from the server', () => {
  for (const vector of [...down, ...down_reserved]) {
    test(vector.name, () => {
      const { label, stream, epoch, seq } = vector;
      const message = bytesOf(vector.hex);
      assert.deepEqual(readDown(message), { flags: bitsOf(vector.flags), label, stream, epoch, seq });
      assert.equal(hexOf(message.slice(DOWN_HEADER)), vector.payload);
    });
  }
  for (const vector of down_refused) {
    test(`${vector.name} is refused`, () => assert.equal(readDown(bytesOf(vector.hex)), null));
  }
});

describe('a binary message to the server', () => {
  for (const vector of up) {
    test(vector.name, () => {
      const payload = new Uint8Array(bytesOf(vector.payload));
      const jumped = vector.flags.includes('discontinuity');
      assert.deepEqual(vector.flags.filter((flag) => flag !== 'discontinuity'), []);
      assert.equal(hexOf(makeUp(vector.stream, vector.seq, Number(vector.captured_us), payload, jumped)), vector.hex);
    });
  }
});

test('the distance of sequence numbers', () => {
  assert.ok(distance.length > 0);
  for (const vector of distance) assert.equal(seqDistance(vector.a, vector.b), vector.distance, JSON.stringify(vector));
});

describe('a room and what changed', () => {
  for (const { name, room, state, after } of merges) {
    test(name, () => {
      const before = structuredClone(room);
      assert.deepEqual(mergeState(room, state), after);
      assert.deepEqual(room, before, 'the old room is left alone');
    });
  }
});
