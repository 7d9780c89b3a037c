// The largest settings that the server accepts: it starts, its answers are whole, and a listener hears a channel.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { request } from '../lib/http.mjs';
import { startServer } from '../lib/server.mjs';
import { largestSettings } from '../lib/settings.mjs';

describe('the largest settings', () => {
  let server;
  before(async () => (server = await startServer({ settings: largestSettings() })));
  after(() => server?.stop());
  const get = (path) => request(`${server.url}${path}`);

  test('/api/rooms has every room, channel and session', async () => {
    const { status, body } = await get('/api/rooms');
    assert.equal(status, 200);
    const { rooms } = JSON.parse(body);
    assert.equal(rooms.length, 16);
    for (const room of rooms) {
      assert.equal(room.channels.length, 32);
      assert.equal(room.programme.length, 64);
    }
  });

  test('/metrics has every family that it has with one room', async () => {
    const families = (text) => [...text.matchAll(/^# TYPE (\S+)/gm)].map((line) => line[1]);
    const small = await startServer({ settings: largestSettings({ rooms: 1, channels: 2, sessions: 1 }) });
    const few = families((await request(`${small.url}/metrics`)).body);
    await small.stop();
    const { status, body } = await get('/metrics');
    assert.equal(status, 200);
    assert.ok(few.length > 30);
    assert.deepEqual(families(body), few);
    assert.match(body, /\n$/);
  });

  test('a technician joins a room, and is told all of its desks', async () => {
    const av = await server.join({ room: 'room-16', role: 'av' });
    assert.equal(av.room.desks.length, 62);
    assert.equal(av.room.booths.length, 31);
  });
});
