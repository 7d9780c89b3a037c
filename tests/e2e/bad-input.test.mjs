// What a client may send wrongly over a WebSocket: each gets a clear error or close code, is counted, and nobody else hears anything of it.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { makeUp } from '../lib/client.mjs';
import { metric } from '../lib/http.mjs';
import { startServer } from '../lib/server.mjs';
import { Witness } from '../lib/witness.mjs';

/** 20 ms of Opus silence. */
const opus = Buffer.from([0xf8, 0xff, 0xfe]);
const pcm = Buffer.alloc(1920);

describe('bad input beside a listener', () => {
  let server, witness;
  before(async () => {
    server = await startServer();
    witness = await Witness.of(server);
  });
  afterEach(async () => {
    for (const client of server.clients) if (client !== witness.client) client.end();
    await witness.check();
  });
  after(async () => {
    await witness.leave();
    await server.stop();
  });

  const errors = (code) => metric(server, `boothcast_errors_total{code="${code}"}`);

  /** A speaker with an open uplink on the spare input: { client, stream, send(fields) }. */
  async function speaker(codec) {
    const client = await server.join({ role: 'speaker' });
    const { stream } = await client.publish('floor/backup', { codec });
    return { client, stream, send: (fields) => client.send(makeUp({ stream, ...fields })) };
  }

  async function alive(client) {
    client.send({ type: 'ping', t: 7 });
    assert.equal((await client.next('pong')).t, 7);
  }

  for (const [what, text, code, about] of [
    ['text that is not JSON', 'hello', 'bad_json', 'message'],
    ['JSON that is no object', '[1, 2]', 'bad_json', 'message'],
    ['an object without a type', '{"room":"hall"}', 'bad_json', 'message'],
    ['a key that stands twice', '{"type":"ping","t":1,"t":2}', 'bad_json', 'message'],
    ['JSON that nests without end', `{"type":${'['.repeat(3000)}`, 'bad_json', 'message'],
    ['an unknown type', '{"type":"sing"}', 'unknown_type', 'message'],
    ['a field of the wrong type', '{"type":"listen","channel":"two"}', 'bad_field', 'listen'],
    ['a channel that is not there', '{"type":"listen","channel":31}', 'no_channel', 'listen'],
    ['a channel out of all bounds', '{"type":"listen","channel":99999999999}', 'bad_field', 'listen'],
    ['leaving what was not heard', '{"type":"unlisten","channel":2}', 'not_listening', 'unlisten'],
    ['a second join', '{"type":"join","room":"dinner"}', 'joined_already', 'join'],
  ]) {
    test(`${what}: ${code}`, async () => {
      const before = await errors(code);
      const client = await server.join();
      client.send(text);
      assert.equal((await client.refused(code)).about, about);
      await alive(client);
      assert.equal(await errors(code), before + 1);
    });
  }

  test('anything before join: join_first', async () => {
    const client = await server.connect();
    client.send({ type: 'listen', channel: 0 });
    await client.refused('join_first');
    client.send(makeUp({ stream: 1, seq: 0, payload: pcm }));
    await client.refused('join_first');
    await client.join({ room: 'hall' });
  });

  test('a room that is not there: no_room', async () => {
    const client = await server.connect();
    client.send({ type: 'join', room: 'attic' });
    await client.refused('no_room');
  });

  test('text of 4096 bytes is read, of 4097 closes with 1009', async () => {
    const padded = (size) => JSON.stringify({ type: 'ping', t: 1, pad: '' }).replace('""', `"${'x'.repeat(size - 30)}"`);
    const client = await server.join();
    assert.equal(padded(4096).length, 4096);
    client.send(padded(4096));
    await client.next('pong');
    client.send(padded(4097));
    assert.equal((await client.closed).code, 1009);
  });

  test('a binary message of 2048 bytes is looked at, of 2049 closes with 1009', async () => {
    const client = await server.join();
    client.send(makeUp({ stream: 1, seq: 0, payload: Buffer.alloc(2032) }));
    await client.refused('not_publishing');
    client.send(makeUp({ stream: 1, seq: 0, payload: Buffer.alloc(2033) }));
    assert.equal((await client.closed).code, 1009);
  });

  test('a binary header that is short, or of another version: bad_header', async () => {
    const { client, stream, send } = await speaker('opus');
    const before = await errors('bad_header');
    client.send(makeUp({ stream, seq: 0 }).subarray(0, 15));
    await client.refused('bad_header');
    client.send(Buffer.alloc(0));
    await client.refused('bad_header');
    send({ version: 2, seq: 0, payload: opus });
    await client.refused('bad_header');
    assert.equal(await errors('bad_header'), before + 3);
  });

  test('a stream that nobody opened: not_publishing', async () => {
    const { client, stream } = await speaker('opus');
    client.send(makeUp({ stream: stream + 1, seq: 0, payload: opus }));
    await client.refused('not_publishing');
  });

  test('Opus that does not decode: bad_opus', async () => {
    const { client, send } = await speaker('opus');
    send({ seq: 0, payload: opus });
    const broken = [Buffer.alloc(0), Buffer.from([0xfb, 0xff]), Buffer.from([0xfb, 0x00]), Buffer.alloc(1500, 0xff), Buffer.from([0xf9, 1])];
    for (const [i, payload] of broken.entries()) {
      send({ seq: 1 + i, payload });
      await client.refused('bad_opus');
    }
  });

  test('PCM of odd length, or longer than a frame: bad_pcm', async () => {
    const { client, send } = await speaker('pcm_s16le');
    for (const size of [1919, 1, 0]) {
      send({ seq: 0, payload: Buffer.alloc(size) });
      await client.refused('bad_pcm');
    }
    const { stream } = await client.publish('floor/backup', { rate: 8000 });
    client.send(makeUp({ stream, seq: 0, payload: Buffer.alloc(2032) })); // 127 ms
    await client.refused('bad_pcm');
  });

  test('a seq that jumps back or far ahead: bad_sequence', async () => {
    const { client, send } = await speaker('pcm_s16le');
    send({ seq: 1000, payload: pcm });
    for (const seq of [999, 1000, 0, 1_000_000, 0x80000000, 0xffffffff]) {
      send({ seq, payload: pcm });
      await client.refused('bad_sequence');
    }
    send({ seq: 1001, payload: pcm });
    send({ seq: 5, flags: 1, payload: pcm }); // says itself that it jumped
    await alive(client);
    assert.deepEqual(client.messages.filter((message) => message.type === 'error'), []);
  });

  test('a format that is not served: bad_format', async () => {
    const client = await server.join({ role: 'speaker' });
    for (const fields of [{ codec: 'mp3' }, { codec: 'pcm_s16le', rate: 7999 }, { codec: 'pcm_s16le', rate: 192001 }, { codec: 'pcm_s16le', channels: 3 }]) {
      client.send({ type: 'publish', source: 'floor/backup', ...fields });
      await client.refused('bad_format');
    }
  });

  test('an input that is taken: the second publisher is refused, the first goes on', async () => {
    const client = await server.join({ role: 'speaker' });
    client.send({ type: 'publish', source: 'floor/main', codec: 'opus' });
    await client.refused('taken');
    client.send({ type: 'publish', source: 'floor/loft', codec: 'opus' });
    await client.refused('no_source');
    client.send({ type: 'publish', source: 'desk', codec: 'opus' });
    await client.refused('no_desk');
  });

  test('a source at ten times real time: told, dropped, closed with 1008', async () => {
    const { client, send } = await speaker('pcm_s16le');
    let seq = 0;
    const flood = setInterval(() => {
      for (let i = 0; i < 10; i++) send({ seq: seq++, payload: pcm });
    }, 20);
    await client.refused('too_fast');
    const { code } = await client.closed;
    clearInterval(flood);
    assert.equal(code, 1008);
  });

  test('errors without end: too_many_errors, closed with 1008', async () => {
    const client = await server.join();
    for (let i = 0; i < 60; i++) client.send('{"type":"sing"}');
    await client.next('error', (message) => message.code === 'too_many_errors' || message.code === 'too_many');
    const flood = setInterval(() => client.send('{"type":"sing"}'), 30);
    const { code } = await client.closed;
    clearInterval(flood);
    assert.equal(code, 1008);
  });

  test('text that is not UTF-8 closes the connection', async () => {
    const client = await server.join();
    client.socket.send(Buffer.from('{"type":"ping","t":1,"x":"\xff\xfe"}', 'latin1'), { binary: false });
    assert.equal((await client.closed).code, 1007);
  });

  test('the witness was disturbed by the machine at most, and not often', (t) => {
    for (const busy of witness.disturbed) t.diagnostic(busy);
    if (witness.disturbed.length > 10) t.skip('the machine is too busy to judge sound');
  });
});
