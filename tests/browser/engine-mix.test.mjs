// What is made of the sound before it reaches the ear, in Debian's Chromium: a bed under the channel, bass and treble, the limiter.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AMPLITUDE, CLEAN, click, enter, hears, HZ, last, listen, LOUD, LOW, LOW_HZ, mixes, OTHER_HZ, pause, played, server, SOURCE, UNDONE } from './engine-bench.mjs';

const CEILING = 10 ** (-1 / 20) + 1e-6;

describe('a bed', () => {
  const setBed = (page, channel, volume) =>
    page.evaluate(
      ([channel, volume]) => {
        session.setBedVolume(volume);
        session.setBed(channel);
      },
      [channel, volume],
    );
  /** What was asked: '2<1' is channel 2 instead of 1, '-2' leaves it. */
  const requests = () =>
    server.log.flatMap(({ type, channel, source, instead_of }) => {
      const what = source ?? channel;
      if (type === 'listen') return [instead_of === undefined ? `${what}` : `${what}<${instead_of}`];
      return type === 'unlisten' ? [`-${what}`] : [];
    });

  for (const decoder of ['webcodecs', 'wasm']) {
    test(`comes in under the channel, at its level, and goes: ${decoder}`, async (t) => {
      const page = await enter(t, { query: decoder === 'wasm' ? '?decoder=wasm' : '' });
      await listen(page, 1);
      await mixes(page, [[HZ, AMPLITUDE]]);
      await setBed(page, 2, 0.5);
      await mixes(page, [[HZ, AMPLITUDE], [OTHER_HZ, AMPLITUDE / 2]]);
      await page.evaluate(() => session.setBedVolume(0.1));
      await mixes(page, [[HZ, AMPLITUDE], [OTHER_HZ, AMPLITUDE / 10]]);
      await page.evaluate(() => session.setBed(null));
      await mixes(page, [[HZ, AMPLITUDE]]);
      assert.deepEqual(requests(), ['1', '2', '-2']);
      assert.equal((await last(page, 'heard')).channel, 1);
    });
  }

  test('is in time to the sample, also after the line has stalled, and comes and goes without a click', async (t) => {
    const page = await enter(t);
    await listen(page, 1);
    await hears(page);
    await played(page);
    await setBed(page, UNDONE, 1);
    await mixes(page, [[HZ, 0]]); // one sample off would leave 0.02
    await setBed(page, UNDONE, 0.5);
    await mixes(page, [[HZ, AMPLITUDE / 2]]);
    await setBed(page, null, 0.5);
    await mixes(page, [[HZ, AMPLITUDE]]);
    assert.ok(click(await played(page)) < CLEAN);
    await setBed(page, UNDONE, 1);
    await mixes(page, [[HZ, 0]]);
    server.stall(300);
    await pause(page, 1500);
    await mixes(page, [[HZ, 0]]);
  });

  test('stays while the channel changes, is silent while it is the channel, and comes back', async (t) => {
    const page = await enter(t);
    await listen(page, 1);
    await setBed(page, 2, 0.5);
    await mixes(page, [[HZ, AMPLITUDE], [OTHER_HZ, AMPLITUDE / 2]]);
    await listen(page, 2);
    await mixes(page, [[OTHER_HZ, AMPLITUDE]]);
    await listen(page, LOW);
    await mixes(page, [[LOW_HZ, AMPLITUDE], [OTHER_HZ, AMPLITUDE / 2]]);
    await listen(page, 1);
    await mixes(page, [[HZ, AMPLITUDE], [OTHER_HZ, AMPLITUDE / 2]]);
    assert.deepEqual(requests(), ['1', '2', '-1', `${LOW}`, `1<${LOW}`]);
  });

  test('becomes another one, and plays without a channel', async (t) => {
    const page = await enter(t);
    await setBed(page, 1, 0.5);
    await mixes(page, [[HZ, AMPLITUDE / 2]]);
    assert.equal((await last(page, 'playing')).channel, -1);
    await setBed(page, 2, 0.5);
    await mixes(page, [[OTHER_HZ, AMPLITUDE / 2]]);
    await listen(page, LOW);
    await mixes(page, [[OTHER_HZ, AMPLITUDE / 2], [LOW_HZ, AMPLITUDE]]);
    await page.evaluate(() => session.unlisten());
    await mixes(page, [[OTHER_HZ, AMPLITUDE / 2]]);
  });

  test('is a source: under a channel, alone, as what is listened to, and reported by its name', async (t) => {
    const page = await enter(t);
    await listen(page, 1);
    await setBed(page, SOURCE, 0.5);
    await mixes(page, [[HZ, AMPLITUDE], [OTHER_HZ, AMPLITUDE / 2]]);
    while (!server.reports.some(({ source, channel }) => source === SOURCE && channel === undefined)) await pause(page, 100);
    await listen(page, SOURCE);
    await mixes(page, [[OTHER_HZ, AMPLITUDE]]);
    assert.deepEqual(await last(page, 'heard'), { channel: SOURCE, label: 'original' });
    await page.evaluate(() => session.unlisten());
    await mixes(page, [[OTHER_HZ, AMPLITUDE / 2]]);
    assert.equal((await last(page, 'playing')).on, true);
    await listen(page, LOW);
    await mixes(page, [[LOW_HZ, AMPLITUDE], [OTHER_HZ, AMPLITUDE / 2]]);
    assert.deepEqual(requests(), ['1', SOURCE, '-1', `${LOW}`]);
  });

  test('is a source, over a line that breaks', async (t) => {
    const page = await enter(t);
    server.resumes = true;
    await listen(page, SOURCE);
    await setBed(page, 1, 0.5);
    await mixes(page, [[OTHER_HZ, AMPLITUDE], [HZ, AMPLITUDE / 2]]);
    server.log = [];
    server.cut();
    await page.waitForFunction(() => events.some(({ name, value }) => name === 'line' && value.state === 'waiting') && last.line.state === 'open');
    await pause(page, 1000);
    await played(page);
    await mixes(page, [[OTHER_HZ, AMPLITUDE], [HZ, AMPLITUDE / 2]]);
    assert.deepEqual(server.log[0].resume.listens.map(({ channel, source }) => source ?? channel), [SOURCE, 1]);
    assert.deepEqual(requests(), []);
  });

  test('is a source that nobody may hear: the channel goes on', async (t) => {
    const page = await enter(t);
    server.forbidden.add(SOURCE);
    await listen(page, 1);
    await setBed(page, SOURCE, 0.5);
    await page.waitForFunction(() => last.error?.code === 'not_allowed');
    await mixes(page, [[HZ, AMPLITUDE]]);
    await assert.rejects(listen(page, SOURCE), /Not you/);
    await mixes(page, [[HZ, AMPLITUDE]]);
  });

  for (const resumes of [true, false]) {
    test(`survives a line that breaks, with a server that ${resumes ? 'knows' : 'has forgotten'} us`, async (t) => {
      const page = await enter(t);
      server.resumes = resumes;
      await listen(page, 1);
      await setBed(page, 2, 0.5);
      await mixes(page, [[HZ, AMPLITUDE], [OTHER_HZ, AMPLITUDE / 2]]);
      server.log = [];
      server.cut();
      await page.waitForFunction(() => events.some(({ name, value }) => name === 'line' && value.state === 'waiting') && last.line.state === 'open');
      await pause(page, 1000);
      await played(page);
      await mixes(page, [[HZ, AMPLITUDE], [OTHER_HZ, AMPLITUDE / 2]]);
      assert.deepEqual(server.log[0].resume.listens.map(({ channel }) => channel), [1, 2]);
      assert.deepEqual(requests(), resumes ? [] : ['1', '2']);
    });
  }

  test('survives a server that was started again, with other beats', async (t) => {
    const page = await enter(t);
    await listen(page, 1);
    await setBed(page, 2, 0.5);
    await mixes(page, [[HZ, AMPLITUDE], [OTHER_HZ, AMPLITUDE / 2]]);
    server.restart();
    await page.waitForFunction(() => last.line.state !== 'open');
    await page.waitForFunction(() => last.line.state === 'open');
    await played(page);
    await mixes(page, [[HZ, AMPLITUDE], [OTHER_HZ, AMPLITUDE / 2]]);
  });

  test('is reported beside the channel', async (t) => {
    const page = await enter(t);
    await listen(page, 1);
    await setBed(page, 2, 0.5);
    while (new Set(server.reports.map(({ channel }) => channel)).size < 2) await pause(page, 100);
  });
});

test('bass and treble: a shelf does what it says, and leaves no trace at 0 dB', async (t) => {
  const page = await enter(t);
  await listen(page, LOW);
  await mixes(page, [[LOW_HZ, AMPLITUDE]]);
  await played(page);
  await page.evaluate(() => session.setTone({ bass_db: -12, treble_db: 12 }));
  await mixes(page, [[LOW_HZ, AMPLITUDE * 0.28]]);
  await page.evaluate(() => session.setTone({ bass_db: 0, treble_db: 0 }));
  await mixes(page, [[LOW_HZ, AMPLITUDE]]);
  await pause(page, 500);
  assert.ok(click(await played(page), LOW_HZ) < CLEAN);
});

test('too loud: never above the ceiling, and not for long', async (t) => {
  const page = await enter(t);
  await listen(page, 1);
  await hears(page);
  await page.evaluate(() => {
    session.setVolume(1.5);
    session.setTone({ bass_db: 12, treble_db: 12 });
  });
  await listen(page, LOUD);
  await mixes(page, [[HZ, 0.5]]); // a sine of -9 dBFS RMS
  const sound = await played(page);
  const loudest = sound.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  assert.ok(loudest > 0.55 && loudest <= CEILING, `${loudest}`);
});
