// Sound that comes in over HTTP: from ffmpeg, curl and plain requests, in every format that is served, and what is refused.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decode } from '../lib/client.mjs';
import { paced, put, raw, request } from '../lib/http.mjs';
import { needs, run } from '../lib/programs.mjs';
import { pcm, pitch, strength, tone, wav, worst } from '../lib/sound.mjs';
import { smallEvent, startServer } from '../lib/server.mjs';
import { undisturbed } from '../lib/undisturbed.mjs';

const rooms = Array.from({ length: 12 }, (_, i) => `r${i}`);
let server;
before(async () => (server = await startServer({ settings: smallEvent({ rooms }) })));
after(() => server.stop());

const speaker = (room) => server.ticket({ room, role: 'speaker' });

/** Half a second of what the floor of a room carries, some time after its source came. */
async function hearFloor(room) {
  const client = await server.join({ room });
  await client.listen(0);
  await client.until(() => client.packets.at(-1)?.label === 'original', `sound in ${room}`);
  await client.hearNow(0, 20); // the fade, and the decoder's own start
  const samples = await decode(await client.hear(0, 35));
  await client.leave();
  return samples.subarray(9600);
}

/** Puts a sound, listens while it plays, and waits for the answer: { answer, heard }. */
async function putAndHear(room, options) {
  const ticket = await speaker(room);
  const answered = put(server, `${room}/main`, { ticket, ...options });
  const heard = await Promise.race([hearFloor(room), answered.then((answer) => Promise.reject(new Error(`${answer.status} ${answer.body}`)))]);
  return { answer: await answered, heard };
}

function assertTone(samples, hz) {
  const found = worst(samples, hz);
  assert.ok(Math.abs(pitch(samples) - hz) < hz * 0.002, `${pitch(samples)} Hz instead of ${hz}`);
  assert.ok(found.purity > 0.9, JSON.stringify(found));
}

describe('every sample rate, mono and stereo, has the right pitch', { concurrency: 6 }, () => {
  const rates = [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000];
  for (const [i, rate] of rates.entries()) {
    for (const stereo of [false, true]) {
      // two tests of one room must not meet: mono goes to main, stereo to another room's
      const room = rooms[(i + (stereo ? 6 : 0)) % rooms.length];
      test(`WAV of ${rate} Hz, ${stereo ? 'stereo' : 'mono'}, comes out right`, (t) =>
        inTurn(room, () =>
          undisturbed(t, server, async () => {
            const hz = 440 + 20 * i;
            const left = tone(hz, 1.8, rate, 0.3);
            const sides = stereo ? [left, tone(1500, 1.8, rate, 0.3)] : [left];
            const { answer, heard } = await putAndHear(room, { body: wav(sides, rate) });
            assert.equal(answer.status, 200, answer.body);
            if (!stereo) {
              assertTone(heard, hz);
              return;
            }
            // both sides are heard, and nothing else
            const [a, b] = [strength(heard, hz), strength(heard, 1500)];
            assert.ok(a > 0.1 && b > 0.1 && Math.abs(20 * Math.log10(a / b)) < 2, `${a} and ${b}`);
            assert.ok(strength(heard, hz * 1.5) < 0.01);
          }),
        ));
    }
  }

  const turns = new Map();
  /** One after the other for one room. */
  function inTurn(room, act) {
    const mine = (turns.get(room) ?? Promise.resolve()).then(act);
    turns.set(room, mine.catch(() => {}));
    return mine;
  }
});

describe('formats', { concurrency: 6 }, () => {
  for (const [room, type, bigEndian] of [
    ['r0', 'audio/L16; rate=16000; channels=1; endianness=little-endian', false],
    ['r6', 'audio/L16; rate=16000; channels=1; endianness=big-endian', true],
    ['r10', 'audio/L16;rate=16000', true], // RFC 2586
    ['r11', 'audio/L16;rate=16000', false], // what many senders mean
  ]) {
    test(`${type}, sent as ${bigEndian ? 'big' : 'little'}-endian`, (t) =>
      undisturbed(t, server, async () => {
        const { answer, heard } = await putAndHear(room, { type, body: pcm([tone(640, 1.8, 16000)], { bigEndian }) });
        assert.equal(answer.status, 200, answer.body);
        assertTone(heard, 640);
      }));
  }

  test('WAV in chunks, in real time, of a length that is not known', (t) =>
    undisturbed(
      t,
      server,
      async () => {
        const bytes = wav([tone(520, 2.2)]);
        bytes.writeUInt32LE(0xffffffff, 4);
        bytes.writeUInt32LE(0xffffffff, 40);
        const { answer, heard } = await putAndHear('r1', { body: paced(bytes, 96000) });
        assert.equal(answer.status, 200, answer.body);
        assertTone(heard, 520);
      },
      { sends: true },
    ));

  const sine = (seconds) => ['-v', 'error', '-re', '-f', 'lavfi', '-i', `sine=frequency=560:duration=${seconds}`];

  test('ffmpeg publishes by icecast://', needs('ffmpeg'), async (t) => {
    const ticket = await speaker('r2');
    await undisturbed(t, server, async () => {
      const to = `icecast://source:${ticket}@${server.host}:${server.port}/ingest/r2/main`;
      const sender = spawn('ffmpeg', [...sine(3), '-c:a', 'libopus', '-b:a', '96k', '-content_type', 'application/ogg', '-f', 'ogg', to], { stdio: 'ignore' });
      const ended = new Promise((resolve) => sender.once('close', resolve));
      assertTone(await hearFloor('r2'), 560);
      assert.equal(await ended, 0);
    });
  });

  test('ffmpeg puts Ogg Opus over plain HTTP', needs('ffmpeg'), async (t) => {
    const ticket = await speaker('r3');
    await undisturbed(t, server, async () => {
      const to = `${server.url}/ingest/r3/main`;
      const headers = `Authorization: Bearer ${ticket}\r\nContent-Type: audio/ogg\r\n`;
      const options = ['-c:a', 'libopus', '-b:a', '96k', '-page_duration', '20000', '-f', 'ogg', '-method', 'PUT', '-headers', headers];
      const sender = server.start('ffmpeg', [...sine(3), ...options, to]);
      assertTone(await hearFloor('r3'), 560);
      assert.equal((await sender.exited).code, 0, sender.stderr());
    });
  });

  test('curl uploads a file', needs('curl'), async (t) => {
    const file = join(server.folder.path, 'talk.wav');
    writeFileSync(file, wav([tone(480, 1.8, 44100)], 44100));
    const ticket = await speaker('r4');
    await undisturbed(t, server, async () => {
      const args = ['-sS', '-T', file, '-H', 'Content-Type: audio/wav', '-H', `Authorization: Bearer ${ticket}`, '-w', '%{http_code}', `${server.url}/ingest/r4/backup`];
      const sender = run('curl', args);
      assertTone(await hearFloor('r4'), 480);
      const { stdout, code, stderr } = await sender;
      assert.equal(code, 0, stderr);
      assert.match(stdout, /200$/);
    });
  });

  test("SOURCE with basic authentication, Icecast's old way, is answered before the sound", async () => {
    const ticket = await speaker('r5');
    const basic = Buffer.from(`source:${ticket}`).toString('base64');
    const head = `SOURCE /ingest/r5/main ICE/1.0\r\nAuthorization: Basic ${basic}\r\nContent-Type: audio/ogg\r\n\r\n`;
    const { text } = await raw(server, head, { until: /\r\n\r\n/ });
    assert.match(text, /^HTTP\/1\.\d 200 /);
  });
});

describe('what is refused', () => {
  const sentence = ({ body }) => JSON.parse(body).message;

  test('a text file: 415 with a sentence that says what is served', async () => {
    const ticket = await speaker('r6');
    const body = Buffer.from('Ladies and gentlemen, '.repeat(500));
    for (const type of ['text/plain', 'audio/wav', 'audio/ogg', 'audio/mpeg', '']) {
      const answer = await put(server, 'r6/main', { ticket, type, body });
      assert.equal(answer.status, 415, `${type}: ${answer.body}`);
      assert.match(sentence(answer), /Ogg Opus, WAV or raw PCM.*\.$/);
    }
  });

  test('no sound at all: 415, not "all of it was taken"', async () => {
    const ticket = await speaker('r6');
    for (const [type, body] of [['audio/wav', Buffer.alloc(0)], ['audio/wav', wav([new Float32Array(0)])], ['audio/ogg', Buffer.alloc(0)]]) {
      const answer = await put(server, 'r6/main', { ticket, type, body });
      assert.equal(answer.status, 415, `${type}: ${answer.body}`);
    }
  });

  test('a rate or a number of channels out of bounds: 415', async () => {
    const ticket = await speaker('r6');
    for (const type of ['audio/L16', 'audio/L16; rate=7000', 'audio/L16; rate=200000', 'audio/L16; rate=48000; channels=3', 'audio/L16; rate=x']) {
      assert.equal((await put(server, 'r6/main', { ticket, type, body: Buffer.alloc(2000) })).status, 415, type);
    }
    const three = wav([tone(440, 1), tone(440, 1), tone(440, 1)]);
    assert.equal((await put(server, 'r6/main', { ticket, body: three })).status, 415);
  });

  test('without a ticket, with one for another room, or with a role that does not speak', async () => {
    const body = wav([tone(440, 0.1)]);
    const without = await request(`${server.url}/ingest/r6/main`, { method: 'PUT', headers: { 'Content-Type': 'audio/wav' }, body });
    assert.equal(without.status, 401);
    assert.match(without.headers['www-authenticate'], /^Basic realm=/);
    assert.equal((await put(server, 'r6/main', { ticket: await speaker('r7'), body })).status, 401);
    assert.equal((await put(server, 'r6/main', { ticket: 'bc1.a.b.c', body })).status, 401);
    assert.equal((await put(server, 'r6/main', { ticket: await server.ticket({ room: 'r6', role: 'listener' }), body })).status, 403);
  });

  test('a room or an input that is not there: 404', async () => {
    const ticket = await speaker('r6');
    for (const path of ['attic/main', 'r6/loft', 'r6/', 'r6/main/more']) {
      assert.equal((await put(server, path, { ticket, body: wav([tone(440, 0.1)]) })).status, 404, path);
    }
  });

  test('chunks that are broken: 400, and the input is free again', async () => {
    const ticket = await speaker('r6');
    const head = `PUT /ingest/r6/main HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\nAuthorization: Bearer ${ticket}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const { text } = await raw(server, `${head}xyz\r\n`);
    assert.match(text, /^HTTP\/1\.1 400 /);
    assert.equal((await put(server, 'r6/main', { ticket, body: wav([tone(440, 0.2)]) })).status, 200);
  });

  test('two lengths, which is how requests are smuggled: 400', async () => {
    const ticket = await speaker('r6');
    const head = `PUT /ingest/r6/main HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ticket}\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`;
    const { text } = await raw(server, head);
    assert.match(text, /^HTTP\/1\.1 400 /);
  });
});

describe('one input, two senders', { concurrency: 2 }, () => {
  test('the second is refused with 409 or taken, and the first goes on', async () => {
    const ticket = await speaker('r8');
    const first = put(server, 'r8/main', { ticket, body: wav([tone(440, 5, 8000)], 8000) });
    await hearFloor('r8');
    const second = await put(server, 'r8/main', { ticket, body: wav([tone(880, 1)]) });
    assert.equal(second.status, 409);
    assert.match(JSON.parse(second.body).message, /goes on/);
    const client = await server.join({ room: 'r8', role: 'speaker' });
    client.send({ type: 'publish', source: 'floor/main', codec: 'opus' });
    await client.refused('taken');
    const heard = await hearFloor('r8');
    assert.ok(strength(heard, 440) > 0.1 && strength(heard, 880) < 0.01, `${strength(heard, 440)} and ${strength(heard, 880)}`);
    assert.equal((await first).status, 200);
  });

  test('main is lost: the floor is the backup by itself, and main again when it is back', async (t) => {
    const ticket = await speaker('r9');
    const away = [new AbortController(), new AbortController(), new AbortController()];
    const play = (input, hz, { signal }) => put(server, `r9/${input}`, { ticket, body: paced(wav([tone(hz, 60)]), 96000), signal }).catch(() => {});
    const client = await server.join({ room: 'r9', role: 'av' });
    const carries = (hz) =>
      undisturbed(t, server, async () => assert.ok(strength(await hearFloor('r9'), hz) > 0.1, `${hz} Hz`), { sends: true });
    const active = () => client.room.floor.inputs.find((one) => one.active)?.id;
    const sent = [play('main', 440, away[0]), play('backup', 660, away[1])];
    await client.until(() => active() === 'main' && client.room.floor.inputs[1].link === 'up', 'main, and the backup ready');
    await carries(440);
    away[0].abort();
    await client.until(() => active() === 'backup', 'the backup');
    await carries(660);
    sent.push(play('main', 440, away[2]));
    await client.until(() => active() === 'main', 'main again');
    away[1].abort();
    away[2].abort();
    await client.until(() => active() === undefined && client.channel(0).label === 'silent', 'silence');
    await Promise.all(sent);
  });
});
