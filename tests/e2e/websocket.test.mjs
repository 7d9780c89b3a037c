// The WebSocket itself: which handshakes are taken, messages in pieces, and how long the server waits for somebody who says nothing.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { makeUp } from '../lib/client.mjs';
import { metric, raw, request } from '../lib/http.mjs';
import { smallEvent, startServer } from '../lib/server.mjs';

const handshake = (headers = '', path = '/ws') =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n` +
  `Sec-WebSocket-Version: 13\r\n${headers}\r\n`;
const subprotocol = 'Sec-WebSocket-Protocol: boothcast.v1\r\n';

/** A frame as a client sends it (RFC 6455, 5.2), shorter than 126 bytes. */
function frame(opcode, text) {
  const payload = Buffer.from(text);
  const mask = Buffer.from([1, 2, 3, 4]);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, payload.map((byte, i) => byte ^ mask[i % 4])]);
}

let server;
before(async () => (server = await startServer({ settings: smallEvent({ server: 'server: {origins: [https://friend.example]}\n' }) })));
after(() => server.stop());

async function alive() {
  const client = await server.join();
  await client.listen(0);
  await client.hear(0, 3);
  await client.leave();
}

describe('the handshake', () => {
  test('of the protocol is taken, and nothing is compressed', async () => {
    const client = await server.connect({ perMessageDeflate: true });
    assert.equal(client.socket.protocol, 'boothcast.v1');
    assert.equal(client.socket.extensions, '');
    await client.join({ room: 'hall' });
    await client.leave();
    const { text } = await raw(server, handshake(`${subprotocol}Sec-WebSocket-Extensions: permessage-deflate\r\n`), { until: /\r\n\r\n/ });
    assert.match(text, /^HTTP\/1\.1 101 /);
    assert.doesNotMatch(text, /extensions/i);
  });

  test('with another subprotocol, or none, is refused', async () => {
    await assert.rejects(server.connect({ subprotocol: 'chat' }), /426/);
    const { text } = await raw(server, handshake());
    assert.match(text, /^HTTP\/1\.1 426 /);
  });

  test('of another version, without a key, or at another address is refused', async () => {
    for (const [bytes, status] of [
      [handshake(subprotocol).replace('Version: 13', 'Version: 8'), 426],
      [handshake(subprotocol).replace(/Sec-WebSocket-Key:.*\r\n/, ''), 400],
      [handshake(subprotocol, '/healthz'), 404],
    ]) {
      const { text } = await raw(server, bytes);
      assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
    }
  });

  test('from a page of another site is told bad_origin and closed with 1008', async () => {
    for (const origin of ['https://evil.example', `http://${server.host}.evil.example`, 'null']) {
      const client = await server.connect({ origin });
      await client.refused('bad_origin');
      assert.equal((await client.closed).code, 1008);
    }
  });

  test('from a page of ours, or of a site in the settings, is taken', async () => {
    for (const origin of [server.url, 'https://friend.example', undefined]) {
      const client = await server.connect({ origin });
      await client.join({ room: 'hall' });
      await client.leave();
    }
  });

  test('an unknown Upgrade on a kept connection does no harm', async () => {
    const kept = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n';
    const upgrade = (name, path) => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${name}\r\n\r\n`;
    for (const name of ['foo', 'h2c', 'websocket', 'x'.repeat(300), 'websocket, foo']) {
      for (const path of ['/ws', '/healthz', '/']) {
        // in one piece, and the second request only after the first answer
        await raw(server, kept + upgrade(name, path));
        await new Promise((resolve) => {
          const socket = net.connect(Number(server.port), server.host, () => socket.write(kept));
          socket.once('data', () => socket.write(upgrade(name, path)));
          socket.resume();
          socket.on('error', () => {});
          socket.on('close', resolve);
        });
      }
    }
    await alive();
    assert.ok((await metric(server, 'boothcast_refused_total{reason="upgrade"}')) > 0);
  });
});

describe('messages in pieces', () => {
  test('a text in fragments, with a ping between them, is one message', async () => {
    const client = await server.join();
    const text = Buffer.from(JSON.stringify({ type: 'ping', t: 42, name: '同声传译' }));
    client.socket.send(text.subarray(0, 5), { fin: false, binary: false });
    client.socket.ping();
    client.socket.send(text.subarray(5, 31), { fin: false, binary: false }); // in the middle of a character
    client.socket.send(text.subarray(31), { fin: true, binary: false });
    assert.equal((await client.next('pong')).t, 42);
    await client.leave();
  });

  test('fragments that are too big together close with 1009', async () => {
    const client = await server.join();
    for (let i = 0; i < 5; i++) client.socket.send('x'.repeat(1000), { fin: false, binary: false });
    assert.equal((await client.closed).code, 1009);
    const other = await server.join();
    other.socket.send(makeUp({ stream: 1, seq: 0, payload: Buffer.alloc(2000) }), { fin: false, binary: true });
    other.socket.send(Buffer.alloc(100), { fin: true, binary: true });
    assert.equal((await other.closed).code, 1009);
  });

  test('bytes that come one by one are one message', async () => {
    const socket = net.connect(Number(server.port), server.host);
    socket.setNoDelay(true);
    const pieces = [];
    const seen = (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => pattern.test(Buffer.concat(pieces).toString('latin1')) && resolve();
        socket.on('data', look);
        socket.on('close', () => reject(new Error(`closed before ${pattern}`)));
        look();
      });
    socket.on('data', (bytes) => pieces.push(bytes));
    const dribble = async (bytes) => {
      for (const byte of bytes) {
        socket.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await dribble(Buffer.from(handshake(subprotocol)));
    await seen(/101 Switching/);
    await dribble(frame(1, '{"type":"ping","t":12345}'));
    await seen(/"t":12345/);
    socket.destroy();
  });
});

describe('patience', { concurrency: true }, () => {
  /** How long it takes until the server closes a connection that does this; in seconds. */
  function closedAfter(act) {
    return new Promise((resolve) => {
      const began = performance.now();
      const socket = net.connect(Number(server.port), server.host, () => act(socket));
      socket.resume();
      socket.on('error', () => {});
      socket.on('close', () => resolve((performance.now() - began) / 1000));
    });
  }

  test('nobody who joins no room stays longer than some 5 s', async () => {
    const client = await server.connect();
    const pings = setInterval(() => client.send({ type: 'ping', t: 1 }), 500);
    const { code, reason } = await client.closed;
    clearInterval(pings);
    assert.deepEqual({ code, reason }, { code: 1008, reason: 'join_first' });
  });

  test('a connection that says nothing is closed', async () => {
    assert.ok((await closedAfter(() => {})) < 20);
  });

  for (const head of ['GET / HTTP/1.1\r\nX: ', 'PUT /ingest/hall/main HTTP/1.1\r\nX: ']) {
    test(`a head that comes a byte a second is closed: ${head.slice(0, 4)}`, async () => {
      let timer;
      const seconds = await closedAfter((socket) => {
        socket.write(head);
        timer = setInterval(() => socket.write('x'), 1000);
      });
      clearInterval(timer);
      assert.ok(seconds < 20, `after ${seconds} s`);
    });
  }

  test('others are served meanwhile', async () => {
    await alive();
    assert.equal((await request(`${server.url}/healthz`)).status, 200);
  });
});
