// How packets reach plain sockets, on both paths: gathered and handed to the kernel together, and each by itself. Listeners who read
// so seldom that their sockets are full sit among others who do not. All of them check every frame, every header and every number:
// nothing is torn, nothing doubled, nothing missing but what a slow one was told it is moved over.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertPerfect } from '../lib/client.mjs';
import { metric } from '../lib/http.mjs';
import { boothcast, eventually, run } from '../lib/programs.mjs';
import { startServer } from '../lib/server.mjs';
import { undisturbed } from '../lib/undisturbed.mjs';

// Many channels, so that one connection has many packets in one delivery.
const languages = 'ar cs da de el en es et fi fr he hi hu id it ja ko lt lv nl no pl pt ro ru sk sl sv th tr zh'.split(' ');
const numbers = languages.map((_, i) => i + 1);
const channels = languages.map((language, i) => `      - {number: ${i + 1}, language: ${language}}\n`).join('');
const settings = `event: {id: babel, name: {en: Babel}}\nsound: {complexity: 0, bitrate: 64000}\nrooms:\n  - id: hall\n    name: {en: Hall}\n    channels:\n${channels}`;

async function listener(server) {
  const client = await server.join();
  for (const number of numbers) await client.listen(number, { history: 0 });
  return client;
}

/** Listeners of channel 1 in C, and what they heard. */
async function swarm(server, options) {
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const ended = await run(boothcast, ['bench', '--once', '--url', server.url, '--ramp', '1000', '--json', ...args]);
  assert.equal(ended.code, 0, ended.stderr);
  return JSON.parse(ended.stdout);
}

/** All are there still, and no number came twice or too late. */
function assertOrdered(heard, listeners) {
  assert.equal(heard.listening, listeners, heard.reason);
  assert.deepEqual([heard.gone, heard.doubled], [0, 0]);
  assert.ok(heard.packets > listeners);
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

    // the floor fills all channels, and noise fills sockets
    async function makeNoise() {
      const speaker = await server.join({ role: 'speaker' });
      const { stream } = await speaker.publish('floor/main');
      speaker.speak(stream, () => Math.random() - 0.5);
    }

    test('is said in the log and in the metrics', async (t) => {
      if (forbidden) return t.skip(forbidden);
      const path = way === 'batch' ? 'io_uring' : 'direct';
      const other = way === 'batch' ? 'direct' : 'io_uring';
      await eventually(() => server.stderr().includes('delivery path='), 'the log');
      assert.match(server.stderr(), new RegExp(`info delivery path=${path} `));
      assert.equal(server.stderr().match(/ delivery path=/g).length, 1);
      const [, loops] = await eventually(() => / started .* loops=(\d+) /.exec(server.stderr()) ?? false, 'how many loops there are');
      assert.equal(await metric(server, `boothcast_delivery_info{path="${path}"}`), Number(loops));
      assert.equal(await metric(server, `boothcast_delivery_info{path="${other}"}`), 0);
    });

    test('the history of who joins is one send', async (t) => {
      if (forbidden) return t.skip(forbidden);
      const together = async () =>
        (await metric(server, 'boothcast_delivery_packets_total')) - (await metric(server, 'boothcast_delivery_calls_total'));
      const stays = await server.join(); // so that there is sound to hear from before
      await stays.listen(1, { history: 0 });
      await stays.hear(1, 20);
      const before = await together();
      for (let i = 0; i < 10; i++) {
        const client = await server.join();
        await client.listen(1, { history: 8 });
        await client.hear(1, 10);
        await client.leave();
      }
      await stays.leave();
      assert.ok((await together()) - before >= 70, 'eight packets went out by one call, each time');
    });

    test('slow readers among fast ones', async (t) => {
      if (forbidden) return t.skip(forbidden);
      await makeNoise();
      return undisturbed(t, server, async () => {
        const all = await listener(server);
        const partial = await metric(server, 'boothcast_delivery_partial_total');
        const [slow, fast] = await Promise.all([
          swarm(server, { listeners: 40, seconds: 6, look: 1_500_000, buffer: 4096 }),
          swarm(server, { listeners: 300, seconds: 6 }),
        ]);
        assert.ok((await metric(server, 'boothcast_delivery_partial_total')) >= partial + 40, 'sockets were full');
        assertOrdered(slow, 40);
        assert.ok(slow.lost === 0 || slow.errors > 0, 'who was moved on was told');
        assertOrdered(fast, 300);
        assert.equal(fast.lost, 0);
        for (const number of numbers) assertPerfect(all.of(number), `channel ${number}`);
        await all.leave();
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
