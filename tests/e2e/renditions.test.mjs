// The renditions of a channel on the wire of a real server, with its encode threads and its clock.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Actor } from '../lib/actor.mjs';
import { assertPerfect, decode, FLAG } from '../lib/client.mjs';
import { metric } from '../lib/http.mjs';
import { boothcast, run, sleep, which } from '../lib/programs.mjs';
import { startServer } from '../lib/server.mjs';
import { worst } from '../lib/sound.mjs';

const HZ = 500;
const LISTENING = { history: 8, rendition: 'auto' };

let server;

before(async () => {
  server = await startServer();
  await Actor.join(server, { role: 'speaker', source: 'floor/main', hz: HZ });
  await sleep(1000);
});
after(() => server.stop());

const live = (packets) => packets.filter(({ flags }) => (flags & FLAG.history) === 0);
/** The beats of 20 ms that a live packet holds. */
const beatsOf = ({ seq, frame_ms }) => Array.from({ length: frame_ms / 20 }, (_, i) => (seq * frame_ms) / 20 + i);

test('the saver: a packet each 60 ms, on the media clock, in a third of the bits', async () => {
  const client = await server.join();
  const listening = await client.listen(2, { rendition: 'saver', history: 8 });
  assert.equal(listening.rendition, 'saver');
  assert.equal(listening.frame_ms, 60);
  assert.equal(listening.server_us % 60_000, 0, 'the time of a packet is a multiple of its length');
  const standard = await client.listen(0);
  const packets = await client.hear(2, 63);
  assert.ok(packets.slice(0, 3).every(({ flags }) => flags & FLAG.history), 'history, although nobody listened before');
  assertPerfect(packets);
  assert.equal(packets[3].seq, listening.seq);
  const { seq } = (await client.hear(0, 1))[0];
  const shift = (listening.server_us - standard.server_us) / 20_000;
  assert.ok(Math.abs(listening.seq * 3 - (seq + shift)) < 5, 'its number is that of its first beat, divided by three');
  const kbits = (packets.reduce((sum, { payload }) => sum + payload.length, 0) * 8) / (packets.length * 60);
  assert.ok(kbits > 11 && kbits < 17, `${kbits} kbit/s`);
  const sound = await decode(packets);
  assert.equal(sound.length, packets.length * 2880);
  assert.ok(worst(sound.subarray(48_000), HZ).purity > 0.9);
  await client.leave();
});

test('a listener whose reports are bad is moved, and every beat came once', async () => {
  const client = await server.join();
  const first = await client.listen(2, LISTENING);
  assert.equal(first.rendition, 'standard');
  let concealed = 0;
  const report = () => client.send({ type: 'report', channel: 2, played: 1, buffer_ms: 60, late: 0, concealed: (concealed += 10) });
  const reports = setInterval(report, 1000);
  const moved = await client.next('listening');
  clearInterval(reports);
  assert.deepEqual([moved.channel, moved.rendition, moved.frame_ms], [2, 'saver', 60]);
  await client.until(() => client.packets.filter(({ stream }) => stream === moved.stream).length >= 40, 'the saver');
  const frame = { [first.stream]: 20, [moved.stream]: 60 };
  const packets = client.packets.map((packet) => ({ ...packet, frame_ms: frame[packet.stream] }));
  const beats = live(packets).flatMap(beatsOf);
  assert.deepEqual(beats, beats.map((_, i) => beats[0] + i), 'in order, none twice, none missing');
  assert.equal(live(packets).find(({ stream }) => stream === moved.stream).seq, moved.seq);
  assert.equal(packets.filter(({ stream, flags }) => stream === moved.stream && flags & FLAG.history).length, 3);
  assert.ok(packets.every(({ flags }) => (flags & FLAG.discontinuity) === 0));
  assert.equal(await metric(server, 'boothcast_listener_moves_total{to="saver"}'), 1);
  await client.leave();
});

test('what a room says of its renditions, and the room whose people walk about', async () => {
  const hall = await server.join();
  assert.deepEqual(hall.channel(2).renditions, ['standard', 'high', 'saver']);
  assert.deepEqual(hall.room.renditions, {
    standard: { bitrate: 32000, frame_ms: 20 },
    high: { bitrate: 64000, frame_ms: 20 },
    saver: { bitrate: 14000, frame_ms: 60 },
  });
  const visit = await server.join({ room: 'visit' });
  assert.equal((await visit.listen(1, LISTENING)).rendition, 'saver');
  assert.equal((await visit.listen(2)).rendition, 'standard', 'who does not ask for it has what there always was');
});

test('the command line takes it too, into a file that plays', { skip: !which('ffprobe') && 'ffprobe is not there' }, async () => {
  const path = join(server.folder.path, 'saver.opus');
  const heard = await run(boothcast, ['listen', '--url', server.url, '--channel', '2', '--rendition', 'saver', '--seconds', '4', path]);
  assert.equal(heard.code, 0, heard.stderr);
  const size = statSync(path).size;
  assert.ok(size > 5000 && size < 14_000, `${size} bytes`);
  const args = ['-v', 'error', '-show_entries', 'stream=codec_name:format=duration', '-of', 'csv=p=0', path];
  const [codec, duration] = (await run('ffprobe', args)).stdout.trim().split(/\s+/);
  assert.equal(codec, 'opus');
  assert.ok(Number(duration) > 3.5 && Number(duration) < 4.5, `${duration} s`);
});
