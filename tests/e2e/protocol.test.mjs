// The golden vectors of the wire protocol (include/boothcast/vectors/) with a real server and a client that shares no code with it
// (lib/independent-client.mjs): PROTOCOL.md is enough to write one.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { IndependentClient, ask, distance, issue, merge, readDown, writeUp } from '../lib/independent-client.mjs';
import { root, temporaryFolder } from '../lib/programs.mjs';
import { startServer } from '../lib/server.mjs';
import { mistakes } from '../lib/shapes.mjs';

const load = (name) => JSON.parse(readFileSync(join(root, 'include', 'boothcast', 'vectors', name), 'utf8'));
const shapes = load('shapes.json');
const keys = load('tickets.json');
const seed = Buffer.from(keys.seed, 'hex');
const ORIGIN_US = Date.UTC(2025, 0, 1) * 1000;
const LAST_PING = 424242;

/** A server whose tickets are signed with the key of the vectors. */
async function startWithKey() {
  const folder = temporaryFolder();
  mkdirSync(join(folder.path, 'state'), { mode: 0o700 });
  writeFileSync(join(folder.path, 'state', 'ticket.key'), keys.state_file, { mode: 0o600 });
  return startServer({ folder });
}

let tickets = 0;
/** A ticket as messages.json describes it. */
function ticketOf({ room = 'hall', role, booth, desk, input, channels, from_s, valid_s = 3600 }) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { room, role, booth, desk, input, channels, nbf: from_s === undefined ? undefined : now + from_s, exp: now + valid_s, id: `e2e-${++tickets}` };
  return issue('bc1', seed, keys.key_id, claims);
}

// ---- whether a message is the one that is expected ----

/** Of an object and of a list of objects more may be there; an empty object, and everything else, is compared. */
function matches(wanted, got) {
  if (Array.isArray(wanted) && typeof wanted[0] === 'object') return Array.isArray(got) && wanted.every((one) => got.some((other) => matches(one, other)));
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted) || Object.keys(wanted).length === 0) return equal(wanted, got);
  return typeof got === 'object' && got !== null && Object.entries(wanted).every(([name, value]) => matches(value, got[name]));
}
const equal = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// ---- a case: its connections, and what was expected of them ----

class Play {
  constructor(server) {
    Object.assign(this, { server, clients: new Map(), used: new Set(), more: new Map(), gone: new Set() });
  }

  async open(name, options) {
    const client = await IndependentClient.open(this.server, options);
    this.clients.set(name, client);
    return client;
  }

  filled(value) {
    if (Array.isArray(value)) return value.map((one) => this.filled(one));
    if (typeof value !== 'object' || value === null) return value;
    if (value.$ticket) return ticketOf(value.$ticket);
    if (value.$resume) return this.clients.get(value.$resume).joined.resume;
    if (value.$session) return this.clients.get(value.$session).joined.session;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.filled(one)]));
  }

  async expect(client, wanted) {
    const any = wanted.type === 'state' || wanted.type === 'levels';
    const found = await client.until(
      () => {
        for (const message of client.messages) {
          if (this.used.has(message) || message.type !== wanted.type) continue;
          if (matches(wanted, message)) return message;
          if (!any) assert.fail(`${JSON.stringify(message)} came instead of ${JSON.stringify(wanted)}`);
        }
        if (client.ended && !any) assert.fail(`closed with ${client.ended.code} before ${JSON.stringify(wanted)}`);
        return undefined;
      },
      () => `${JSON.stringify(wanted)}; ${client.messages.length} messages came, the last ${JSON.stringify(client.messages.at(-1))?.slice(0, 500)}`,
    );
    this.used.add(found);
  }

  async step(step) {
    const [kind] = Object.keys(step);
    const name = step[kind];
    const client = this.clients.get(name);
    switch (kind) {
      case 'open':
        return this.open(name, { origin: step.origin });
      case 'join': {
        const joining = await this.open(name);
        joining.say({ type: 'join', room: step.room, name: step.name, ticket: step.role && ticketOf(step) });
        return joining.until(() => joining.joined, `${name} joins`);
      }
      case 'say':
        for (let i = step.times ?? 1; i > 0; i--) client.raw(step.raw ?? JSON.stringify(this.filled(step.text)));
        return;
      case 'send':
        return this.send(client, Buffer.from(step.hex, 'hex'), step.times ?? 1);
      case 'expect':
        return this.expect(client, this.filled(step.message));
      case 'more':
        return void this.more.set(client, step.codes);
      case 'closed':
        await client.until(() => client.ended, `${name} is closed`);
        this.gone.add(client);
        return assert.deepEqual(client.ended, { code: step.code, reason: step.reason });
      case 'drop':
        this.gone.add(client);
        return client.drop();
      default:
        return assert.fail(`no such step: ${kind}`);
    }
  }

  /** The same packet again and again, numbered on. */
  send(client, bytes, times) {
    for (let i = 0; i < times; i++) {
      client.send(bytes);
      if (bytes.length < 16) continue;
      bytes = Buffer.from(bytes);
      bytes[1] = 0;
      bytes.writeUInt32BE((bytes.readUInt32BE(4) + 1) >>> 0, 4);
    }
  }

  /** No error is left, every message has its shape, and whoever is still there is answered. */
  async end() {
    for (const client of this.clients.values()) {
      if (!this.gone.has(client)) await this.pong(client);
      const left = client.messages.filter((one) => one.type === 'error' && !this.used.has(one) && !this.more.get(client)?.includes(one.code));
      assert.deepEqual(left, []);
      assert.deepEqual(client.messages.flatMap((one) => mistakes(shapes, 'server', one)), []);
      assert.deepEqual(client.problems, []);
    }
  }

  /** Asks until the answer comes: after a flood the server takes no more for a moment. */
  async pong(client) {
    const ask = setInterval(() => client.say({ type: 'ping', t: LAST_PING }), 200);
    client.say({ type: 'ping', t: LAST_PING });
    try {
      await client.until(() => client.messages.find((one) => one.type === 'pong' && one.t === LAST_PING), 'the answer to a last ping');
    } finally {
      clearInterval(ask);
    }
  }

  drop() {
    for (const client of this.clients.values()) client.drop();
  }
}

for (const group of load('messages.json').groups) {
  describe(group.name, () => {
    let server;
    before(async () => (server = await startWithKey()));
    after(() => server.stop());
    for (const one of group.cases) {
      test(one.name, async () => {
        const play = new Play(server);
        try {
          for (const step of one.steps) await play.step(step);
          await play.end();
        } finally {
          play.drop();
        }
      });
    }
  });
}

describe('HTTP', () => {
  let server;
  before(async () => (server = await startWithKey()));
  after(() => server.stop());
  for (const { name, method, path, ticket, basic, authorization, type, body, endless, expect } of load('http.json').cases) {
    test(name, async () => {
      const headers = {};
      if (ticket) headers.authorization = basic ? `Basic ${Buffer.from(`${basic}:${ticketOf(ticket)}`).toString('base64')}` : `Bearer ${ticketOf(ticket)}`;
      if (authorization) headers.authorization = authorization;
      if (type) headers['content-type'] = type;
      const bytes = body === undefined ? undefined : Buffer.from(body, 'hex');
      if (bytes) headers['content-length'] = bytes.length;
      const answer = await ask(server, { method, path, headers, body: bytes, endless });
      assert.equal(answer.status, expect.status, answer.body.toString());
      for (const [header, value] of Object.entries(expect.headers ?? {})) assert.equal(answer.headers[header], value);
      if (expect.code) assert.equal(JSON.parse(answer.body).code, expect.code);
      if (expect.json) assert.ok(matches(expect.json, JSON.parse(answer.body)), answer.body.toString());
      if (endless) assert.equal(answer.body.subarray(0, 4).toString(), 'OggS');
      if (method === 'HEAD') assert.equal(answer.body.length, 0);
    });
  }
});

describe('tickets', () => {
  let server;
  before(async () => (server = await startWithKey()));
  after(() => server.stop());

  test('signed by the independent client, they are those of the vectors', () => {
    const mine = keys.tickets.filter((one) => one.verdict === 'ok');
    assert.ok(mine.length > 5);
    for (const { claims, text } of mine) assert.equal(issue('bc1', seed, keys.key_id, claims), text);
  });

  // What the vectors say at a time of their own the real clock says only of those that are valid always, or never.
  const timeless = keys.tickets.filter(({ text, verdict, claims }) => text !== '' && (verdict === 'bad_ticket' || (verdict === 'ok' && claims.exp > 4e9 && claims.room !== 'r'.repeat(31))));
  for (const { name, text, verdict, claims } of timeless) {
    test(`${name}: ${verdict}`, async () => {
      const client = await IndependentClient.open(server);
      client.say({ type: 'join', room: claims?.room ?? 'hall', ticket: text });
      if (verdict === 'ok') {
        await client.until(() => client.joined, 'joined');
        assert.deepEqual([client.joined.role, client.joined.booth], [claims.role, claims.booth ?? '']);
      } else {
        await client.until(() => client.ended, 'closed');
        assert.deepEqual(client.messages.map((one) => [one.type, one.code, one.about]), [['error', verdict, 'join']]);
        assert.deepEqual(client.ended, { code: 1008, reason: verdict });
      }
      client.drop();
    });
  }
});

describe('headers and merges', () => {
  const { down, down_reserved, down_refused, up, distance: distances } = load('headers.json');

  test('from the server', () => {
    for (const { name, hex, payload, ...fields } of [...down, ...down_reserved]) {
      assert.deepEqual({ ...readDown(Buffer.from(hex, 'hex')), payload }, { ...fields, payload }, name);
      assert.equal(readDown(Buffer.from(hex, 'hex')).payload.toString('hex'), payload, name);
    }
    for (const { name, hex } of down_refused) assert.equal(readDown(Buffer.from(hex, 'hex')), null, name);
  });

  test('to the server', () => {
    for (const { name, hex, payload, ...fields } of up) assert.equal(writeUp({ ...fields, payload: Buffer.from(payload, 'hex') }).toString('hex'), hex, name);
  });

  test('distances', () => {
    for (const one of distances) assert.equal(distance(one.a, one.b), one.distance);
  });

  for (const { name, room, state, after: wanted } of load('merges.json').merges) test(`merge: ${name}`, () => assert.deepEqual(merge(room, state), wanted));
});

describe('sound', () => {
  let server;
  before(async () => (server = await startWithKey()));
  after(() => server.stop());
  const enter = async (claims) => {
    const client = await IndependentClient.open(server);
    client.say({ type: 'join', room: 'hall', ...(claims && { ticket: ticketOf(claims) }) });
    await client.until(() => client.joined, 'joined');
    return client;
  };
  const heard = (client, { stream }) => client.packets.filter((packet) => packet.stream === stream);

  test('comes numbered on the media clock, with history in front', async () => {
    const client = await enter();
    client.say({ type: 'listen', channel: 2, history: 8 });
    const listening = await client.until(() => client.messages.find((one) => one.type === 'listening'), 'listening');
    await client.until(() => heard(client, listening).length > 30, 'sound');
    const packets = heard(client, listening);
    const live = packets.findIndex(({ flags }) => !flags.includes('history'));
    assert.ok(live <= 8);
    assert.equal(packets[live].seq, listening.seq);
    packets.forEach((packet, i) => {
      assert.equal(distance(packet.seq, listening.seq), i - live);
      assert.equal(packet.epoch, listening.epoch);
      assert.equal(packet.flags.includes('history'), i < live);
      assert.equal(packet.flags.includes('discontinuity'), false);
      assert.equal(packet.label, 'silent');
      assert.ok(packet.payload.length > 0 && packet.payload.length <= 1276);
    });
    assert.equal((listening.server_us - ORIGIN_US) % (listening.frame_ms * 1000), 0);
    assert.equal(((listening.server_us - ORIGIN_US) / (listening.frame_ms * 1000)) % 2 ** 32, listening.seq);
    client.drop();
  });

  test('that is sent comes back on the floor, and the jump of a stream is told', async () => {
    const speaker = await enter({ role: 'speaker' });
    const listener = await enter();
    speaker.say({ type: 'publish', source: 'floor/main', codec: 'opus' });
    const { stream } = await speaker.until(() => speaker.messages.find((one) => one.type === 'publishing'), 'publishing');
    listener.say({ type: 'listen', channel: 0 });
    const listening = await listener.until(() => listener.messages.find((one) => one.type === 'listening'), 'listening');
    let seq = 0;
    const sending = setInterval(() => speaker.send(writeUp({ stream, seq: seq++, captured_us: Date.now() * 1000, payload: Buffer.from('f8fffe', 'hex') })), 20);
    try {
      await listener.until(() => heard(listener, listening).some(({ label, flags }) => label === 'original' && flags.includes('source_changed')), 'the change on the floor');
      await listener.until(() => listener.room.floor.inputs.some(({ id, link, active }) => id === 'main' && link === 'up' && active), 'the input in the room');
      assert.equal(listener.room.channels[0].state, 'floor');
    } finally {
      clearInterval(sending);
      speaker.drop();
      listener.drop();
    }
  });

  test('a text in pieces, with a ping between them, is one message', async () => {
    const client = await enter();
    client.sayInPieces({ type: 'ping', t: 7 });
    await client.until(() => client.messages.find((one) => one.type === 'pong' && one.t === 7), 'the answer');
    assert.equal(client.ponged, '?');
    client.close();
    await client.until(() => client.ended, 'the end');
    assert.equal(client.ended.code, 1000);
  });

  test('messages over their bounds close with 1009', async () => {
    for (const act of [(client) => client.raw(`{"type":"ping","t":1,"pad":"${'x'.repeat(4096)}"}`), (client) => client.send(Buffer.alloc(2049))]) {
      const client = await enter();
      act(client);
      await client.until(() => client.ended, 'the end');
      assert.equal(client.ended.code, 1009);
    }
  });
});
