// The demo: whoever starts it hears a conference at once, in the original on one channel and interpreted on the other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decode } from '../lib/client.mjs';
import { request } from '../lib/http.mjs';
import { eventually } from '../lib/programs.mjs';
import { rms } from '../lib/sound.mjs';
import { startServer } from '../lib/server.mjs';

let server, began;
before(async () => {
  began = performance.now();
  server = await startServer({ args: ['--demo'] });
});
after(() => server.stop());

test('it prints a link for each role, that work here', async () => {
  await eventually(() => /\nListener\n/.test(server.stdout()), 'the links');
  const out = server.stdout();
  for (const page of ['/booth#t=bc1.', '/speak#t=bc1.', '/av#t=bc1.', '/talk#t=bc1.', '/r/hall']) assert.ok(out.includes(`${server.url}${page}`), page);
  const ticket = /\/booth#t=(\S+)/.exec(out)[1];
  const client = await server.connect();
  assert.deepEqual((await client.join({ room: 'hall', ticket })).desk, 1, 'the first desk is free');
  await client.leave();
});

test('within 30 s it is ready, one of the channels 1 and 2 is the original and the other is interpreted', async (t) => {
  const patience_ms = 30_000;
  await eventually(async () => (await request(`${server.url}/readyz`)).status === 200, 'ready', patience_ms);
  t.diagnostic(`ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const client = await server.join();
  const labels = () => [1, 2].map((channel) => client.channel(channel).label).sort().join();
  await client.until(() => labels() === 'direct,original', 'one original, one direct', patience_ms);
  for (const channel of [3, 4, 5, 6]) assert.equal(client.channel(channel).label, 'direct', `channel ${channel}`);

  for (let channel = 0; channel <= 6; channel++) await client.listen(channel);
  for (let channel = 0; channel <= 6; channel++) {
    const loud = rms(await decode(await client.hear(channel, 150)));
    assert.ok(loud > 0.005, `channel ${channel} can be heard: ${loud}`);
    assert.equal(client.of(channel).at(-1).label, client.channel(channel).label, 'the packet says what the state says');
  }
});

test('the programme has begun', async () => {
  const { room } = await server.join();
  const zone = room.event.timezone;
  assert.equal(zone, 'Asia/Shanghai');
  const now = new Date().toLocaleString('sv-SE', { timeZone: zone }).slice(0, 16).replace(' ', 'T');
  const on = room.programme.filter(({ starts, ends }) => starts <= now && now < ends);
  assert.equal(on.length, 1, JSON.stringify(room.programme));
});

test('a person at the first desk makes the recorded interpreter give way', async () => {
  const client = await server.join({ role: 'interpreter', booth: 'fr', desk: 1 });
  const { stream } = await client.publish('desk');
  client.speak(stream, (i) => 0.2 * Math.sin(i / 20));
  client.send({ type: 'mic', state: 'on' });
  await client.until(() => client.desk('fr/1').on_air && client.desk('fr/2').mic === 'off', 'the person is heard, the recording is not');
  assert.deepEqual(client.channel(3).holders, ['fr/1']);
});
