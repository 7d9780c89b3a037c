// Listeners who come back, and who switch: not a frame is heard twice, and none is missing that the server still has.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertPerfect, FLAG } from '../lib/client.mjs';
import { sleep, temporaryFolder } from '../lib/programs.mjs';
import { smallEvent, startServer } from '../lib/server.mjs';
import { undisturbed } from '../lib/undisturbed.mjs';

describe('on one server', () => {
  let server;
  before(async () => (server = await startServer({ settings: smallEvent() })));
  after(() => server.stop());

  test('a listener who comes back goes on with the next packet', (t) =>
    undisturbed(t, server, async () => {
      const before = await server.join();
      await before.listen(1);
      await before.listen(2);
      await before.hear(1, 20);
      before.end();
      await sleep(700);
      const last = Object.fromEntries([1, 2].map((channel) => [channel, before.of(channel).at(-1).seq]));
      const back = await server.connect();
      await back.join({ room: 'hall', resume: { token: before.resume, listens: [1, 2].map((channel) => ({ channel, seq: last[channel] })) } });
      for (const channel of [1, 2]) {
        const listening = await back.next('listening', (message) => message.channel === channel);
        assert.equal(listening.seq, last[channel] + 1);
        const packets = await back.hear(channel, 50);
        assertPerfect([...before.of(channel), ...packets], `channel ${channel}`);
        assert.ok(packets.every((packet) => !(packet.flags & FLAG.history)));
      }
    }));

  test('who was away for longer than the server remembers begins with the oldest, and is told of the jump', async () => {
    const before = await server.join();
    await before.listen(1);
    const [{ seq }] = await before.hear(1, 1);
    before.end();
    const back = await server.connect();
    await back.join({ room: 'hall', resume: { token: before.resume, listens: [{ channel: 1, seq: (seq - 1_000_000) >>> 0 }] } });
    const [first, ...others] = await back.hear(1, 20);
    assert.ok(first.flags & FLAG.discontinuity);
    assertPerfect(others);
  });

  test('a token that is none does not keep anybody out', async () => {
    const client = await server.connect();
    await client.join({ room: 'hall', resume: { token: 'bcr1.x.y.z', listens: [{ channel: 1, seq: 7 }] } });
    await client.hear(1, 5);
  });

  test('switching from one channel to another leaves no hole', (t) =>
    undisturbed(t, server, async () => {
      const client = await server.join();
      await client.listen(1);
      await client.hear(1, 10);
      const { seq } = await client.listen(2, { instead_of: 1, history: 8 });
      const packets = await client.hear(2, 30);
      assertPerfect(packets);
      const left = client.of(1).at(-1).seq;
      assert.ok(packets[0].seq <= left + 1, `left with ${left}, began with ${packets[0].seq}`);
      assert.deepEqual(packets.filter((packet) => packet.flags & FLAG.history).map((packet) => packet.seq), Array.from({ length: 8 }, (_, i) => seq - 8 + i));
      const count = client.of(1).length;
      await client.hearNow(2, 10);
      assert.equal(client.of(1).length, count, 'nothing more of the old one');
    }));

  test('the numbers are the same on all channels of the room, and of all listeners', async () => {
    const [one, two] = [await server.join(), await server.join()];
    await one.listen(1);
    await two.listen(2);
    await Promise.all([one.hear(1, 10), two.hear(2, 10)]);
    assert.ok(Math.abs(one.of(1).at(-1).seq - two.of(2).at(-1).seq) <= 25);
    one.send({ type: 'unlisten', channel: 1 });
    await sleep(200);
    const count = one.packets.length;
    await two.hearNow(2, 10);
    assert.equal(one.packets.length, count);
  });
});

test('after a restart of the server the old token and the old numbers are taken, and the jump is told', async () => {
  const folder = temporaryFolder();
  const first = await startServer({ settings: smallEvent(), folder });
  const before = await first.join();
  await before.listen(2);
  await before.hear(2, 5);
  await first.stop('SIGTERM', { keep: true });
  const last = before.of(2).at(-1);
  const second = await startServer({ settings: smallEvent(), folder });
  const back = await second.connect();
  await back.join({ room: 'hall', resume: { token: before.resume, listens: [{ channel: 2, seq: last.seq }] } });
  const [now] = await back.hear(2, 1);
  await second.stop();
  assert.ok(now.epoch > last.epoch && now.seq > last.seq, `${now.epoch}:${now.seq} after ${last.epoch}:${last.seq}`);
  // a restart can be so quick that not a single beat is missing
  assert.equal((now.flags & FLAG.discontinuity) !== 0, now.seq !== (last.seq + 1) >>> 0);
});
