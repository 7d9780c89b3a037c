// One stream for an audio player, opened before anything is heard: it goes on, as one stream, whatever becomes of the sources.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decode } from '../lib/client.mjs';
import { openStream, paced, put, request, streamed } from '../lib/http.mjs';
import { sleep } from '../lib/programs.mjs';
import { oggPages, rms, strength, tone, wav } from '../lib/sound.mjs';
import { smallEvent, startServer } from '../lib/server.mjs';

let server;
before(async () => (server = await startServer({ settings: smallEvent() })));
after(() => server.stop());

test('silence, the floor, an interpreter, another source, silence: one stream throughout', async () => {
  const stream = await openStream(`${server.url}/live/hall/2.opus`);
  const watcher = await server.join();
  const label = (word) => watcher.until(() => watcher.channel(2).label === word, word);
  const ticket = await server.ticket({ room: 'hall', role: 'speaker' });
  const play = (hz, signal) => put(server, 'hall/main', { ticket, body: paced(wav([tone(hz, 60)]), 96000), signal }).catch(() => {});

  const first = new AbortController();
  const sent = [play(500, first.signal)];
  await label('original');
  await sleep(900);
  const desk = await server.join({ role: 'interpreter', booth: 'zh-en', desk: 1 });
  const { stream: uplink } = await desk.publish('desk');
  const quiet = desk.speak(uplink, (i) => 0.25 * Math.sin((2 * Math.PI * 900 * i) / 48000));
  desk.send({ type: 'mic', state: 'on' });
  await label('direct');
  await sleep(900);
  desk.send({ type: 'mic', state: 'off' });
  await label('original');
  first.abort();
  await label('silent');
  const second = new AbortController();
  sent.push(play(700, second.signal));
  await label('original');
  await sleep(900);
  second.abort();
  await label('silent');
  await sleep(500);
  quiet();
  await Promise.all(sent);
  assert.equal(stream.ended, false);
  stream.close();

  const pages = oggPages(stream.bytes());
  const [head, tags, ...sound] = pages;
  assert.equal(head.packets[0].toString('latin1', 0, 8), 'OpusHead');
  assert.equal(tags.packets[0].toString('latin1', 0, 8), 'OpusTags');
  assert.match(tags.packets[0].toString(), /LANGUAGE=en-GB/);
  pages.forEach((page, i) => {
    assert.deepEqual([page.serial, page.number, page.bos, page.eos], [head.serial, i, i === 0, false]);
  });
  sound.forEach((page, i) => {
    if (i > 0) assert.ok(page.granule > sound[i - 1].granule, `page ${i}`);
  });

  // which sound is the strongest in each tenth of a second, repetitions taken together
  const samples = await decode(sound.flatMap((page) => page.packets));
  const order = [];
  for (let at = 0; at + 4800 <= samples.length; at += 4800) {
    const piece = samples.subarray(at, at + 4800);
    const pure = [500, 900, 700].find((hz) => strength(piece, hz) ** 2 / 2 > 0.8 * rms(piece) ** 2 && strength(piece, hz) > 0.05);
    const now = rms(piece) < 0.001 ? 'silence' : pure;
    if (now !== undefined && now !== order.at(-1)) order.push(now);
  }
  assert.deepEqual(order.filter((one, i) => one !== 'silence' || i === 0 || i === order.length - 1), ['silence', 500, 900, 500, 700, 'silence']);
});

test('a player that goes away is forgotten', async () => {
  const streams = await Promise.all(Array.from({ length: 20 }, () => openStream(`${server.url}/live/hall/0.opus`)));
  await Promise.all(streams.map((stream) => streamed(stream, (bytes) => oggPages(bytes).length > 5, 'sound')));
  const listeners = async () => /boothcast_listeners\{room="hall",channel="0"\} (\d+)/.exec((await request(`${server.url}/metrics`)).body)[1];
  assert.equal(await listeners(), '20');
  for (const stream of streams) stream.close();
  await sleep(300);
  assert.equal(await listeners(), '0');
});
