// An interpreter with a ticket: what each key of the desk does to the sound, to its label in the very packet, and to what everybody is told.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertPerfect, decode, FLAG } from '../lib/client.mjs';
import { metric, put } from '../lib/http.mjs';
import { sleep } from '../lib/programs.mjs';
import { rms, strength, tone, wav } from '../lib/sound.mjs';
import { startServer } from '../lib/server.mjs';
import { undisturbed } from '../lib/undisturbed.mjs';

const FLOOR_HZ = 440;
const VOICE_HZ = 880;
const voice = (i) => 0.25 * Math.sin((2 * Math.PI * VOICE_HZ * i) / 48000);

describe('a desk of the two-way booth', () => {
  let server, listener, av, desk;

  before(async () => {
    server = await startServer();
    const ticket = await server.ticket({ room: 'hall', role: 'speaker' });
    put(server, 'hall/main', { ticket, body: wav([tone(FLOOR_HZ, 200, 8000)], 8000) }).catch(() => {}); // it ends with the server
    av = await server.join({ role: 'av', name: 'AV' });
    listener = await server.join();
    await listener.listen(1);
    await listener.listen(2);
    desk = await server.join({ role: 'interpreter', booth: 'zh-en', desk: 1, name: 'Wang' });
    const { stream } = await desk.publish('desk');
    desk.speak(stream, voice);
    await listener.until(() => listener.channel(2).label === 'original', 'the floor');
    await desk.until(() => desk.desk('zh-en/1').link === 'up', 'the uplink');
  });
  after(() => server.stop());

  /** Presses a key, waits until the listener is told, and a little more. */
  async function press(message, channel, label) {
    desk.send(message);
    await listener.until(() => listener.channel(channel).label === label, `channel ${channel} ${label}`);
    await listener.hearNow(channel, 20);
  }

  /** How strong floor and voice are in the last 200 ms of a channel. */
  async function sound(channel) {
    await listener.hearNow(channel, 10); // what came before may still be fading
    const packets = await listener.hearNow(channel, 20);
    const samples = (await decode(packets)).subarray(9600);
    return { floor: strength(samples, FLOOR_HZ), voice: strength(samples, VOICE_HZ), loud: rms(samples) };
  }

  async function carries(t, channel, what) {
    await undisturbed(
      t,
      server,
      async () => {
        const found = await sound(channel);
        const words = `channel ${channel} is to carry ${what}: ${JSON.stringify(found)}`;
        if (what === 'nothing') assert.ok(found.loud < 0.001, words);
        else assert.ok(found[what] > 0.05 && found[what === 'floor' ? 'voice' : 'floor'] < found[what] / 30, words);
      },
      { sends: true },
    );
  }

  test('enters with the microphone OFF: the channel carries the floor', async (t) => {
    assert.deepEqual([desk.desk('zh-en/1').mic, desk.desk('zh-en/1').on_air], ['off', false]);
    await carries(t, 2, 'floor');
  });

  test('ON: the label flips with a packet, and the sound with it', async (t) => {
    const from = listener.of(2).length;
    await press({ type: 'mic', state: 'on' }, 2, 'direct');
    const packets = listener.of(2).slice(from);
    const flips = packets.filter((packet, i) => i > 0 && packet.label !== packets[i - 1].label);
    assert.deepEqual(flips.map((packet) => packet.label), ['direct']);
    assert.ok(flips[0].flags & FLAG.changed, 'the source changed with this frame');
    await carries(t, 2, 'voice');
    await carries(t, 1, 'floor');
  });

  test('the tally is the truth: desk and AV see on_air, a listener sees no names', async () => {
    await desk.until(() => desk.desk('zh-en/1').on_air, 'the tally');
    await av.until(() => av.desk('zh-en/1').on_air, 'the tally in the AV view');
    assert.deepEqual([av.desk('zh-en/1').name, av.channel(2).holders], ['Wang', ['zh-en/1']]);
    assert.deepEqual([listener.room.desks, listener.channel(2).holders, listener.channel(2).state], [[], [], 'held']);
  });

  test('COUGH: silence under the same label, and the tally goes dark', async (t) => {
    desk.send({ type: 'mic', state: 'cough' });
    await desk.until(() => desk.desk('zh-en/1').mic === 'cough' && !desk.desk('zh-en/1').on_air, 'COUGH');
    await carries(t, 2, 'nothing');
    assert.equal(listener.of(2).at(-1).label, 'direct');
    desk.send({ type: 'mic', state: 'on' });
    await desk.until(() => desk.desk('zh-en/1').on_air, 'ON again');
    await carries(t, 2, 'voice');
  });

  test('output B: both channels change on the same frame', async (t) => {
    const from = [listener.of(1).length, listener.of(2).length];
    await press({ type: 'output', to: 'B' }, 1, 'direct');
    const [one, two] = [1, 2].map((channel, i) => new Map(listener.of(channel).slice(from[i]).map((packet) => [packet.seq, packet.label])));
    const both = [...one.keys()].filter((seq) => two.has(seq));
    assert.ok(both.length > 15);
    for (const seq of both) assert.deepEqual([one.get(seq), two.get(seq)].sort(), ['direct', 'original'], `frame ${seq}`);
    await carries(t, 1, 'voice');
    await carries(t, 2, 'floor');
    await press({ type: 'output', to: 'A' }, 2, 'direct');
  });

  test('a key that the desk does not have: bad_field', async () => {
    for (const message of [{ type: 'output', to: 'C' }, { type: 'output', to: 'AB' }, { type: 'mic', state: 'loud' }, { type: 'input', channel: 99 }]) {
      desk.send(message);
      assert.equal((await desk.refused('bad_field')).about, message.type);
    }
  });

  test('with a ticket for the whole booth, the log names the desk that was found', async () => {
    const fr = await server.join({ role: 'interpreter', booth: 'fr' });
    fr.send({ type: 'mic', state: 'cough' });
    await fr.until(() => fr.desk('fr/1').mic === 'cough', 'the key');
    fr.send({ type: 'mic', state: 'off' });
    await fr.until(() => fr.desk('fr/1').mic === 'off', 'the key');
    assert.match(server.stderr(), / mic room=hall booth=fr desk=1 to=cough /);
    await fr.leave();
  });

  test('the AV technician sees levels of every source and channel', async () => {
    const found = await av.next('levels', (levels) => levels.sources.some((one) => one.source === 'desk/zh-en/1' && one.peak_db > -20));
    const { peak_db, link } = found.sources.find((one) => one.source === 'floor/main');
    assert.ok(link === 'up' && peak_db > -15 && peak_db < -9, `${peak_db} dB is the floor's tone`);
    assert.deepEqual(found.channels.map((one) => one.channel), [0, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual([found.channels[1].listeners, found.channels[2].listeners], [1, 1]);
    assert.ok(!listener.messages.some((message) => message.type === 'levels'), 'a listener gets none');
  });

  test('the AV technician cuts the microphone, and overrides everything in an emergency', async (t) => {
    av.send({ type: 'operate', action: 'mic_off', desk: 'zh-en/1' });
    await listener.until(() => listener.channel(2).label === 'original', 'the floor');
    await desk.until(() => desk.desk('zh-en/1').mic === 'off', 'OFF at the desk');
    await carries(t, 2, 'floor');
    av.send({ type: 'operate', action: 'emergency', on: true });
    await listener.until(() => listener.room.channels.every((one) => one.label === 'emergency'), 'emergency');
    await listener.until(() => listener.of(1).at(-1).label === 'emergency' && listener.of(2).at(-1).label === 'emergency', 'in the packets');
    av.send({ type: 'operate', action: 'emergency', on: false });
    await listener.until(() => listener.room.channels.every((one) => one.label === 'original'), 'the floor again');
  });

  test('back within two seconds by its token: the microphone stays ON', async () => {
    await press({ type: 'mic', state: 'on' }, 2, 'direct');
    const from = listener.of(2).length;
    const ticket = await server.ticket({ room: 'hall', role: 'interpreter', booth: 'zh-en', desk: 1 });
    const token = desk.resume;
    const session = desk.session;
    desk.end();
    desk = await server.connect();
    const joined = await desk.join({ room: 'hall', ticket, resume: { token } });
    assert.deepEqual([joined.session, joined.desk], [session, 1]);
    const { stream } = await desk.publish('desk');
    desk.speak(stream, voice);
    await listener.hearNow(2, 20);
    assert.equal(desk.desk('zh-en/1').mic, 'on');
    assert.ok(listener.of(2).slice(from).every((packet) => packet.label === 'direct'));
  });

  test('lost for longer: as OFF, and nobody comes back with a hot microphone', async (t) => {
    const ticket = await server.ticket({ room: 'hall', role: 'interpreter', booth: 'zh-en', desk: 1 });
    const token = desk.resume;
    desk.end();
    await listener.until(() => listener.channel(2).label === 'original', 'the floor');
    await av.until(() => av.desk('zh-en/1').link === 'lost', 'link lost');
    await carries(t, 2, 'floor');
    await sleep(300);
    desk = await server.connect();
    const joined = await desk.join({ room: 'hall', ticket, resume: { token } });
    assert.equal(joined.desk, 1);
    await desk.until(() => desk.desk('zh-en/1').mic === 'off', 'OFF');
    await av.until(() => av.desk('zh-en/1').seated, 'seated');
  });

  test('all the while the revisions of what everybody is told grew by one', () => {
    for (const client of [listener, av]) {
      assert.ok(client.revisions.length > 5);
      client.revisions.forEach((revision, i) => assert.equal(revision, client.revisions[0] + i));
    }
  });

  test('and there was no gap in any sequence but those that the server counted', async () => {
    const skipped = await metric(server, 'boothcast_beats_skipped_total');
    for (const channel of [1, 2]) {
      const refused = await metric(server, `boothcast_frames_refused_total{room="hall",channel="${channel}"}`);
      const packets = listener.of(channel);
      const missing = packets.at(-1).seq - packets[0].seq + 1 - packets.length;
      assert.ok(missing >= 0 && missing <= skipped + refused, `${missing} missing, ${skipped} beats skipped, ${refused} frames refused`);
      if (skipped + refused === 0) assertPerfect(packets, `channel ${channel}`);
    }
  });
});
