// TLS by settings: pages, WebSocket, players and the command line's clients over it, and what is told when it cannot be had.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { openStream, paced, put, raw, request, streamed } from '../lib/http.mjs';
import { boothcast, needs, run, temporaryFolder } from '../lib/programs.mjs';
import { oggPages, tone, wav } from '../lib/sound.mjs';
import { smallEvent, startServer } from '../lib/server.mjs';

const tls = (certificate, key) => smallEvent({ server: `server: {certificate: ${certificate}, key: ${key}}\n` });

describe('over TLS', needs('openssl'), () => {
  const folder = temporaryFolder();
  let server, ca;

  before(async () => {
    const file = (name) => join(folder.path, name);
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    execFileSync('openssl', [...args, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', file('key.pem'), '-out', file('cert.pem')], { stdio: 'ignore' });
    ca = readFileSync(file('cert.pem'));
    server = await startServer({ settings: tls('cert.pem', 'key.pem'), folder });
  });
  after(() => server.stop());

  test('the first line says https', () => {
    assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  });

  test('the log says which certificate it is, and that it ends soon', () => {
    const lines = server.stderr().split('\n').filter((line) => / certificate/.test(line));
    assert.equal(lines.length, 2, server.stderr());
    assert.match(lines[0], / info certificate kind=named until=\S+ sha256=\S+ file=\S+cert\.pem$/);
    assert.match(lines[1], / warning certificate_ends_soon until=\S+ days=[12]$/);
  });

  test('pages and JSON', async () => {
    const page = await request(`${server.url}/r/hall`, { ca });
    assert.equal(page.status, 200);
    assert.match(page.headers['content-security-policy'], /default-src 'none'/);
    assert.equal(JSON.parse((await request(`${server.url}/healthz`, { ca })).body).ok, true);
  });

  test('a WebSocket listener, and a page of ours as its origin', async () => {
    const client = await server.connect({ ca, origin: server.url });
    await client.join({ room: 'hall' });
    await client.listen(2);
    await client.hear(2, 10);
    await client.leave();
  });

  test('a source by PUT, and a player', async () => {
    const ticket = await server.ticket({ room: 'hall', role: 'speaker' });
    const away = new AbortController();
    const sent = put(server, 'hall/main', { ticket, body: paced(wav([tone(440, 60)]), 96000), ca, signal: away.signal }).catch(() => {});
    const watcher = await server.join({}, { ca });
    await watcher.until(() => watcher.channel(2).label === 'original', 'the sound');
    const stream = await openStream(`${server.url}/live/hall/2.opus`, { ca });
    await streamed(stream, (bytes) => oggPages(bytes).length > 10, 'sound');
    stream.close();
    await watcher.leave();
    away.abort();
    await sent;
  });

  test('a whole file by PUT is answered when it was heard, though nobody else sends anything', async () => {
    // a record of TLS is longer than what the server reads at once, and what is left of the last one wakes nobody up
    const ticket = await server.ticket({ room: 'hall', role: 'speaker' });
    const answer = await put(server, 'hall/backup', { ticket, body: wav([tone(440, 1.5)]), ca, signal: AbortSignal.timeout(15_000) });
    assert.equal(answer.status, 200);
  });

  test('`boothcast listen` takes an unknown certificate only when told to', async () => {
    const args = ['listen', '--url', server.url, '--channel', '1', '--seconds', '1', join(folder.path, 'heard.opus')];
    const strict = await run(boothcast, args);
    assert.equal(strict.code, 1);
    const trusting = await run(boothcast, [...args.slice(0, 1), '--insecure', ...args.slice(1)]);
    assert.equal(trusting.code, 0, trusting.stderr);
  });

  test('plain HTTP and plain WebSockets are not served on the TLS port', async () => {
    const { text, closed } = await raw(server, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.doesNotMatch(text, /HTTP\/1\.1 200/);
    assert.ok(closed);
    await assert.rejects(Client.open(`ws://${server.host}:${server.port}/ws`));
    assert.equal((await request(`${server.url}/healthz`, { ca })).status, 200);
  });

  test('HTTP/2 is not offered', async () => {
    const { text } = await raw(server, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', { patience_ms: 3000 });
    assert.equal(text.includes('HTTP/2'), false);
  });
});

for (const [what, certificate, key] of [
  ['a certificate that is not there', 'none.pem', 'none-key.pem'],
  ['a certificate that is none', 'event.yaml', 'event.yaml'],
]) {
  test(`${what}: told in a sentence, exit code 1`, async () => {
    const folder = temporaryFolder();
    const config = join(folder.path, 'event.yaml');
    writeFileSync(config, tls(certificate, key));
    const served = await run(boothcast, ['serve', '--config', config, '--listen', '127.0.0.1:0', '--state', join(folder.path, 'state')]);
    folder.remove();
    assert.deepEqual([served.code, served.stdout], [1, '']);
    assert.match(served.stderr, new RegExp(certificate.replace('.', '\\.')));
  });
}
