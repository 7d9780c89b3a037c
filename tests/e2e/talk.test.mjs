// A one-on-one talk with a real server: two people with a microphone each, an interpreter at the desk, and a technician who listens in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertPerfect, decode } from '../lib/client.mjs';
import { pitch, rms } from '../lib/sound.mjs';
import { startServer } from '../lib/server.mjs';

const tone = (hz) => (i) => 0.2 * Math.sin((2 * Math.PI * hz * i) / 48000);
const GUEST_HZ = 700;
const DESK_HZ = 1000;

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

async function sitDown(input, channel) {
  const ticket = await server.ticket({ room: 'talks', role: 'speaker', input, channels: channel });
  const client = await server.connect();
  return { client, joined: await client.join({ room: 'talks', ticket }) };
}

async function hears(client, what, hz) {
  const packets = await client.hearNow(what, 40);
  assertPerfect(packets, `${what}`);
  const sound = (await decode(packets)).subarray(9600);
  if (hz === 0) return assert.ok(rms(sound) < 0.002, `${what} is silent: ${rms(sound)}`);
  assert.ok(Math.abs(pitch(sound) - hz) < 10, `${what}: ${pitch(sound)} Hz`);
}

test('each hears the other language, the other voice by itself, and never their own', async () => {
  const { client: host, joined } = await sitDown('main', 'zh-CN');
  const { client: guest } = await sitDown('guest', 'en-GB');
  assert.deepEqual(joined.talk, { input: 'main', channels: [1], others: ['floor/guest'] });
  assert.equal(joined.room.floor.mode, 'mixed');

  const { stream } = await guest.publish('floor/guest');
  guest.speak(stream, tone(GUEST_HZ));
  const desk = await server.join({ room: 'talks', role: 'interpreter', booth: 'zh-en', desk: 1 });
  const uplink = await desk.publish('desk');
  desk.speak(uplink.stream, tone(DESK_HZ));
  desk.send({ type: 'output', to: 'B' });
  desk.send({ type: 'mic', state: 'on' });
  await desk.until(() => desk.desk('zh-en/1').on_air, 'the interpreter is on air');

  await host.listen(1);
  await guest.listen(2);
  assert.equal((await host.listen('floor/guest')).source, 'floor/guest');
  await hears(host, 1, DESK_HZ);
  await hears(host, 'floor/guest', GUEST_HZ);
  await hears(guest, 2, 0);
  await desk.listen(0);
  await hears(desk, 0, GUEST_HZ);
  await assert.rejects(guest.listen('floor/guest'), { code: 'not_allowed' });
  await assert.rejects(guest.listen(1), { code: 'not_allowed' });
  await assert.rejects(host.publish('floor/guest'), { code: 'not_allowed' });
});

test('the technician listens to a desk, and hears nothing when its microphone is OFF', async () => {
  const desk = await server.join({ role: 'interpreter', booth: 'fr', desk: 1 });
  const { stream } = await desk.publish('desk');
  desk.speak(stream, tone(DESK_HZ));
  const av = await server.join({ role: 'av' });
  await av.listen('desk/fr/1');
  await av.until(() => av.desk('fr/1').link === 'up', 'its sound');
  await hears(av, 'desk/fr/1', 0);
  desk.send({ type: 'mic', state: 'on' });
  await av.until(() => av.desk('fr/1').on_air, 'the interpreter is on air');
  await hears(av, 'desk/fr/1', DESK_HZ);
  desk.send({ type: 'mic', state: 'cough' });
  await av.until(() => !av.desk('fr/1').on_air, 'a cough');
  await av.hearNow('desk/fr/1', 10);
  await hears(av, 'desk/fr/1', 0);
  assert.equal(av.of('desk/fr/1').at(-1).label, 'silent');
});
