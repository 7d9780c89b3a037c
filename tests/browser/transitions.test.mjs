// What a flip and a handover cost the listeners: nothing. Two listeners' pages in a browser that has nothing else to do; the speaker and the
// interpreters are clients of the protocol with a steady tone each. A whole session with consoles in Chromium is session.test.mjs.
//
//     speaker 500 Hz --> floor --> booth zh-en: Wang 1100 Hz, Helen 1700 Hz --> page English, page Chinese
//
// Runs alone: a page that does not get its processor makes frames up without any change (missed.mjs).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Actor } from '../lib/actor.mjs';
import { forget, hears, launch, openPage, recording, startServerWithEars } from '../lib/chromium.mjs';
import { assertPerfect } from '../lib/client.mjs';
import { longestHole, shareOf } from '../lib/markers.mjs';
import { missedSince, missedSoFar, nobodyMissesAFrame } from '../lib/missed.mjs';
import { sleep } from '../lib/programs.mjs';
import { RATE, rms } from '../lib/sound.mjs';

const HZ = { speaker: 500, wang: 1100, helen: 1700 };
const ZH = 1;
const EN = 2;
const TURNS = 4; // of each kind
const REPORTED_MS = 2500; // pages report what they missed every second or two
const STEADY = 0.02; // one voice goes over into another
const FADED = 0.0005; // the floor is faded in while the voice is faded out

const is = (who) => (samples) => rms(samples) > 0.05 && shareOf(samples, HZ[who]) > 0.95;

describe('what a listener hears of a change', () => {
  const ends = [];
  let server, browser, counter, english, chinese;
  const people = {};

  async function listenTo(language) {
    const page = await openPage({ after: (end) => ends.push(end) }, browser, `${server.url}/r/hall`, { viewport: { width: 390, height: 844 } });
    await page.locator('.channel', { hasText: language }).click();
    return page;
  }

  before(async () => {
    server = await startServerWithEars();
    browser = await launch();
    const desk = (number, hz) => Actor.join(server, { role: 'interpreter', booth: 'zh-en', desk: number, source: 'desk', hz });
    people.speaker = await Actor.join(server, { role: 'speaker', source: 'floor/main', hz: HZ.speaker });
    people.wang = await desk(1, HZ.wang);
    people.helen = await desk(2, HZ.helen);
    counter = await server.join();
    await counter.listen(ZH);
    await counter.listen(EN);
    [english, chinese] = [await listenTo('English'), await listenTo('中文')];
    await people.wang.mic('on');
    await hears(english, is('wang'), 'Wang in English');
    await hears(chinese, is('speaker'), 'the speaker in Chinese');
    await sleep(5000); // the pages have found their delay
  });

  after(async () => {
    for (const end of ends.reverse()) await end();
    for (const person of Object.values(people)) await person.leave();
    await browser?.close();
    await server?.stop();
  });

  /**
   * Does `change`, and judges: not a frame is missing on the wire, and, when the pages had all of them in time, what their loudspeakers gave is never
   * below `floor` (RMS of 5 ms): a fade goes low, and a hole is nothing at all. Gives how many frames the pages missed.
   */
  async function missedDuring(change, heardIn, floor) {
    const pages = [english, chinese];
    const from = counter.packets.length;
    const before = missedSoFar(pages);
    await Promise.all(pages.map(forget));
    await change();
    await sleep(REPORTED_MS);
    for (const channel of [ZH, EN]) assertPerfect(counter.packets.slice(from).filter((packet) => packet.channel === channel), `channel ${channel}`);
    const missed = missedSince(pages, before);
    for (const [page, who] of [[english, heardIn.english], [chinese, heardIn.chinese]]) {
      const { samples } = await recording(page);
      if (missed === 0) assert.equal(longestHole(samples, floor), 0, `a hole before ${who} is heard`);
      assert.ok(is(who)(samples.slice(-RATE / 2)), `${who} is heard afterwards`);
    }
    return missed;
  }

  test('a flip: both channels turn round, and not a frame is missing', async (t) => {
    let output = 'A';
    for (let turn = 0; turn < TURNS; turn++) {
      await nobodyMissesAFrame(t, server, () => {
        output = output === 'A' ? 'B' : 'A';
        return missedDuring(() => people.wang.output(output), output === 'A' ? { english: 'wang', chinese: 'speaker' } : { english: 'speaker', chinese: 'wang' }, FADED);
      });
    }
    await people.wang.output('A');
  });

  test('a handover: one voice goes, the other comes, and not a frame is missing', async (t) => {
    let [taker, giver] = ['wang', 'helen']; // the first turn is the other way round
    for (let turn = 0; turn < TURNS; turn++) {
      await nobodyMissesAFrame(t, server, () => {
        [giver, taker] = [taker, giver];
        const change = async () => {
          await people[taker].request();
          await people[giver].accept();
        };
        return missedDuring(change, { english: taker, chinese: 'speaker' }, STEADY);
      });
    }
  });
});
