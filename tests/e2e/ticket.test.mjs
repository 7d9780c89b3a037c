// Tickets: how they are made, and that only a good one opens what it is for.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { bearer, request } from '../lib/http.mjs';
import { boothcast, run, sleep, temporaryFolder } from '../lib/programs.mjs';
import { conference, startServer } from '../lib/server.mjs';

const shape = /^bc1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const payload = (ticket) => JSON.parse(Buffer.from(ticket.split('.')[2], 'base64url'));
const interpreter = ['--room', 'hall', '--role', 'interpreter', '--booth', 'zh-en', '--desk', '1'];

describe('boothcast ticket', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const make = (...args) => run(boothcast, ['ticket', '--config', conference, '--state', folder.path, ...args]);

  test('prints the ticket alone on standard output', async () => {
    const { code, stdout } = await make(...interpreter, '--valid', '12h');
    assert.equal(code, 0);
    assert.match(stdout, /^\S+\n$/);
    assert.match(stdout.trim(), shape);
    const claims = payload(stdout.trim());
    assert.deepEqual({ ...claims, nbf: 0, exp: 0, id: '' }, { room: 'hall', role: 'interpreter', booth: 'zh-en', desk: 1, nbf: 0, exp: 0, id: '' });
    assert.ok(Math.abs(claims.exp - Date.now() / 1000 - 12 * 3600) < 120);
  });

  test('--link carries it in the fragment of the page for its role', async () => {
    const { stdout } = await make(...interpreter, '--link', '--url', 'https://live.example.org');
    assert.match(stdout, /^https:\/\/live\.example\.org\/booth#t=bc1\.\S+\n$/);
    const { stdout: listener } = await make('--room', 'talks', '--role', 'listener', '--link', '--url', 'https://live.example.org');
    assert.match(listener, /^https:\/\/live\.example\.org\/r\/talks#t=bc1\.\S+\n$/);
    const guest = ['--role', 'speaker', '--input', 'guest', '--channels', 'en-GB', '--link', '--url', 'https://live.example.org'];
    const { stdout: talk } = await make('--room', 'talks', ...guest);
    assert.match(talk, /^https:\/\/live\.example\.org\/talk#t=bc1\.\S+\n$/);
    const { room, role, input, channels } = payload(talk.trim().split('#t=')[1]);
    assert.deepEqual({ room, role, input, channels }, { room: 'talks', role: 'speaker', input: 'guest', channels: [2] });
  });

  test('--qr draws the code, and says the link below', async () => {
    const { stdout } = await make(...interpreter, '--qr', '--url', 'https://live.example.org');
    const lines = stdout.trimEnd().split('\n');
    assert.match(lines.at(-1), /https:\/\/live\.example\.org\/booth#t=bc1\.\S+$/);
    assert.ok(lines.filter((line) => /[█▀▄]/.test(line)).length > 15, 'a drawing');
  });

  for (const [what, args, says] of [
    ['a room', ['--room', 'attic', '--role', 'av'], /no room "attic".*hall, talks, visit, dinner/],
    ['a role', ['--room', 'hall', '--role', 'king'], /no role "king".*interpreter/],
    ['a booth', ['--room', 'hall', '--role', 'interpreter', '--booth', 'de', '--desk', '1'], /no booth "de".*zh-en, fr/],
    ['a desk', ['--room', 'hall', '--role', 'interpreter', '--booth', 'zh-en', '--desk', '3'], /no desk "3".*1 to 2/],
    ['a time', [...interpreter, '--valid', 'soon'], /"soon" is no length of time.*12h/],
  ]) {
    test(`${what} that is not there is refused, with what there is`, async () => {
      const { code, stdout, stderr } = await make(...args);
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
      assert.match(stderr, says);
    });
  }
});

describe('on the wire', { concurrency: true }, () => {
  let server;
  before(async () => (server = await startServer()));
  after(() => server.stop());

  async function refusedWith(code, join) {
    const client = await server.connect();
    client.send({ type: 'join', ...join });
    await client.refused(code);
    assert.equal((await client.closed).code, 1008);
  }

  test('a good ticket gives its role and its desk', async () => {
    const client = await server.connect();
    const ticket = await server.ticket({ room: 'hall', role: 'interpreter', booth: 'zh-en', desk: 2 });
    const joined = await client.join({ room: 'hall', ticket });
    assert.deepEqual([joined.role, joined.booth, joined.desk], ['interpreter', 'zh-en', 2]);
    assert.ok(joined.can.includes('mic'));
  });

  test('one letter changed, another key, or no ticket at all: bad_ticket', async () => {
    const ticket = await server.ticket({ room: 'hall', role: 'listener' });
    const parts = ticket.split('.');
    const claims = Buffer.from(JSON.stringify({ ...payload(ticket), role: 'av' })).toString('base64url');
    const foreign = await run(boothcast, ['ticket', '--config', conference, '--state', `${server.folder.path}/other`, '--room', 'hall', '--role', 'av']);
    const forged = [[parts[0], parts[1], claims, parts[3]].join('.'), foreign.stdout.trim(), 'bc1.a.b.c', 'me, please'];
    for (const one of forged) await refusedWith('bad_ticket', { room: 'hall', ticket: one });
  });

  test('a ticket of the past is refused, and one that ends closes the connection', async () => {
    const ticket = await server.ticket({ room: 'hall', role: 'av', valid: '2s' });
    const client = await server.connect();
    await client.join({ room: 'hall', ticket });
    await client.refused('ticket_expired');
    assert.equal((await client.closed).code, 1008);
    await refusedWith('ticket_expired', { room: 'hall', ticket });
  });

  test('a ticket that is taken back closes the connection and opens nothing', async () => {
    const ticket = await server.ticket({ room: 'hall', role: 'av' });
    const client = await server.connect();
    await client.join({ room: 'hall', ticket });
    await sleep(1100); // the list is looked at once a second
    const revoked = await run(boothcast, ['ticket', '--revoke', ticket, '--state', server.state]);
    assert.equal(revoked.code, 0, revoked.stderr);
    await client.refused('bad_ticket');
    assert.equal((await client.closed).code, 1008);
    await refusedWith('bad_ticket', { room: 'hall', ticket });
  });

  test('the closed room lets nobody in without its own ticket', async () => {
    await refusedWith('ticket_needed', { room: 'talks' });
    await refusedWith('ticket_needed', { room: 'talks', ticket: await server.ticket({ room: 'hall', role: 'listener' }) });
    const ticket = await server.ticket({ room: 'talks', role: 'listener' });
    const client = await server.connect();
    assert.equal((await client.join({ room: 'talks', ticket })).room.id, 'talks');

    for (const path of ['/api/rooms/talks', '/live/talks/1.opus']) {
      const without = await request(`${server.url}${path}`);
      assert.equal(without.status, 401, path);
      assert.equal(JSON.parse(without.body).code, 'ticket_needed');
    }
    assert.equal((await request(`${server.url}/api/rooms/talks`, { headers: bearer(ticket) })).status, 200);
    const rooms = JSON.parse((await request(`${server.url}/api/rooms`)).body).rooms;
    assert.deepEqual(rooms.find((room) => room.id === 'talks').channels, []);
  });

  test('a ticket for some channels opens no other', async () => {
    const ticket = await server.ticket({ room: 'talks', role: 'listener', channels: 'en-GB' });
    const client = await server.connect();
    await client.join({ room: 'talks', ticket });
    await client.listen(2);
    client.send({ type: 'listen', channel: 1 });
    await client.refused('not_allowed');
    const live = await request(`${server.url}/live/talks/1.opus`, { headers: bearer(ticket) });
    assert.equal(live.status, 403);
  });

  test('a listener may not do what needs another role', async () => {
    const client = await server.join();
    for (const message of [{ type: 'mic', state: 'on' }, { type: 'publish', source: 'floor/main', codec: 'opus' }, { type: 'operate', action: 'emergency' }]) {
      client.send(message);
      assert.equal((await client.refused('not_allowed')).about, message.type);
    }
  });

  test('a desk has one person at a time', async () => {
    const first = await server.join({ role: 'interpreter', booth: 'fr', desk: 1, name: 'Anna' });
    const ticket = await server.ticket({ room: 'hall', role: 'interpreter', booth: 'fr', desk: 1 });
    const second = await server.connect();
    second.send({ type: 'join', room: 'hall', ticket });
    assert.match((await second.refused('taken')).message, /Anna/);
    first.send({ type: 'ping', t: 1 });
    await first.next('pong');
  });
});

test('after all that no ticket stands in the log', async () => {
  const server = await startServer();
  const ticket = await server.ticket({ room: 'talks', role: 'listener' });
  for (const fields of [{ room: 'talks', ticket }, { room: 'hall', ticket }, { room: 'attic', ticket }, { room: 'talks', ticket: `${ticket}x` }]) {
    const client = await server.connect();
    client.send({ type: 'join', ...fields });
    await client.until(() => client.messages.length > 0, 'an answer');
    client.end();
  }
  for (const path of ['/ingest/talks/main', '/ingest/attic/main', '/live/talks/1.opus', '/api/rooms/talks']) {
    await request(`${server.url}${path}`, { method: path.startsWith('/ingest') ? 'PUT' : 'HEAD', headers: bearer(ticket) });
  }
  await server.stop();
  assert.match(server.stderr(), /join_refused/);
  assert.ok(!server.stderr().includes(ticket.split('.')[2]), server.stderr());
});
