// What one client address may take of a server, on several event loops: its share and no more, each refusal with an answer, and
// nobody else notices. Clients come from 127.0.0.2 and up, because 127.0.0.1, where a reverse proxy would be, has no limits.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { metric, request } from '../lib/http.mjs';
import { eventually } from '../lib/programs.mjs';
import { smallEvent, startServer } from '../lib/server.mjs';
import { Witness } from '../lib/witness.mjs';

const limited = (limits, connections = 40) => smallEvent({ server: `server: {connections: ${connections}, limits: ${limits}}\n` });
const from = (number) => ({ localAddress: `127.0.0.${number}` });
const refused = (server, reason) => metric(server, `boothcast_refused_total{reason="${reason}"}`);

describe('one address among others', { concurrency: false }, () => {
  let server, witness;
  before(async () => {
    server = await startServer({ settings: limited('{connections: 10, handshakes: 6, requests_per_s: 5}'), args: ['--loops', '3'] });
    witness = await Witness.of(server);
  });
  after(async () => {
    await witness.check();
    await witness.leave();
    await server.stop();
  });

  test('it has its share of connections; the others are told to come again, and others come in', async () => {
    const mine = [];
    for (let i = 0; i < 10; i++) mine.push(await server.join({}, from(2)));
    const page = await request(`${server.url}/`, from(2));
    assert.equal(page.status, 503);
    assert.equal(page.headers['retry-after'], '5');
    const told = await server.connect(from(2));
    await told.refused('too_many');
    assert.equal((await told.closed).code, 1012);
    assert.equal(await refused(server, 'address_connections'), 2);
    const other = await server.join({}, from(3));
    await other.listen(1);
    await other.hear(1, 5);
    await other.leave();
    for (const client of mine) await client.leave();
    await eventually(async () => (await request(`${server.url}/`, from(2))).status === 200, 'a place');
  });

  test('it has its share of handshakes', async () => {
    const silent = await Promise.all(Array.from({ length: 6 }, () => new Promise((resolve) => {
      const socket = net.connect({ port: Number(server.port), host: server.host, ...from(4) }, () => resolve(socket));
      socket.on('error', () => {});
    })));
    await eventually(async () => (await request(`${server.url}/`, from(4))).status === 503, 'too many handshakes');
    assert.equal((await request(`${server.url}/`, from(5))).status, 200);
    for (const socket of silent) socket.destroy();
    await eventually(async () => (await request(`${server.url}/`, from(4))).status === 200, 'a place');
  });

  test('it has its share of requests, whichever loop they are on', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, async () => {
      const mine = [];
      for (let i = 0; i < 100; i++) mine.push(await request(`${server.url}/healthz`, from(6)));
      return mine;
    }));
    const late = answers.flat().filter(({ status }) => status === 429);
    assert.ok(late.length > 0);
    assert.ok(late.every(({ headers }) => headers['retry-after'] === '1' && headers.connection === 'close'));
    const served = answers.flat().filter(({ status }) => status === 200).length;
    assert.ok(served >= 50, `${served} of 600`); // ten seconds' worth, and what the time brought
    assert.equal(served + late.length, 600);
    assert.equal((await request(`${server.url}/healthz`, from(7))).status, 200);
    assert.equal((await request(`${server.url}/healthz`)).status, 200);
  });
});

test('an address that takes all it can get leaves places for others', async () => {
  const server = await startServer({ settings: smallEvent({ server: 'server: {connections: 20}\n' }) });
  const mine = [];
  for (let i = 0; i < 18; i++) mine.push(await server.join({}, from(2)));
  const told = await server.connect(from(2));
  await told.refused('too_many');
  const other = await server.join({}, from(3));
  await other.leave();
  for (const client of mine) await client.leave();
  await server.stop();
});

test('who comes from this computer has no limits: a reverse proxy may be there', async () => {
  const server = await startServer({ settings: limited('{connections: 1, handshakes: 1, handshakes_per_s: 1, requests_per_s: 1}', 100) });
  const many = await Promise.all(Array.from({ length: 40 }, () => server.join()));
  const answers = await Promise.all(Array.from({ length: 40 }, () => request(`${server.url}/healthz`)));
  assert.ok(answers.every(({ status }) => status === 200));
  for (const client of many) await client.leave();
  await server.stop();
});
