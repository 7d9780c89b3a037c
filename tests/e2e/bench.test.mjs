// boothcast bench against a real server: what it says at the end, which limit it finds, and what it tells who cannot measure. Its numbers
// are those of a machine that runs tests, and are not looked at here; nor is any packet too late for it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { boothcast, needs, run, temporaryFolder } from '../lib/programs.mjs';
import { smallEvent, startServer } from '../lib/server.mjs';

const bench = (url, ...args) => run(boothcast, ['bench', '--url', url, '--seconds', '1', '--late', '60000', ...args]);
const lastLine = ({ stdout }) => stdout.trimEnd().split('\n').at(-1);

/** It could not measure, and the sentence on standard error matches. */
function assertRefused(ended, sentence) {
  assert.equal(ended.code, 2, ended.stdout);
  assert.equal(ended.stdout, '');
  assert.match(ended.stderr, sentence);
}

describe('bench', () => {
  let server;
  before(async () => (server = await startServer({ settings: smallEvent() })));
  after(() => server.stop());

  test('all are carried: the last line says so, and a line for each step', async () => {
    const ended = await bench(server.url, '--listeners', '60', '--first', '30');
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    assert.equal(lastLine(ended), 'this machine carries 60 listeners');
    assert.match(ended.stdout, /^ +30 /m);
    assert.match(ended.stdout, /^ +60 /m);
  });

  test('the same for machines, over all channels', async () => {
    const ended = await bench(server.url, '--listeners', '60', '--first', '60', '--channels', '--json');
    assert.equal(ended.code, 0, ended.stderr);
    const { carries, reached, fault, cause, sentence, steps } = JSON.parse(ended.stdout);
    assert.deepEqual({ carries, reached, fault, cause }, { carries: 60, reached: true, fault: 'none', cause: 'none' });
    assert.equal(sentence, 'this machine carries 60 listeners');
    assert.equal(steps.at(-1).listening, 60);
    assert.ok(steps.at(-1).server.cpu > 0, 'the server told of itself');
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const delivered = [0, 1, 2].map((channel) => Number(new RegExp(`boothcast_packets_delivered_total{room="hall",channel="${channel}"} (\\d+)`).exec(metrics)[1]));
    assert.ok(delivered.every((count) => count > 0), `each channel was heard: ${delivered}`);
  });

  test('one window, and its numbers', async () => {
    const ended = await bench(server.url, '--once', '--listeners', '20', '--pid', String(server.pid), '--json');
    assert.equal(ended.code, 0, ended.stderr);
    const heard = JSON.parse(ended.stdout);
    assert.deepEqual([heard.listening, heard.gone, heard.lost, heard.doubled], [20, 0, 0, 0]);
    assert.ok(heard.packets > 20 && heard.server.cpu_us > 0);
  });

  test('too few files: says how many are needed, and the command', async () => {
    const ended = await run('prlimit', ['--nofile=80:80', boothcast, 'bench', '--url', server.url, '--listeners', '500']);
    assertRefused(ended, /500 listeners need 564 open files, and this shell allows 80\..*ulimit -n 564/);
  });

  test('no such room: says which there are', async () => {
    assertRefused(await bench(server.url, '--listeners', '5', '--room', 'cellar'), /no room cellar .* Its rooms are: hall/);
  });

  test('no such channel', async () => {
    assertRefused(await bench(server.url, '--listeners', '5', '--channel', '9'), /no channel 9/);
  });

  test('a server without TLS', async () => {
    assertRefused(await bench(server.url.replace('http:', 'https:'), '--listeners', '5'), /does not speak TLS.*write http:/);
  });

  test('a ticket that is none', async () => {
    assertRefused(await bench(server.url, '--listeners', '5', '--ticket', 'nonsense'), /ticket is not taken.*\n +boothcast ticket /);
  });
});

test('a room that is closed: says how to get a ticket, and with one it measures', async () => {
  const server = await startServer({ settings: smallEvent().replace('inputs:', 'access: closed\n    inputs:') });
  try {
    assertRefused(await bench(server.url, '--listeners', '5'), /room hall is closed.*\n +boothcast ticket .*--room hall --role listener/);
    const ticket = await server.ticket({ room: 'hall', role: 'listener' });
    const ended = await bench(server.url, '--listeners', '5', '--ticket', ticket);
    assert.equal(lastLine(ended), 'this machine carries 5 listeners', ended.stderr);
  } finally {
    await server.stop();
  }
});

test('a server whose settings allow no more: that is the limit, and it is exact', async () => {
  const server = await startServer({ settings: smallEvent({ server: 'server: {connections: 30}\n' }) });
  try {
    const ended = await bench(server.url, '--listeners', '50', '--first', '20', '--json');
    assert.equal(ended.code, 1, ended.stderr);
    const { carries, reached, fault, cause, sentence } = JSON.parse(ended.stdout);
    assert.deepEqual({ carries, reached, fault, cause }, { carries: 30, reached: false, fault: 'refused', cause: 'setting' });
    assert.match(sentence, /^this machine carries 30 listeners: beyond that, the server turned away \d+ of \d+ \(its settings allow no more.*connections/);
  } finally {
    await server.stop();
  }
});

test('over TLS: a certificate of one\'s own wants a word', needs('openssl'), async () => {
  const folder = temporaryFolder();
  const file = (name) => join(folder.path, name);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', file('key.pem'), '-out', file('cert.pem')], { stdio: 'ignore' });
  const server = await startServer({ settings: smallEvent({ server: 'server: {certificate: cert.pem, key: key.pem}\n' }), folder });
  try {
    assertRefused(await bench(server.url, '--listeners', '5'), /certificate .* is not trusted here: self.signed.*--insecure/);
    assertRefused(await bench(server.url.replace('https:', 'http:'), '--listeners', '5'), /speaks TLS\. Write https:/);
    const ended = await bench(server.url, '--listeners', '20', '--insecure');
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(lastLine(ended), 'this machine carries 20 listeners');
  } finally {
    await server.stop();
  }
});

test('nobody there, and what is no Boothcast', async () => {
  assertRefused(await bench('http://127.0.0.1:1', '--listeners', '5'), /Nobody is at 127\.0\.0\.1:1\./);
  assertRefused(await bench('127.0.0.1', '--listeners', '5'), /no address of a server\. Write http:/);
  const { createServer } = await import('node:http');
  const other = createServer((request, response) => response.writeHead(404).end()).on('upgrade', (request, socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n'));
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
  try {
    assertRefused(await bench(`http://127.0.0.1:${other.address().port}`, '--listeners', '5'), /no Boothcast server: it says HTTP\/1\.1 404 Not Found/);
  } finally {
    other.close();
  }
});

test('called wrongly', async () => {
  for (const [args, sentence] of [[[], /needs --listeners/], [['--listeners', '99999'], /25000/], [['--listeners', '5', '--first', '0'], /--first cannot be 0/]]) {
    assertRefused(await run(boothcast, ['bench', ...args]), sentence);
  }
});
