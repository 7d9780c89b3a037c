// Everything that is served over HTTP beside sound: the rows of the protocol's table, and what must not be served.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { paced, put, raw, request } from '../lib/http.mjs';
import { eventually, needs, which } from '../lib/programs.mjs';
import { tone, wav } from '../lib/sound.mjs';
import { startServer } from '../lib/server.mjs';

describe('HTTP', () => {
  let server;
  before(async () => (server = await startServer()));
  after(() => server.stop());
  const get = (path, options) => request(`${server.url}${path}`, options);
  const json = async (path) => JSON.parse((await get(path)).body);

  test('readyz is 503 until a source sends, and then 200', async () => {
    const silent = await get('/readyz');
    assert.equal(silent.status, 503);
    assert.deepEqual(JSON.parse(silent.body).reasons, ['no open room carries sound']);

    const away = new AbortController();
    const ticket = await server.ticket({ room: 'visit', role: 'speaker' });
    const body = paced(wav([tone(440, 60)]), 2 * 48000);
    const sent = put(server, 'visit/main', { ticket, body, signal: away.signal }).catch(() => {});
    await eventually(async () => (await get('/readyz')).status === 200, 'ready');
    const visit = (await json('/readyz')).rooms.find((room) => room.id === 'visit');
    assert.deepEqual(visit, { id: 'visit', sound: true, reason: '' });
    away.abort();
    await sent;
    await eventually(async () => (await get('/readyz')).status === 503, 'not ready any more');
  });

  test('healthz is 200 while the server serves', async () => {
    const { status, headers, body } = await get('/healthz');
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^application\/json/);
    assert.equal(JSON.parse(body).ok, true);
    assert.equal(JSON.parse(body).rooms.length, 4);
  });

  for (const path of ['/', '/r/hall', '/booth', '/av', '/speak', '/talk']) {
    test(`${path} is a page, guarded by a policy`, async () => {
      const { status, headers, body } = await get(path);
      assert.equal(status, 200);
      assert.match(headers['content-type'], /^text\/html; *charset=utf-8/i);
      assert.match(body, /<!doctype html>/i);
      const policy = headers['content-security-policy'];
      for (const part of ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'none'", "media-src 'self' blob:"]) {
        assert.ok(policy.includes(part), policy);
      }
      assert.doesNotMatch(policy, /unsafe-inline|https?:/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cache-control'], 'no-cache');
      assert.doesNotMatch(body, /(src|href)="(https?:)?\/\//, 'nothing from elsewhere');
    });
  }

  test('what a page asks for is there, and is kept by the browser', async () => {
    const { body } = await get('/r/hall');
    const assets = [...body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((found) => found[1]);
    assert.ok(assets.length > 0, body);
    for (const path of assets) {
      const { status, headers } = await get(path);
      assert.equal(status, 200, path);
      assert.match(headers['cache-control'], /immutable/);
    }
  });

  test('api/rooms has every room, and of the closed one its name alone', async () => {
    const { event, rooms } = await json('/api/rooms');
    assert.equal(event.id, 'chengdu-2025');
    assert.deepEqual(rooms.map((room) => room.id), ['hall', 'talks', 'visit', 'dinner']);
    assert.deepEqual(Object.keys(rooms[1]).sort(), ['channels', 'closed', 'id', 'name']);
    assert.doesNotMatch(JSON.stringify(rooms), /ticket|key|desks":\[\{/);
  });

  test('api/rooms/hall has its channels with number, language, label and state', async () => {
    const hall = await json('/api/rooms/hall');
    const channels = hall.channels.map(({ number, language, label, state }) => ({ number, language, label, state }));
    const languages = ['zh-CN', 'zh-CN', 'en-GB', 'fr-FR', 'es-ES', 'ru-RU', 'it-IT'];
    assert.deepEqual(channels, languages.map((language, number) => ({ number, language, label: 'silent', state: 'silent' })));
    assert.deepEqual(hall.desks, [], 'who sits where is not for everybody');
    assert.equal(hall.programme.length, 7);
    assert.equal((await get('/api/rooms/attic')).status, 404);
  });

  test('metrics are good Prometheus text', needs('promtool'), async () => {
    const { status, headers, body } = await get('/metrics');
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
    const checked = spawnSync(which('promtool'), ['check', 'metrics'], { input: body, encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    assert.equal(checked.stderr + checked.stdout, '', 'not even a remark');
  });

  test('HEAD says what GET would, without the body', async () => {
    for (const path of ['/', '/healthz', '/metrics', '/api/rooms', '/live/hall/2.opus']) {
      const { status, headers, body } = await get(path, { method: 'HEAD' });
      assert.equal(status, 200, path);
      assert.ok(headers['content-type'], path);
      assert.equal(body, '', path);
    }
  });

  test('what is not there is 404, in a sentence', async () => {
    for (const path of ['/nothing', '/api/nothing', '/assets/none.js', '/live/hall/9.opus', '/live/attic/1.opus', '/r', '/index.php']) {
      const { status, body } = await get(path);
      assert.equal(status, 404, path);
      assert.match(body, /\w.*\./, path);
    }
  });

  test('another method is 405, and the answer says which are served', async () => {
    for (const [path, method, allow] of [
      ['/', 'POST', 'GET, HEAD'],
      ['/api/rooms', 'DELETE', 'GET, HEAD'],
      ['/metrics', 'PUT', 'GET, HEAD'],
      ['/live/hall/1.opus', 'PATCH', 'GET, HEAD'],
      ['/ingest/hall/main', 'GET', 'PUT, SOURCE'],
      ['/ingest/hall/main', 'POST', 'PUT, SOURCE'],
    ]) {
      const { status, headers } = await get(path, { method });
      assert.deepEqual([status, headers.allow], [405, allow], `${method} ${path}`);
    }
    const { status, headers } = await get('/ws');
    assert.deepEqual([status, headers['sec-websocket-version']], [426, '13']);
  });

  test('no path leads out of the pages', async () => {
    for (const path of [
      '/../../../../etc/passwd', '/assets/../../boothcast', '/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2fetc/passwd', '/assets/%2e%2e%5c%2e%2e',
      '//etc/passwd', '/./.git/config', '/assets/..%00/index.html', '/r/../../CMakeCache.txt', '/..;/CMakeCache.txt',
    ]) {
      const { text } = await raw(server, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      assert.doesNotMatch(text, /root:|CMAKE|\[core\]|\x7fELF/, path);
      assert.match(text, /^(HTTP\/1\.1 (400|403|404|200) [\s\S]*)?$/, path);
      if (/^HTTP\/1\.1 200/.test(text)) assert.match(text, /<!doctype html>/i, `${path}: a page of ours`);
    }
  });
});
