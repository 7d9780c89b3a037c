// How packets reach plain sockets, on both paths: gathered and handed to the kernel together, and each by itself. A listener who reads
// slowly sits among others who do not; nobody's frames are torn (the client's library checks every frame, and we every header), and
// nobody but the slow one notices.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertPerfect, FLAG } from '../lib/client.mjs';
import { metric } from '../lib/http.mjs';
import { boothcast, eventually, run, sleep } from '../lib/programs.mjs';
import { startServer } from '../lib/server.mjs';
import { undisturbed } from '../lib/undisturbed.mjs';

// Many channels, so that a socket is full soon, and one connection has many packets in one delivery.
const languages = 'ar cs da de el en es et fi fr he hi hu id it ja ko lt lv nl no pl pt ro ru sk sl sv th tr zh'.split(' ');
const numbers = languages.map((_, i) => i + 1);
const channels = languages.map((language, i) => `      - {number: ${i + 1}, language: ${language}}\n`).join('');
const settings = `event: {id: babel, name: {en: Babel}}\nrooms:\n  - id: hall\n    name: {en: Hall}\n    channels:\n${channels}`;

async function listener(server) {
  const client = await server.join();
  for (const number of numbers) await client.listen(number, { history: 0 });
  return client;
}

/** Every channel's packets: headers whole, numbers that grow, and a mark wherever one is missing. */
function assertOrdered(client) {
  for (const number of numbers) {
    const packets = client.of(number);
    assert.ok(packets.length > 0, `channel ${number}`);
    packets.forEach((packet, i) => {
      assert.equal(packet.version, 1);
      if (i === 0) return;
      const step = packet.seq - packets[i - 1].seq;
      assert.ok(step >= 1, `channel ${number}, packet ${i}: a step of ${step}`);
      assert.equal(step > 1, (packet.flags & FLAG.discontinuity) !== 0, `channel ${number}, packet ${i}`);
    });
  }
  assert.ok(client.packets.every((packet) => packet.channel !== undefined));
}

for (const way of ['batch', 'direct']) {
  describe(`delivery: ${way}`, () => {
    let server, forbidden;
    before(async () => {
      try {
        server = await startServer({ settings, args: ['--delivery', way] });
      } catch (error) {
        if (way !== 'batch' || !error.message.includes('io_uring')) throw error;
        forbidden = 'io_uring is not there, or not for us';
      }
    });
    after(() => server?.stop());

    test('is said in the log and in the metrics', async (t) => {
      if (forbidden) return t.skip(forbidden);
      const path = way === 'batch' ? 'io_uring' : 'direct';
      const other = way === 'batch' ? 'direct' : 'io_uring';
      await eventually(() => server.stderr().includes('delivery path='), 'the log');
      assert.match(server.stderr(), new RegExp(`info delivery path=${path} `));
      assert.equal(server.stderr().match(/ delivery path=/g).length, 1);
      assert.equal(await metric(server, `boothcast_delivery_info{path="${path}"}`), 1);
      assert.equal(await metric(server, `boothcast_delivery_info{path="${other}"}`), 0);
    });

    test('a slow reader among fast ones', async (t) => {
      if (forbidden) return t.skip(forbidden);
      return undisturbed(t, server, async () => {
        const [fast, slow, other] = [await listener(server), await listener(server), await listener(server)];
        const partial = await metric(server, 'boothcast_delivery_partial_total');
        slow.socket.pause();
        await eventually(async () => (await metric(server, 'boothcast_delivery_partial_total')) > partial, 'a full socket', 30_000);
        await sleep(500);
        slow.socket.resume();
        await fast.hearNow(1, 100);
        await slow.hearNow(1, 100);
        await other.hearNow(1, 100);
        for (const client of [fast, other]) for (const number of numbers) assertPerfect(client.of(number), `channel ${number}`);
        assertOrdered(slow);
        assert.equal(slow.ended, undefined);
        for (const client of [fast, slow, other]) await client.leave();
      });
    });

    test('those who come and vanish within deliveries disturb nobody', async (t) => {
      if (forbidden) return t.skip(forbidden);
      return undisturbed(t, server, async () => {
        const stays = await listener(server);
        for (let i = 0; i < 30; i++) {
          const goes = await listener(server);
          await goes.hear(1, 1);
          if (i % 3 === 0) await goes.leave();
          else if (i % 3 === 1) goes.end();
          else goes.socket._socket.resetAndDestroy();
        }
        await stays.hearNow(1, 20);
        for (const number of numbers) assertPerfect(stays.of(number), `channel ${number}`);
        await stays.leave();
      });
    });
  });
}

test('a way that is none is refused', async () => {
  const { code, stderr } = await run(boothcast, ['serve', '--config', '/dev/null', '--delivery', 'pigeon']);
  assert.equal(code, 2);
  assert.match(stderr, /auto, batch or direct, not pigeon/);
});
