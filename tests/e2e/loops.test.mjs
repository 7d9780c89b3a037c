// One event loop or several: whatever is asked of a server, it is the same. Listeners are spread over the loops in the order in which they
// come, so that neighbours here are on different ones.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Actor } from '../lib/actor.mjs';
import { assertPerfect, FLAG } from '../lib/client.mjs';
import { metric, raw, request } from '../lib/http.mjs';
import { smallEvent, startServer } from '../lib/server.mjs';
import { eventually, sleep } from '../lib/programs.mjs';
import { undisturbed } from '../lib/undisturbed.mjs';

const LISTENERS = 12;
const ZH = 1;
const EN = 2;

/** What the clients have of a channel, without what was sent as history. */
const live = (client, channel) => client.of(channel).filter((packet) => !(packet.flags & FLAG.history));

/** The answers in what came over one connection. */
function answers(text) {
  const all = [];
  while (text !== '') {
    const head = text.slice(0, text.indexOf('\r\n\r\n') + 4);
    const end = head.length + Number(/^content-length: (\d+)/im.exec(head)[1]);
    all.push({ status: Number(head.split(' ')[1]), body: Buffer.from(text.slice(head.length, end), 'latin1').toString() });
    text = text.slice(end);
  }
  return all;
}

for (const loops of [1, 2, 4]) {
  describe(`with ${loops} loop${loops > 1 ? 's' : ''}`, () => {
    let server;
    let listeners;
    let interpreter;

    before(async () => {
      server = await startServer({ settings: smallEvent({ server: 'server: {connections: 200}\n' }), args: ['--loops', String(loops)] });
      listeners = await Promise.all(Array.from({ length: LISTENERS }, () => server.join()));
    });

    after(async () => {
      await interpreter?.leave();
      await server?.stop();
    });

    test('the loops are there', async () => {
      const paths = await Promise.all(['io_uring', 'direct'].map((path) => metric(server, `boothcast_delivery_info{path="${path}"}`)));
      assert.equal(paths[0] + paths[1], loops);
      assert.equal(await metric(server, 'boothcast_loops'), loops);
      await eventually(() => new RegExp(` started .* loops=${loops} `).test(server.stderr()), 'the log, which is written with the first beat');
    });

    test('requests that are sent in one go are answered one after the other', async () => {
      const paths = ['/api/rooms', '/healthz', '/', '/api/rooms/hall', '/api/rooms'];
      const requests = paths.map((path, i) => `GET ${path} HTTP/1.1\r\nHost: x\r\n${i === 4 ? 'Connection: close\r\n' : ''}\r\n`).join('');
      const clock = /"(server_us|uptime_s)":[\d.]+/g;
      const alone = await Promise.all(paths.map((path) => request(`${server.url}${path}`)));
      // as many as make each loop's turn come
      const all = await Promise.all(Array.from({ length: 3 * loops }, () => raw(server, requests)));
      for (const { text, closed } of all) {
        assert.ok(closed);
        const bodies = answers(text);
        assert.deepEqual(bodies.map(({ status }) => status), alone.map(({ status }) => status));
        // but for the clock in them
        assert.deepEqual(bodies.map(({ body }) => body.replace(clock, '')), alone.map(({ body }) => body.replace(clock, '')));
      }
    });

    test('everybody hears every frame, and everybody the same', (t) =>
      undisturbed(t, server, async () => {
        await Promise.all(listeners.map((client) => client.listen(EN)));
        await Promise.all(listeners.map((client) => client.hearNow(EN, 100)));
        for (const client of listeners) assertPerfect(live(client, EN).slice(-100), 'what one of them heard');
        const [first] = listeners;
        const bySeq = new Map(live(first, EN).map((packet) => [packet.seq, packet.payload]));
        for (const client of listeners) {
          for (const { seq, payload } of live(client, EN).filter((packet) => bySeq.has(packet.seq))) assert.deepEqual(payload, bySeq.get(seq));
        }
      }));

    test('a change of the label is on one and the same frame for all', async () => {
      interpreter = await Actor.join(server, { role: 'interpreter', booth: 'zh-en', desk: 1, source: 'desk', hz: 1100 });
      const from = listeners.map((client) => client.packets.length);
      await interpreter.mic('on');
      const changes = await Promise.all(
        listeners.map((client, i) =>
          client.until(() => client.packets.slice(from[i]).find((packet) => packet.channel === EN && packet.label === 'direct'), 'the label direct'),
        ),
      );
      assert.equal(new Set(changes.map((packet) => packet.seq)).size, 1);
      assert.ok(changes.every((packet) => packet.flags & FLAG.changed));
    });

    test('a change of channel is answered before its first packet, and nothing of the old one comes after its end', async () => {
      await Promise.all(
        listeners.map(async (client) => {
          for (const [to, from] of [[ZH, EN], [EN, ZH], [ZH, EN]]) {
            await client.listen(to); // packets of a stream that was not told have no channel
            client.send({ type: 'unlisten', channel: from });
            await client.hearNow(to, 5);
          }
        }),
      );
      for (const client of listeners) {
        assert.ok(client.packets.every((packet) => packet.channel !== undefined));
        await sleep(100);
        const count = client.of(EN).length;
        await client.hearNow(ZH, 5);
        assert.equal(client.of(EN).length, count);
      }
    });

    test('who comes back on another loop gets what it missed, none of it twice', async () => {
      for (const client of listeners.slice(0, 4)) {
        const packets = await client.hearNow(ZH, 20);
        const last = packets.at(-1);
        client.end();
        const again = await server.join({ resume: { token: client.resume, listens: [{ channel: ZH, seq: last.seq }] } });
        const missed = await again.hear(ZH, 20);
        assert.equal(missed[0].seq, (last.seq + 1) >>> 0);
        assertPerfect(missed, 'what came after the return');
        listeners[listeners.indexOf(client)] = again;
      }
    });

    test('those who come and vanish disturb nobody', (t) =>
      undisturbed(t, server, async () => {
        const [steady] = listeners.slice(-1);
        const from = steady.packets.length;
        for (let round = 0; round < 10; round++) {
          const some = await Promise.all(Array.from({ length: 8 }, () => server.join()));
          await Promise.all(some.map((client) => client.listen(ZH)));
          some.forEach((client, i) => (i % 2 ? client.end() : void client.leave()));
        }
        assertPerfect(steady.packets.slice(from).filter((packet) => packet.channel === ZH), 'who stayed');
      }));

    test('at the end everybody is told', async () => {
      const stopping = server.stop();
      const all = await Promise.all(listeners.map((client) => client.closed));
      server = undefined;
      await stopping;
      for (const { code } of all) assert.equal(code, 1012);
    });
  });
}
