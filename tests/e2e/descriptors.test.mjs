// Too few file descriptors: at the start, a sentence that says what to do, or a warning and fewer connections; later, whoever comes is
// turned away and counted, and those who are there notice nothing.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { metric, raw, request } from '../lib/http.mjs';
import { boothcast, eventually, needs, root, temporaryFolder } from '../lib/programs.mjs';
import { smallEvent, startServer } from '../lib/server.mjs';
import { tone, wav } from '../lib/sound.mjs';
import { Witness } from '../lib/witness.mjs';

const minimal = join(root, 'config', 'minimal.yaml');

/** Runs a program that may open so many files: { code, signal, stdout, stderr }. */
function limited(files, args) {
  const { status, signal, stdout, stderr } = spawnSync('prlimit', [`--nofile=${files}`, boothcast, ...args], { encoding: 'utf8', timeout: 60_000 });
  return { code: status, signal, stdout, stderr };
}

/** What a running server may open from now on. */
const setLimit = (server, files) => execFileSync('prlimit', ['--pid', String(server.pid), `--nofile=${files}:20000`]);

describe('with few file descriptors', needs('prlimit'), () => {
  for (const [what, serve] of [
    ['serve', (state) => ['serve', '--config', minimal, '--listen', '127.0.0.1:0', '--state', state]],
    ['serve --tls', (state) => ['serve', '--config', minimal, '--listen', '127.0.0.1:0', '--tls', '--state', state]],
  ]) {
    test(`${what}: with fewer than it needs it says so in one sentence, and ends`, () => {
      const folder = temporaryFolder();
      for (let files = 3; files <= 64; files++) {
        const ended = limited(files, serve(folder.path));
        assert.equal(ended.signal, null, `${files} files`);
        assert.equal(ended.stdout, '');
        if (files === 3) assert.equal(ended.code, 127, ended.stderr); // the program's libraries cannot be opened: not ours to say
        else assert.deepEqual([files, ended.code], [files, 1]);
        if (files > 3) assert.match(ended.stderr, /^boothcast: \d+ more files can be opened, and at least \d+ are needed; raise the limit with `ulimit -n \d+`.*\n$/);
      }
      folder.remove();
    });
  }

  test('with enough for some other settings, it says what these need', () => {
    const folder = temporaryFolder();
    const args = ['serve', '--config', minimal, '--listen', '127.0.0.1:0', '--state', folder.path, '--loops', '8'];
    for (const files of [130, 160, 190]) {
      const ended = limited(files, args);
      assert.deepEqual([ended.code, ended.signal, ended.stdout], [1, null, '']);
      assert.match(ended.stderr, /^boothcast: \d+ more files .* \d+ are needed for 8 event loops, 1 rooms and 20000 connections; raise .*--loops 1\)\n$/);
    }
    folder.remove();
  });

  test('the clients of the command line say so, too', () => {
    const folder = temporaryFolder();
    const sound = join(folder.path, 'tone.wav');
    writeFileSync(sound, wav([tone(440, 0.1)]));
    for (let files = 5; files < 12; files++) {
      for (const args of [['listen', '--url', 'http://127.0.0.1:1', '--channel', '0', '/dev/null'], ['send', '--url', 'http://127.0.0.1:1', sound]]) {
        const ended = limited(files, args);
        assert.deepEqual([ended.code, ended.signal], [1, null], `${args[0]} ${files}: ${ended.stderr}`);
        assert.match(ended.stderr, /^boothcast: too few files can be opened; raise the limit/);
      }
    }
    folder.remove();
  });

  test('with enough for fewer connections it serves those, and warns', async () => {
    const server = await startServer({ under: ['prlimit', '--nofile=140'], args: ['--loops', '1'], config: minimal });
    const warning = server.stderr().split('\n').find((line) => / few_descriptors /.test(line));
    assert.match(warning, / warning few_descriptors connections=\d+ of=20000 files=\d+ needed=\d+ do="raise the limit with .*ulimit/);
    const room = Number(/connections=(\d+)/.exec(warning)[1]);
    const clients = [];
    for (let i = 0; i < room; i++) clients.push(await server.join());
    const told = await server.connect();
    await told.refused('too_many');
    const answers = await Promise.all(Array.from({ length: 20 }, () => request(`${server.url}/`)));
    assert.ok(answers.every(({ status }) => status === 503));
    await clients[0].leave();
    await eventually(async () => (await request(`${server.url}/healthz`)).status === 200, 'a place');
    assert.equal(await metric(server, 'boothcast_refused_total{reason="descriptors"}'), 0);
    for (const client of clients.slice(1)) await client.leave();
    await server.stop();
  });

  test('when none is left while it runs, whoever comes is turned away and counted', async () => {
    const server = await startServer({ settings: smallEvent() });
    const witness = await Witness.of(server);
    setLimit(server, 20);
    const { text } = await raw(server, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.ok(text === '' || /^HTTP\/1\.1 503 .*Retry-After: 5/s.test(text), text);
    for (let i = 0; i < 5; i++) await raw(server, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await witness.check();
    setLimit(server, 20000);
    await eventually(async () => (await request(`${server.url}/healthz`).catch(() => ({}))).status === 200, 'a place');
    assert.ok((await metric(server, 'boothcast_refused_total{reason="descriptors"}')) >= 6);
    await witness.check();
    await witness.leave();
    await server.stop();
  });
});
