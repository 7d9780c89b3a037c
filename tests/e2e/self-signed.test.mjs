// TLS with a certificate of the server's own making: who is given it trusts the server, and the next start serves the same.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';
import { Client, assertPerfect } from '../lib/client.mjs';
import { request } from '../lib/http.mjs';
import { boothcast, run, temporaryFolder } from '../lib/programs.mjs';
import { conference, smallEvent, startServer } from '../lib/server.mjs';

const selfSigned = smallEvent({ server: 'server: {certificate: self-signed, public_url: "https://live.example.org"}\n' });
const twoLoops = ['--loops', '2'];

const certificateOf = (server) => readFileSync(join(server.state, 'certificate.pem'));

/** A connection of somebody who trusts `ca` alone: { authorized, error, certificate, socket }. */
function greet({ port }, { ca, servername }) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.1', port, ca, servername, rejectUnauthorized: false }, () => {
      resolve({ authorized: socket.authorized, error: socket.authorizationError, certificate: socket.getPeerCertificate(), socket });
    });
    socket.once('error', reject);
  });
}

async function handshake(server, options) {
  const met = await greet(server, options);
  met.socket.destroy();
  return met;
}

describe('a certificate of its own', () => {
  const folder = temporaryFolder();
  let server, ca;

  before(async () => {
    server = await startServer({ settings: selfSigned, args: twoLoops, folder });
    ca = certificateOf(server);
  });
  after(() => server.stop());

  test('is P-256, and is trusted by its name and by its address, on every loop', async () => {
    assert.match(server.url, /^https:/);
    const met = [];
    // who stays is counted, so that the next one goes to the other loop
    for (const servername of ['localhost', 'localhost', '', '', 'live.example.org']) met.push({ servername, ...(await greet(server, { ca, servername })) });
    for (const { servername, authorized, error, certificate, socket } of met) {
      assert.equal(authorized, true, `${servername}: ${error}`);
      assert.deepEqual([certificate.asn1Curve, certificate.bits], ['prime256v1', 256]);
      const days = (Date.parse(certificate.valid_to) - Date.parse(certificate.valid_from)) / 86_400_000;
      assert.ok(days > 390 && days <= 397, `${days} days`);
      socket.destroy();
    }
  });

  test('is trusted by nobody who was not given it, and under no other name', async () => {
    const stranger = await handshake(server, { servername: 'localhost' });
    assert.deepEqual([stranger.authorized, stranger.error], [false, 'DEPTH_ZERO_SELF_SIGNED_CERT']);
    const other = await handshake(server, { ca, servername: 'other.example.org' });
    assert.deepEqual([other.authorized, other.error], [false, 'ERR_TLS_CERT_ALTNAME_INVALID']);
    await assert.rejects(Client.open(`wss://127.0.0.1:${server.port}/ws`), /self-signed/);
  });

  test('carries a listener, by name and by address', async () => {
    for (const host of ['localhost', '127.0.0.1']) {
      const client = await Client.open(`wss://${host}:${server.port}/ws`, { ca, family: 4 });
      await client.join({ room: 'hall' });
      await client.listen(2);
      assertPerfect(await client.hear(2, 10));
      await client.leave();
    }
  });

  test('its key is for nobody else', () => {
    assert.equal(statSync(join(server.state, 'certificate.key')).mode & 0o777, 0o600);
    assert.equal(statSync(join(server.state, 'certificate.pem')).mode & 0o777, 0o644);
  });

  test('the log says once which it is, until when, and that browsers warn; the metrics too', async () => {
    const { certificate } = await handshake(server, { ca });
    const until = new Date(certificate.valid_to).toISOString().replace('.000Z', 'Z');
    const lines = server.stderr().split('\n').filter((line) => line.includes(' info certificate '));
    assert.equal(lines.length, 1, server.stderr());
    assert.ok(lines[0].includes(`kind=self-signed until=${until} sha256=${certificate.fingerprint256} `), lines[0]);
    assert.match(lines[0], /browsers warn/);
    const { body } = await request(`${server.url}/metrics`, { ca });
    assert.equal(Number(/^boothcast_certificate_expires_seconds (\S+)$/m.exec(body)[1]), Date.parse(certificate.valid_to) / 1000);
  });

  test('is the same after a restart, and another one when the server gets another name', async () => {
    const first = await handshake(server, { ca });
    await server.stop('SIGTERM', { keep: true });
    server = await startServer({ settings: selfSigned, folder });
    const second = await handshake(server, { ca });
    assert.deepEqual([second.authorized, second.certificate.fingerprint256], [true, first.certificate.fingerprint256]);
    assert.doesNotMatch(server.stderr(), /certificate_made/);

    await server.stop('SIGTERM', { keep: true });
    server = await startServer({ settings: selfSigned.replace('live.', 'other.'), folder });
    const third = await handshake(server, { ca: certificateOf(server), servername: 'other.example.org' });
    assert.equal(third.authorized, true);
    assert.notEqual(third.certificate.fingerprint256, first.certificate.fingerprint256);
    assert.match(server.stderr(), /certificate_made why="the old one lacked the name other\.example\.org" key=kept/);
  });
});

test('--tls makes one for settings that name none', async () => {
  const server = await startServer({ settings: smallEvent(), args: ['--tls'] });
  const { authorized, error } = await handshake(server, { ca: certificateOf(server), servername: 'localhost' });
  await server.stop();
  assert.equal(authorized, true, error);
});

test('what it cannot use it names, with what to do, and leaves alone', async () => {
  const folder = temporaryFolder();
  const key = join(folder.path, 'certificate.key');
  const serve = () => run(boothcast, ['serve', '--config', conference, '--tls', '--listen', '127.0.0.1:0', '--state', folder.path]);
  writeFileSync(key, 'no key', { mode: 0o600 });
  const broken = await serve();
  assert.deepEqual([broken.code, broken.stdout, readFileSync(key, 'utf8')], [1, '', 'no key']);
  assert.ok(broken.stderr.startsWith(`boothcast: ${key} is no P-256 key in PEM; remove it`), broken.stderr);
  folder.remove();

  mkdirSync(join(folder.path, 'certificate.key.new', 'in-the-way'), { recursive: true });
  const unwritable = await serve();
  assert.deepEqual([unwritable.code, unwritable.stdout], [1, '']);
  assert.match(unwritable.stderr, /^boothcast: cannot write \S+certificate\.key: .*--state/);
  folder.remove();
});

test('`boothcast check` takes it, and says what it means', async () => {
  const folder = temporaryFolder();
  const config = join(folder.path, 'event.yaml');
  writeFileSync(config, selfSigned);
  const good = await run(boothcast, ['check', '--config', config]);
  writeFileSync(config, smallEvent({ server: 'server: {certificate: self-signed, key: key.pem}\n' }));
  const bad = await run(boothcast, ['check', '--config', config]);
  folder.remove();
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /with TLS; the server makes its certificate, and browsers warn/);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /event\.yaml:2: there is a key, but the server makes the key/);
});
