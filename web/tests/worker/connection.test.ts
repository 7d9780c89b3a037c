// Joining, leaving, and coming back, with a WebSocket that the test plays.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Line } from '../../src/lib/session.js';
import { Connection } from '../../src/worker/connection.js';

/** The browser's end of a socket; the test is the server. */
class FakeSocket {
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!;
  }
  binaryType = '';
  bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: { type: string; [key: string]: unknown }[] = [];
  closed = 0;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as { type: string });
  }
  close(code = 1005): void {
    this.closed = code;
  }
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  letIn(resume = 'token'): void {
    this.onopen?.();
    this.say({ type: 'joined', server_us: 5_000_000, resume, room: {} });
  }
  end(code: number): void {
    this.onclose?.({ code });
  }
}

const settled = (ms = 15) => new Promise((resolve) => setTimeout(resolve, ms));

class Bench {
  readonly lines: Line[] = [];
  readonly events: string[] = [];
  readonly connection = new Connection({ url: 'ws://x/ws', room: 'hall', ticket: 't' }, {
    listens: () => [{ channel: 2, rendition: 'standard', seq: 9 }],
    joined: (_, resumed) => this.events.push(resumed ? 'resumed' : 'joined'),
    message: (message) => this.events.push(message.type),
    sound: (message) => this.events.push(`sound ${message.byteLength}`),
    lost: () => this.events.push('lost'),
    line: (line) => this.lines.push(line),
  });
  constructor() {
    this.connection.start();
  }
  state(): string {
    return this.lines.at(-1)?.state ?? '';
  }
}

beforeEach(() => {
  FakeSocket.all = [];
  Object.assign(globalThis, { WebSocket: FakeSocket });
  Math.random = () => 0; // full jitter at its shortest
});

test('joins as the first message, and is open when the server says joined', () => {
  const bench = new Bench();
  assert.equal(bench.state(), 'connecting');
  const socket = FakeSocket.last;
  assert.equal(socket.protocol, 'boothcast.v1');
  bench.connection.send({ type: 'unlisten', channel: 1 });
  socket.letIn();
  assert.deepEqual(socket.sent[0], { type: 'join', room: 'hall', ticket: 't' });
  assert.deepEqual(socket.sent.slice(1).map(({ type }) => type), ['ping'], 'what was said before joining is not sent');
  assert.equal(bench.state(), 'open');
  socket.onmessage?.({ data: new ArrayBuffer(20) });
  socket.onmessage?.({ data: 'no JSON' });
  socket.say({ type: 'thing of tomorrow' });
  assert.deepEqual(bench.events, ['joined', 'sound 20', 'thing of tomorrow']);
  bench.connection.close();
  assert.equal(socket.closed, 1000);
});

test('a pong sets the clock and says how long the line is', () => {
  const bench = new Bench();
  FakeSocket.last.letIn();
  const ping = FakeSocket.last.sent.at(-1)!;
  FakeSocket.last.say({ type: 'pong', t: ping['t'], server_us: 7_000_000 });
  assert.equal(bench.connection.clock.known, true);
  assert.ok((bench.lines.at(-1) as { rtt_ms: number }).rtt_ms < 100);
  bench.connection.close();
});

test('a line that breaks comes back with the resume token and what was heard', async () => {
  const bench = new Bench();
  FakeSocket.last.letIn('abc');
  FakeSocket.last.end(1006);
  assert.equal(bench.state(), 'waiting');
  await settled();
  assert.equal(FakeSocket.all.length, 2);
  FakeSocket.last.letIn();
  assert.deepEqual(FakeSocket.last.sent[0]!['resume'], { token: 'abc', listens: [{ channel: 2, rendition: 'standard', seq: 9 }] });
  assert.deepEqual(bench.events, ['joined', 'lost', 'resumed']);
  bench.connection.close();
});

test('refused: says why, and does not come back', async () => {
  const bench = new Bench();
  FakeSocket.last.onopen?.();
  FakeSocket.last.say({ type: 'error', code: 'bad_ticket', message: 'No.', about: 'ticket' });
  FakeSocket.last.end(1008);
  await settled();
  assert.equal(FakeSocket.all.length, 1);
  assert.deepEqual(bench.lines.at(-1), { state: 'refused', error: { type: 'error', code: 'bad_ticket', message: 'No.', about: 'ticket' } });
  bench.connection.online();
  assert.equal(FakeSocket.all.length, 1);
});

test('a no to the join ends it even when the server leaves the line open', async () => {
  const bench = new Bench();
  FakeSocket.last.onopen?.();
  FakeSocket.last.say({ type: 'error', code: 'no_room', message: 'There is no such room.', about: 'join' });
  await settled();
  assert.equal(bench.state(), 'refused');
  assert.ok(FakeSocket.last.closed);
  assert.equal(FakeSocket.all.length, 1);
});

test('a resume that is refused is tried once more without the token', async () => {
  const bench = new Bench();
  FakeSocket.last.letIn();
  FakeSocket.last.end(1006);
  await settled();
  FakeSocket.last.onopen?.();
  FakeSocket.last.end(1008);
  await settled();
  FakeSocket.last.onopen?.();
  assert.equal(FakeSocket.all.length, 3);
  assert.equal('resume' in FakeSocket.last.sent[0]!, false);
  FakeSocket.last.end(1008);
  assert.equal(bench.state(), 'refused');
});

test('a seat that is held by our own dead line is waited for', async () => {
  const bench = new Bench();
  FakeSocket.last.letIn('');
  FakeSocket.last.end(1006);
  await settled();
  FakeSocket.last.onopen?.();
  FakeSocket.last.say({ type: 'error', code: 'taken', message: 'This desk is taken.', about: 'join' });
  assert.equal(bench.state(), 'waiting');
  bench.connection.close();
});

test('a ticket that ends during the event is a refusal, not a reason to try without resume', () => {
  const bench = new Bench();
  FakeSocket.last.letIn();
  FakeSocket.last.end(1008);
  assert.equal(bench.state(), 'refused');
});

test('a server that restarts is given the time it asked for', async () => {
  const bench = new Bench();
  FakeSocket.last.letIn();
  FakeSocket.last.say({ type: 'error', code: 'restarting', message: '', about: 'connection', retry_after_ms: 60 });
  FakeSocket.last.end(1012);
  assert.deepEqual(bench.lines.at(-1), { state: 'waiting', retry_in_ms: 60, attempt: 1 });
  await settled(20);
  assert.equal(FakeSocket.all.length, 1);
  await settled(60);
  assert.equal(FakeSocket.all.length, 2);
  bench.connection.close();
});

test('the system says that there is a network: at once', () => {
  Math.random = () => 1;
  const bench = new Bench();
  FakeSocket.last.end(1006);
  assert.equal(FakeSocket.all.length, 1);
  bench.connection.online();
  assert.equal(FakeSocket.all.length, 2);
  bench.connection.online();
  assert.equal(FakeSocket.all.length, 2, 'while it is connecting there is nothing to do');
  bench.connection.close();
});

test('closing is for good', async () => {
  const bench = new Bench();
  FakeSocket.last.letIn();
  bench.connection.close();
  FakeSocket.last.end(1000);
  await settled();
  assert.equal(FakeSocket.all.length, 1);
});
