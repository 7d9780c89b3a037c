// What the technician puts on channels, against the real server: line-up tone and break music in the ears, the words of an emergency, and what
// is refused, also before the server starts.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decode } from '../lib/client.mjs';
import { boothcast, run, temporaryFolder } from '../lib/programs.mjs';
import { startServer } from '../lib/server.mjs';
import { strength, tone, wav } from '../lib/sound.mjs';

const TONE_HZ = 1000;
const MUSIC_HZ = 500;

const settings = (music) => `event: {id: small, name: {en: Small event}}
rooms:
  - id: hall
    name: {en: Hall}
    break_music: ${music}
    emergency_text: {en: Leave by the nearest exit}
    channels: [{number: 1, language: zh-CN}, {number: 2, language: en-GB}]
  - id: silent
    name: {en: A room without music}
    channels: [{number: 1, language: zh-CN}]
`;

describe('line-up tone and break music', () => {
  let server, av, listener;

  before(async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder.path, 'break.wav'), wav([tone(MUSIC_HZ, 6, 16000)], 16000)); // beside the settings: a relative path
    server = await startServer({ settings: settings('break.wav'), folder });
    av = await server.join({ role: 'av', name: 'AV' });
    listener = await server.join();
    for (const channel of [0, 1, 2]) await listener.listen(channel);
  });
  after(() => server.stop());

  const operate = (action, fields) => av.send({ type: 'operate', action, ...fields });
  const bedIs = (channel, bed) => listener.until(() => listener.channel(channel).bed === bed, `${bed} on channel ${channel}`);

  async function heard(channel) {
    await listener.hearNow(channel, 20); // what came before may still be fading
    const samples = (await decode(await listener.hearNow(channel, 30))).subarray(9600);
    return { tone: strength(samples, TONE_HZ) > 0.05, music: strength(samples, MUSIC_HZ) > 0.02 };
  }

  test('the tone on one channel, then on all, the floor too', async () => {
    operate('line_up', { channel: 2, on: true });
    await bedIs(2, 'line_up');
    assert.deepEqual(await heard(2), { tone: true, music: false });
    assert.deepEqual(await heard(1), { tone: false, music: false });
    operate('line_up', { channel: 'all', on: true });
    await bedIs(0, 'line_up');
    assert.deepEqual(await heard(0), { tone: true, music: false });
    operate('line_up', { channel: 'all', on: false });
    await bedIs(0, undefined);
    await bedIs(2, undefined);
    assert.deepEqual(await heard(2), { tone: false, music: false });
  });

  test('music on every language, and not on the floor', async () => {
    operate('break_music', { channel: 'all', on: true });
    await bedIs(1, 'music');
    await bedIs(2, 'music');
    assert.deepEqual(await heard(1), { tone: false, music: true });
    assert.deepEqual(await heard(0), { tone: false, music: false });
    assert.equal(listener.channel(1).label, 'silent', 'the label that every client knows');
    operate('break_music', { channel: 'all', on: false });
    await bedIs(1, undefined);
  });

  test('an emergency says what the settings say, or what the operator writes', async () => {
    const told = (text) =>
      listener.until(() => listener.messages.some((each) => each.emergency === true && JSON.stringify(each.emergency_text) === JSON.stringify(text)), 'the words');
    operate('emergency', { on: true });
    await told({ en: 'Leave by the nearest exit' });
    operate('emergency', { on: true, text: '<b>Stay</b>' });
    await told({ und: '<b>Stay</b>' });
    operate('emergency', { on: false });
    await listener.until(() => listener.messages.at(-1).emergency === false, 'the end');
  });

  test('what cannot be is refused, and nothing changes', async () => {
    const refused = [
      [{ action: 'line_up', on: true }, 'bad_field', /"all"/],
      [{ action: 'line_up', channel: 7, on: true }, 'no_channel', /no such channel/],
      [{ action: 'line_up', channel: 'every', on: true }, 'bad_field', /"all"/],
      [{ action: 'break_music', channel: 1 }, 'bad_field', /"on"/],
      [{ action: 'emergency', on: true, source: 'floor/cellar' }, 'no_source', /floor\/main/],
      [{ action: 'emergency', on: true, text: { de: 'Raus' } }, 'bad_field', /zh, en, fr, es, ru or ar/],
      [{ action: 'emergency', on: true, text: 'x'.repeat(400) }, 'bad_field', /too long/],
    ];
    for (const [fields, code, says] of refused) {
      av.send({ type: 'operate', ...fields });
      const error = await av.next('error');
      assert.deepEqual([error.code, error.about], [code, 'operate']);
      assert.match(error.message, says);
    }
    for (const action of ['line_up', 'break_music']) {
      listener.send({ type: 'operate', action, channel: 1, on: true });
      assert.equal((await listener.next('error')).code, 'not_allowed');
    }
    assert.deepEqual(await heard(1), { tone: false, music: false });
    assert.equal(listener.channel(1).bed, undefined);
  });

  test('a room without a file has no music, and is told what to write', async () => {
    const other = await server.join({ room: 'silent', role: 'av' });
    assert.equal(other.room.break_music, false);
    other.send({ type: 'operate', action: 'break_music', channel: 'all', on: true });
    const { code, message } = await other.next('error');
    assert.equal(code, 'no_music');
    assert.match(message, /break_music: FILE/);
  });
});

test('music that cannot be played is refused by check and by serve alike, and nothing is made', async () => {
  const folder = temporaryFolder();
  try {
    const config = join(folder.path, 'event.yaml');
    writeFileSync(config, settings('missing.wav'));
    const checked = await run(boothcast, ['check', '--config', config]);
    const served = await run(boothcast, ['serve', '--config', config, '--listen', '127.0.0.1:0', '--state', join(folder.path, 'state')]);
    for (const { code, stdout, stderr } of [checked, served]) {
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
      assert.match(stderr, /break music cannot be played: .*missing\.wav: .*No such file/);
    }
    writeFileSync(join(folder.path, 'missing.wav'), 'This is not sound.');
    assert.equal((await run(boothcast, ['check', '--config', config])).code, 1);
    writeFileSync(join(folder.path, 'missing.wav'), wav([tone(MUSIC_HZ, 1, 8000)], 8000));
    assert.equal((await run(boothcast, ['check', '--config', config])).code, 0);
  } finally {
    folder.remove();
  }
});
