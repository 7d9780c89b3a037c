// The engine of the pages in Debian's Chromium, against a server that misbehaves: one channel, and the microphone.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CLEAN, click, enter, hears, last, listen, OTHER_HZ, pause, played, server } from './engine-bench.mjs';

for (const decoder of ['webcodecs', 'wasm']) {
  describe(`decoded by ${decoder}`, () => {
    const query = decoder === 'wasm' ? '?decoder=wasm' : '';

    test('a channel is heard, without a click, with its label, and reported', async (t) => {
      const page = await enter(t, { query });
      await listen(page, 1);
      await hears(page);
      await played(page);
      await page.waitForFunction(() => last.stats?.played > 100);
      assert.ok(click(await played(page)) < CLEAN);
      const stats = await last(page, 'stats');
      assert.equal(stats.decoder, decoder);
      assert.ok(stats.delay_ms > 10 && stats.delay_ms < 10000, `${stats.delay_ms} ms`);
      assert.deepEqual(await last(page, 'heard'), { channel: 1, label: 'direct' });
      assert.ok(server.reports.length > 0 && server.reports.every(({ channel }) => channel === 1));
    });

    test('a change of channel: one message, the new tone is heard', async (t) => {
      const page = await enter(t, { query });
      await listen(page, 1);
      await hears(page);
      await listen(page, 2);
      await hears(page, OTHER_HZ);
      assert.deepEqual(server.log.at(-1), { type: 'listen', channel: 2, rendition: 'standard', history: 8, instead_of: 1 });
      assert.equal((await last(page, 'heard')).channel, 2);
    });

    test('packets that are no Opus are survived', async (t) => {
      const page = await enter(t, { query });
      const good = server.channels[1];
      t.after(() => (server.channels[1] = good));
      await listen(page, 1);
      await hears(page);
      server.channels[1] = good.map((packet, n) => (n % 25 === 7 ? Buffer.from([0xff, 0xff, 0xff]) : n % 25 === 17 ? Buffer.alloc(0) : packet));
      await pause(page, 2000);
      server.channels[1] = good;
      await hears(page);
    });
  });
}

test('stalls of 300 ms: filled, caught up with, and never a click', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  await played(page);
  for (let i = 0; i < 3; i++) {
    server.stall(300);
    await pause(page, 1500);
  }
  const sound = await played(page);
  assert.ok(click(sound) < CLEAN, `click ${click(sound)}`);
  assert.ok((await last(page, 'stats')).concealed > 0, 'the stalls were there');
  await hears(page);
});

test('a line that breaks: comes back by itself, resumes, and the sound goes on', async (t) => {
  const page = await enter(t);
  server.resumes = true;
  await listen(page, 1);
  await hears(page);
  server.log = [];
  server.cut();
  await page.waitForFunction(() => events.some(({ name, value }) => name === 'line' && value.state === 'waiting') && last.line.state === 'open');
  await played(page);
  await hears(page);
  assert.equal(server.log[0].resume.token, 'token');
  assert.equal(server.log[0].resume.listens[0].channel, 1);
  assert.equal(server.log.filter(({ type }) => type === 'listen').length, 0);
});

test('a server that forgot us: asked again, as if for the first time', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  server.log = [];
  server.cut();
  await page.waitForFunction(() => last.line.state !== 'open');
  while (!server.log.some(({ type }) => type === 'listen')) await pause(page, 50);
  await played(page);
  await hears(page);
  assert.deepEqual(server.log.filter(({ type }) => type === 'listen'), [{ type: 'listen', channel: 1, rendition: 'standard', history: 8 }]);
});

test('a server that was started again, with other beats: heard at once, not when the old ones are over', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  server.restart();
  await page.waitForFunction(() => last.line.state !== 'open');
  await page.waitForFunction(() => last.line.state === 'open');
  await played(page);
  await hears(page);
});

test('refused: says why, and stays away', async (t) => {
  server.refuses = true;
  const page = await enter(t);
  await page.waitForFunction(() => last.line?.state === 'refused');
  assert.equal((await last(page, 'line')).error.code, 'bad_ticket');
  await pause(page, 1000);
  assert.equal(server.log.length, 1);
});

test('a channel that is not there: listen() says so, the one before goes on', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await assert.rejects(listen(page, 9), /There is no channel 9/);
  await hears(page);
});

test('fetched ahead: the change of channel asks for nothing', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  await page.evaluate(() => session.prefetch(2));
  await pause(page, 300);
  await listen(page, 2);
  await hears(page, OTHER_HZ);
  assert.deepEqual(server.log.slice(-2).map(({ type, channel }) => [type, channel]), [['listen', 2], ['unlisten', 1]]);
});

test('through a media element, and after a stop and a new start', async (t) => {
  const page = await enter(t, { audio: { mediaElement: true } });
  await listen(page, 1);
  await hears(page);
  await page.evaluate(() => session.stopAudio());
  await page.waitForFunction(() => last.playing.on === false);
  await page.evaluate(() => session.startAudio());
  await hears(page);
});

test('hearing nothing is never digital silence', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  await page.evaluate(() => session.unlisten());
  await page.waitForFunction(() => last.playing.on === false);
  await pause(page, 300); // the fade
  await played(page);
  await pause(page, 500);
  const sound = await played(page);
  const loudest = sound.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  assert.ok(loudest > 1e-6 && loudest < 1e-4, `${loudest}`);
});

test('the main thread may be blocked: the sound goes on', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  await pause(page, 1500);
  await played(page);
  const before = await last(page, 'stats');
  await page.evaluate(() => {
    for (const start = performance.now(); performance.now() - start < 1500; );
  });
  await pause(page, 1500);
  const sound = await played(page);
  assert.ok(click(sound) < CLEAN);
  assert.ok((await last(page, 'stats')).played - before.played > 50);
});

test('the microphone: sent frame by frame, numbered and stamped, and heard again through the loop', async (t) => {
  const page = await enter(t);
  const microphone = await page.evaluate(() => session.openMicrophone());
  assert.equal(microphone.rate, 48000);
  await page.waitForFunction(() => last.microphone?.peak_db > -40);
  assert.equal(server.uplink.length, 0, 'nothing is sent yet');
  await page.evaluate(() => session.publish('floor/main'));
  await page.waitForFunction(() => last.uplink?.state === 'open' && last.uplink.sent > 100);
  await listen(page, 0);
  await page.waitForFunction(() => last.playing?.on && last.playing.peak_db > -40);
  for (const [n, { flags, seq }] of server.uplink.entries()) {
    if (n > 0) assert.equal(flags & 1, seq === server.uplink[n - 1].seq + 1 ? 0 : 1, `frame ${n}: a jump is flagged, and nothing else is`);
  }
  const ages = server.uplink.map(({ ageMs }) => ageMs).sort((a, b) => a - b);
  assert.ok(ages[0] > 15 && ages[ages.length >> 1] < 1000, `a frame is at least as old as it is long: ${ages[0]} ms`);
  server.cut();
  await page.waitForFunction(() => last.uplink.state === 'interrupted');
  await page.waitForFunction(() => last.uplink.state === 'open');
  await page.evaluate(() => session.unpublish());
  await page.waitForFunction(() => last.uplink.state === 'closed');
});
