// How the server starts and ends: what it says, what it leaves in its state folder, what its clients are told.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { boothcast, run, temporaryFolder } from '../lib/programs.mjs';
import { conference, smallEvent, startServer } from '../lib/server.mjs';

describe('a running server', () => {
  let server;
  before(async () => (server = await startServer()));
  after(() => server.stop());

  test('the first line, on standard output and in the log, says where it listens', () => {
    const line = `listening on http://127.0.0.1:${server.port}`;
    assert.equal(server.stdout(), `${line}\n`);
    assert.equal(server.stderr().split('\n')[0], line);
    assert.notEqual(server.port, '0');
  });

  test('the state folder and the key are for nobody else', () => {
    assert.equal(statSync(server.state).mode & 0o777, 0o700);
    assert.equal(statSync(join(server.state, 'ticket.key')).mode & 0o777, 0o600);
  });

  test('a second server on the same port says so, and what to do', async () => {
    const folder = temporaryFolder();
    const args = ['serve', '--config', conference, '--listen', `127.0.0.1:${server.port}`, '--state', folder.path];
    const second = await run(boothcast, args);
    folder.remove();
    assert.equal(second.code, 1);
    assert.equal(second.stdout, '');
    assert.match(second.stderr, new RegExp(`127\\.0\\.0\\.1:${server.port}.*in use.*another port`));
  });

  test('a second server in the same state folder says so, and leaves the event log alone', async () => {
    const journal = () => readFileSync(join(server.state, 'journal', 'hall.jsonl'), 'utf8');
    const before = journal();
    const second = await run(boothcast, ['serve', '--config', conference, '--listen', '127.0.0.1:0', '--state', server.state], { timeout_ms: 5000 });
    assert.equal(second.code, 1);
    assert.equal(second.stdout, '');
    assert.match(second.stderr, /another server .*--state\b/);
    assert.equal(journal(), before);
  });
});

/** A port that nobody has at this moment. */
async function freePort() {
  const holder = net.createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address();
  holder.close();
  await once(holder, 'close');
  return port;
}

/** Comes in and listens as soon as the port is open. */
async function knock(url) {
  for (;;) {
    try {
      const client = await Client.open(url);
      client.send({ type: 'join', room: 'hall' });
      client.send({ type: 'listen', channel: 2 });
      return client;
    } catch (error) {
      if (error.code !== 'ECONNREFUSED') throw error;
    }
  }
}

test('who is here before the first beat is told the number of the first packet', async () => {
  // whether somebody comes in time is chance: the first beat is some 10 ms behind the port
  for (let i = 0; i < 8; i++) {
    const port = await freePort();
    const starting = startServer({ settings: smallEvent(), listen: `127.0.0.1:${port}` });
    const knocking = knock(`ws://127.0.0.1:${port}/ws`);
    const server = await starting;
    try {
      const client = await knocking;
      const { seq } = await client.next('listening');
      const [first] = await client.hear(2, 1);
      assert.equal(first.seq, seq);
      client.end();
    } finally {
      await server.stop();
    }
  }
});

test('a signal ends it with 0, and clients are told when to come back', async () => {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    const server = await startServer();
    const client = await server.join();
    await client.listen(0);
    await client.hear(0, 3);
    const stopped = server.stop(signal);
    const told = await client.refused('restarting');
    assert.ok(told.retry_after_ms > 0);
    assert.equal((await client.closed).code, 1012);
    await stopped;
  }
});

test('after a restart old tickets hold, the epoch is greater and the numbers go on', async () => {
  const folder = temporaryFolder();
  const first = await startServer({ folder });
  const ticket = await first.ticket({ room: 'talks', role: 'listener' });
  const one = await first.connect();
  await one.join({ room: 'talks', ticket });
  await one.listen(0);
  const [before] = (await one.hear(0, 3)).slice(-1);
  await first.stop('SIGINT', { keep: true });

  const second = await startServer({ folder });
  const two = await second.connect();
  await two.join({ room: 'talks', ticket });
  await two.listen(0);
  const [now] = await two.hear(0, 1);
  await second.stop();
  assert.ok(now.epoch > before.epoch, `${now.epoch} after ${before.epoch}`);
  assert.ok(now.seq > before.seq, `${now.seq} after ${before.seq}`);
});
