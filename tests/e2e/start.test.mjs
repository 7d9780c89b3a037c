// How the server starts and ends: what it says, what it leaves in its state folder, what its clients are told.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { request } from '../lib/http.mjs';
import { boothcast, eventually, run, start, stop, temporaryFolder } from '../lib/programs.mjs';
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
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT']) {
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

test('a signal that nothing is bound to is logged, and the server goes on', async () => {
  const server = await startServer();
  const client = await server.join();
  for (const [signal, name] of [['SIGHUP', 'hangup'], ['SIGUSR1', 'user1'], ['SIGUSR2', 'user2']]) {
    server.program.child.kill(signal);
    await eventually(() => server.stderr().includes(`info signal_not_used signal=${name} says="nothing is bound to this signal`), `the line of ${signal}`);
    await client.listen(0);
    await client.hear(0, 3);
    assert.equal((await request(`${server.url}/healthz`)).status, 200, signal);
  }
  assert.equal(server.stderr().match(/signal_not_used/g).length, 3);
  await server.stop();
});

test('a terminal that goes away does not end it', async () => {
  const server = await startServer();
  const client = await server.join();
  server.program.child.stderr.destroy();
  server.program.child.stdout.destroy();
  server.program.child.kill('SIGHUP'); // as the kernel does
  for (let i = 0; i < 3; i++) {
    (await server.join()).end(); // what is logged reaches nobody
    await client.listen(0);
    await client.hear(0, 3);
  }
  assert.equal((await request(`${server.url}/healthz`)).status, 200);
  await server.stop();
});

test('without standard descriptors no file gets the log', async () => {
  const folder = temporaryFolder();
  const port = await freePort();
  const state = join(folder.path, 'state');
  const args = ['serve', '--config', conference, '--listen', `127.0.0.1:${port}`, '--state', state];
  const program = start('sh', ['-c', 'exec "$0" "$@" <&- >&- 2>&-', boothcast, ...args]);
  const healthy = async () => (await request(`http://127.0.0.1:${port}/healthz`).catch(() => ({}))).status === 200;
  await eventually(healthy, 'the server');
  assert.deepEqual(await stop(program), { code: 0, signal: null });
  for (const name of readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
    assert.doesNotMatch(readFileSync(join(name.path, name.name), 'latin1'), /listening on|info started/, name.name);
  }
  folder.remove();
});

test('an address to listen on that is none is refused before anything is made', async () => {
  const folder = temporaryFolder();
  const state = join(folder.path, 'state');
  for (const listen of ['127.0.0.1:99999', '127.0.0.1:65536', '127.0.0.1:-1', '127.0.0.1:', '127.0.0.1:80x', '127.0.0.1', '::1:80', '']) {
    const { code, stdout, stderr } = await run(boothcast, ['serve', '--config', conference, '--listen', listen, '--state', state]);
    assert.deepEqual([code, stdout], [2, ''], listen);
    assert.match(stderr, /^boothcast: --listen is HOST:PORT, such as .*, because it.*\.\n$/, listen);
    assert.ok(stderr.includes(`${listen} cannot be used`), stderr);
    assert.ok(!existsSync(state), listen);
  }
  for (const port of ['99999', '65536', '-1', '', '80x']) {
    const config = join(folder.path, 'event.yaml');
    writeFileSync(config, smallEvent({ server: `server: {listen: '127.0.0.1:${port}'}\n` }));
    const { code, stderr } = await run(boothcast, ['check', '--config', config]);
    assert.equal(code, 1, port);
    assert.match(stderr, /no address to listen on, because its port is not a number from 0 to 65535/, port);
  }
  folder.remove();
});

test('an address of a server that is none is refused by those who go there', async () => {
  for (const url of ['http://127.0.0.1:99999', 'http://127.0.0.1:65616', 'http://127.0.0.1:-1', 'http://127.0.0.1:', 'http://127.0.0.1:80x', '127.0.0.1:80']) {
    for (const command of [['listen', '--channel', '1', '/dev/null'], ['send', '--raw', '/dev/null'], ['bench', '--listeners', '1']]) {
      const { code, stderr } = await run(boothcast, [command[0], '--url', url, ...command.slice(1)]);
      assert.notEqual(code, 0, `${command[0]} ${url}`);
      assert.match(stderr, /is no address of a server/, `${command[0]} ${url}: ${stderr}`);
    }
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
