// Several event loops: whoever's connection is on whichever of them hears the same packets, whole and once, changes what it hears, comes
// back, and is told of the end. What else the server does, the other tests ask with as many loops as there are cores (BOOTHCAST_LOOPS).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertPerfect, FLAG } from '../lib/client.mjs';
import { metric } from '../lib/http.mjs';
import { boothcast, eventually, run, sleep } from '../lib/programs.mjs';
import { smallEvent, startServer } from '../lib/server.mjs';
import { undisturbed } from '../lib/undisturbed.mjs';

const LISTENERS = 24;
const withLoops = (loops) => ({ settings: smallEvent({ server: `server: {loops: ${loops}}\n` }) });
const join = (server, count) => Promise.all(Array.from({ length: count }, () => server.join()));

/** What a packet says, but for what differs by listener. */
const said = ({ seq, epoch, flags, label, payload }) => `${epoch}:${seq} ${flags & ~FLAG.history} ${label} ${payload.toString('base64')}`;

/** Everybody heard the same packet under each number. */
function assertSame(lists) {
  const known = new Map();
  let shared = 0;
  for (const packet of lists.flat()) {
    const before = known.get(packet.seq);
    if (before === undefined) known.set(packet.seq, said(packet));
    else assert.equal(said(packet), before, 'the same number, another packet');
    shared += before !== undefined;
  }
  assert.ok(shared > lists.flat().length / 2, 'they were there together');
}

for (const loops of [1, 2, 4]) {
  describe(`${loops} loops`, { concurrency: false }, () => {
    test('all hear the same, with every change on the same frame', async (t) => {
      const server = await startServer(withLoops(loops));
      await eventually(() => server.stderr().includes(` loops=${loops} `), 'the log');
      await undisturbed(t, server, async () => {
        const listeners = await join(server, LISTENERS);
        await Promise.all(listeners.map((one) => one.listen(1)));
        const speaker = await server.join({ role: 'speaker' });
        const { stream } = await speaker.publish('floor/main');
        await sleep(300);
        const quiet = speaker.speak(stream, (i) => 0.3 * Math.sin(i / 20));
        await sleep(1500);
        quiet();
        await speaker.leave();
        await Promise.all(listeners.map((one) => one.hearNow(1, 20)));
        for (const one of listeners) assertPerfect(one.of(1));
        assertSame(listeners.map((one) => one.of(1)));
        assert.ok(listeners[0].of(1).some(({ flags }) => flags & FLAG.changed), 'something changed');
        await Promise.all(listeners.map((one) => one.leave()));
      });
      await server.stop();
    });

    test('who switches, leaves and comes back disturbs nobody, and misses nothing', async (t) => {
      const server = await startServer(withLoops(loops));
      await undisturbed(t, server, async () => {
        const [stays, moves, leaves] = await Promise.all([6, 6, 6].map((count) => join(server, count)));
        await Promise.all([...stays, ...moves, ...leaves].map((one) => one.listen(1)));
        for (let round = 0; round < 12; round++) {
          const [from, to] = round % 2 === 0 ? [1, 2] : [2, 1];
          const told = await Promise.all(moves.map((one) => one.listen(to, { instead_of: from, history: 3 })));
          await Promise.all(moves.map((one) => one.hearNow(to, 4)));
          moves.forEach((one, i) => {
            const live = one.of(to).filter(({ seq, flags }) => seq >= told[i].seq && !(flags & FLAG.history));
            assert.equal(live[0].seq, told[i].seq, 'the first is the one that was promised');
            assertPerfect(live.filter(({ seq }) => seq >= told[i].seq));
          });
          const gone = leaves[round % leaves.length];
          gone.end();
          const last = gone.of(1).at(-1).seq;
          const back = await server.connect();
          await back.join({ room: 'hall', resume: { token: gone.resume, listens: [{ channel: 1, seq: last }] } });
          assertPerfect([...gone.of(1).slice(-1), ...(await back.hear(1, 10))], 'after the last that was heard');
          leaves[round % leaves.length] = back;
        }
        await Promise.all(stays.map((one) => one.hearNow(1, 5)));
        for (const one of stays) assertPerfect(one.of(1));
        assertSame(stays.map((one) => one.of(1)));
        for (const one of [...stays, ...moves, ...leaves]) await one.leave();
      });
      await server.stop();
    });

    test('connections are spread, and counted together', async () => {
      const server = await startServer({ settings: smallEvent({ server: `server: {loops: ${loops}, connections: 20}\n` }) });
      const listeners = await join(server, 16);
      await Promise.all(listeners.map((one) => one.listen(1)));
      await Promise.all(listeners.map((one) => one.hear(1, 5)));
      const here = await metric(server, 'boothcast_connections');
      assert.ok(here >= 16 && here <= 20, `${here}`);
      assert.equal(await metric(server, 'boothcast_listeners{room="hall",channel="1"}'), 16);
      assert.ok((await metric(server, 'boothcast_packets_delivered_total{room="hall",channel="1"}')) >= 80);
      const results = await Promise.allSettled(Array.from({ length: 10 }, () => server.connect()));
      assert.ok(results.some(({ status }) => status === 'rejected'), 'the bound is for all loops together');
      await Promise.all(listeners.map((one) => one.leave()));
      await server.stop();
    });

    test('at the end everybody is told when to come back', async () => {
      const server = await startServer(withLoops(loops));
      const listeners = await join(server, LISTENERS);
      await Promise.all(listeners.map((one) => one.listen(1)));
      await Promise.all(listeners.map((one) => one.hear(1, 3)));
      const stopped = server.stop();
      for (const one of listeners) {
        assert.equal((await one.closed).code, 1012);
        const told = one.messages.find(({ type, code }) => type === 'error' && code === 'restarting');
        assert.ok(told?.retry_after_ms > 0);
      }
      await stopped;
    });
  });
}

test('a number of loops that is none is refused', async () => {
  for (const loops of ['0', '9', 'two', '-1']) {
    const { code, stderr } = await run(boothcast, ['serve', '--config', '/dev/null', '--loops', loops]);
    assert.equal(code, 2);
    assert.match(stderr, /--loops is a number from 1 to 8/);
  }
});
