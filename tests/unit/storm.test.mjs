// The judge of the storm: a connection in good order is found in order, and each thing that must not happen is found.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Judge, World } from '../lib/storm/judge.mjs';
import { opusMs } from '../lib/storm/opus.mjs';
import { Chance } from '../lib/storm/random.mjs';

const HISTORY = 8;
const JUMP = 1;
const EPOCH = 256;
const RENDITIONS = ['standard', 'high', 'saver'];
const streamOf = (channel, rendition) => channel * 3 + RENDITIONS.indexOf(rendition);
const msOf = (stream) => (stream % 3 === 2 ? 60 : 20);

/** A packet as it would come; `change` spoils it. */
function packet(stream, seq, flags = 0, change = () => {}) {
  const bytes = Buffer.alloc(12 + 8, seq & 255);
  bytes[0] = 1;
  bytes[1] = flags | 0x10;
  bytes.writeUInt16BE(stream, 2);
  bytes.writeUInt32BE(EPOCH, 4);
  bytes.writeUInt32BE(seq, 8);
  bytes[12] = msOf(stream) === 60 ? 3 << 3 : 31 << 3;
  change(bytes);
  return bytes;
}

function listening(channel, rendition, seq) {
  const stream = streamOf(channel, rendition);
  return { type: 'listening', channel, rendition, stream, epoch: EPOCH, seq, frame_ms: msOf(stream), server_us: 7_000_000 + seq * msOf(stream) * 1000 };
}

/** Tells one judge a story, and a second one, who reads well, that everything was there. */
class Story {
  /** `at`: the number of the moment in which it joins. */
  constructor({ fast = false, at = 120 } = {}) {
    this.world = new World();
    this.judge = new Judge(this.world, 'one', { fast });
    this.ask({ kind: 'join' });
    this.judge.message({ type: 'joined', server_us: 7_000_000 + at * 20_000 });
  }

  ask(request) {
    this.judge.ask(request);
    return this;
  }

  listen(channel, seq, { rendition = 'standard', now = rendition, ...more } = {}) {
    this.ask({ kind: 'listen', channel, rendition, ...more });
    this.judge.message(listening(channel, now, seq));
    return this;
  }

  hear(stream, from, to, flags = 0) {
    for (let seq = from; seq < to; seq++) this.judge.packet(packet(stream, seq, seq === from ? flags : flags & ~JUMP));
    return this;
  }

  one(bytes) {
    this.judge.packet(bytes);
    return this;
  }

  told(message) {
    this.judge.message(message);
    return this;
  }

  pong() {
    const t = ++this.judge.pings;
    this.ask({ kind: 'ping', t });
    return this.told({ type: 'pong', t });
  }

  /** Somebody else got these. */
  others(channel, from, to, rendition = 'standard') {
    const other = new Judge(this.world, 'other');
    other.ask({ kind: 'listen', channel, rendition });
    other.message(listening(channel, rendition, from));
    for (let seq = from; seq < to; seq++) other.packet(packet(streamOf(channel, rendition), seq));
    return this;
  }

  faults() {
    return this.world.finish();
  }
}

const EN = streamOf(1, 'standard');
const FR = streamOf(2, 'standard');
const SAVER = streamOf(1, 'saver');
const skipped = (channel, skipped_ms) => ({ type: 'error', code: 'skipped', about: 'listen', channel, skipped_ms });

const good = {
  'listens, with history': () => new Story().listen(1, 100, { history: 8 }).hear(EN, 92, 100, HISTORY).hear(EN, 100, 150).pong(),
  'switches, and the old one flows until the answer': () =>
    new Story()
      .listen(1, 100)
      .hear(EN, 100, 110)
      .ask({ kind: 'listen', channel: 2, instead_of: 1 })
      .hear(EN, 110, 112)
      .told(listening(2, 'standard', 112))
      .hear(FR, 112, 120),
  'falls behind, and is told': () => new Story().listen(1, 100).hear(EN, 100, 110).hear(EN, 210, 220, JUMP).told(skipped(1, 2000)).pong().others(1, 100, 220),
  'a hole that is everybody\'s': () => new Story({ fast: true }).listen(1, 100).hear(EN, 100, 110).hear(EN, 115, 120, JUMP).pong(),
  'is moved, and each stream has its end or beginning at one moment': () =>
    new Story({ fast: true })
      .listen(1, 300, { rendition: 'auto', now: 'standard' })
      .hear(EN, 300, 340)
      .ask({ kind: 'report' })
      .told(listening(1, 'saver', 130))
      .hear(SAVER, 127, 130, HISTORY)
      .hear(EN, 340, 390)
      .hear(SAVER, 130, 190)
      .pong(),
  'comes back': () => new Story().listen(1, 111, { resume: true, seq: 110 }).hear(EN, 111, 150),
  'comes back too late': () =>
    new Story({ at: 400 }).listen(1, 150, { resume: true, seq: 110 }).hear(EN, 150, 160, JUMP).others(1, 100, 160),
  'is refused something': () => new Story().ask({ kind: 'error' }).told({ type: 'error', code: 'no_channel', about: 'listen' }).pong(),
};

for (const [name, tell] of Object.entries(good)) {
  test(`in order: ${name}`, () => assert.deepEqual(tell().faults(), []));
}

const bad = {
  'a packet twice': [/packet 105 of stream 3 after 105/, () => new Story().listen(1, 100).hear(EN, 100, 106).hear(EN, 105, 106)],
  'a packet that was before': [/packet 101 of stream 3 after 105/, () => new Story().listen(1, 100).hear(EN, 100, 106).hear(EN, 101, 102)],
  'a jump without its flag': [/does not say so/, () => new Story().listen(1, 100).hear(EN, 100, 106).hear(EN, 108, 110)],
  'a flag without its jump': [/says that it jumps/, () => new Story().listen(1, 100).hear(EN, 100, 106).hear(EN, 106, 110, JUMP)],
  'a jump that nobody told of': [/was told of 0/, () => new Story().listen(1, 100).hear(EN, 100, 106).hear(EN, 206, 210, JUMP).pong().others(1, 100, 210)],
  'a jump of which less was told': [/2000 ms .* told of 1000/, () => new Story().listen(1, 100).hear(EN, 100, 110).hear(EN, 210, 220, JUMP).told(skipped(1, 1000)).pong().others(1, 100, 220)],
  'a jump of one who reads': [/100 of them/, () => new Story({ fast: true }).listen(1, 100).hear(EN, 100, 106).hear(EN, 206, 210, JUMP).others(1, 100, 210)],
  'one who reads, moved on': [/reads all the time/, () => new Story({ fast: true }).listen(1, 100).told(skipped(1, 2000))],
  'history that is none': [/is history, and 100/, () => new Story().listen(1, 100, { history: 8 }).hear(EN, 99, 101, HISTORY)],
  'history that does not say so': [/is not history/, () => new Story().listen(1, 100, { history: 8 }).hear(EN, 99, 101)],
  'history that was not asked for': [/0 before 100 were asked for/, () => new Story().listen(1, 100).hear(EN, 99, 100, HISTORY)],
  'the first one later than was said': [/103 of stream 3 is missing|100 to 102/, () => new Story({ fast: true }).listen(1, 100).hear(EN, 103, 110, JUMP).others(1, 99, 110)],
  'the old channel after the switch': [/which is not heard/, () => new Story().listen(1, 100).hear(EN, 100, 101).listen(2, 101, { instead_of: 1 }).hear(EN, 101, 102)],
  'a channel after the end that was asked for': [/which is not heard/, () => new Story().listen(1, 100).ask({ kind: 'unlisten', channel: 1 }).pong().hear(EN, 100, 101)],
  'a stream that was never told': [/which is not heard/, () => new Story().hear(EN, 100, 101)],
  'what somebody else has otherwise': [/another one/, () => new Story().others(1, 100, 110).listen(1, 105).one(packet(EN, 105, 0, (bytes) => (bytes[19] ^= 1)))],
  'another epoch': [/epoch/, () => new Story().listen(1, 100).one(packet(EN, 100, 0, (bytes) => bytes.writeUInt32BE(512, 4)))],
  'another version': [/no packet/, () => new Story().listen(1, 100).one(packet(EN, 100, 0, (bytes) => (bytes[0] = 2)))],
  'a packet of another length': [/of 20 ms is 8 bytes of 60 ms/, () => new Story().listen(1, 100).one(packet(EN, 100, 0, (bytes) => (bytes[12] = 3 << 3)))],
  'a header without a packet': [/no packet/, () => new Story().listen(1, 100).one(packet(EN, 100).subarray(0, 12))],
  'an answer to nothing': [/a listening answers nothing/, () => new Story().told(listening(1, 'standard', 100))],
  'another rendition than was asked for': [/gets high/, () => new Story().listen(1, 100, { now: 'high' })],
  'one stream for two channels': [/stream 3 is 2\/standard/, () => new Story().listen(1, 100).ask({ kind: 'listen', channel: 2 }).told({ ...listening(2, 'standard', 100), stream: EN })],
  'another clock': [/another clock/, () => new Story().listen(1, 100).ask({ kind: 'listen', channel: 2 }).told({ ...listening(2, 'standard', 100), server_us: 1 })],
  'beginning anew with what was heard': [/begins with 105, and had 199/, () => new Story().listen(1, 100).hear(EN, 100, 200).listen(1, 105)],
  'coming back to what was heard': [/goes on with 110, and had 110/, () => new Story().listen(1, 110, { resume: true, seq: 110 })],
  'coming back to less than was kept': [/not kept/, () => new Story().listen(1, 113, { resume: true, seq: 110 }).hear(EN, 113, 120, JUMP).others(1, 100, 120)],
  'an unasked pong': [/a pong answers nothing/, () => new Story().told({ type: 'pong', t: 5 })],
  'an answer that never came': [/a pong answers nothing that was asked/, () => new Story().ask({ kind: 'listen', channel: 1 }).pong()],
  'the old stream beyond the move': [
    /whose end was 390/,
    () => new Story().listen(1, 389, { rendition: 'auto', now: 'standard' }).ask({ kind: 'report' }).told(listening(1, 'saver', 130)).hear(EN, 389, 391),
  ],
  'the old stream ends before the move': [
    /missing before the move/,
    () =>
      new Story({ fast: true })
        .listen(1, 380, { rendition: 'auto', now: 'standard' })
        .ask({ kind: 'report' })
        .told(listening(1, 'saver', 130))
        .hear(EN, 380, 388)
        .hear(SAVER, 130, 190)
        .others(1, 380, 400),
  ],
  'a move in the middle of a packet': [
    /middle of a packet/,
    () => new Story().listen(1, 130, { rendition: 'auto', now: 'saver' }).ask({ kind: 'report' }).told(listening(1, 'standard', 400)),
  ],
};

for (const [name, [words, tell]] of Object.entries(bad)) {
  test(`found: ${name}`, () => {
    const faults = tell().faults();
    assert.ok(faults.some((fault) => words.test(fault)), `the faults: ${faults.join('; ')}`);
  });
}

test('the length of an Opus packet by its structure', () => {
  const of = (...bytes) => opusMs(Buffer.from(bytes));
  assert.equal(of(31 << 3, 1, 2, 3), 20);
  assert.equal(of(3 << 3, 1), 60);
  assert.equal(of((31 << 3) | 1, 1, 2), 40, 'two of one size');
  assert.equal(of((31 << 3) | 1, 1, 2, 3), undefined, 'which cannot be');
  assert.equal(of((31 << 3) | 2, 1, 2, 3, 4), 40);
  assert.equal(of((31 << 3) | 2, 9, 2, 3), undefined, 'cut short');
  assert.equal(of((31 << 3) | 3, 3, 1, 2, 3), 60);
  assert.equal(of((31 << 3) | 3, 3, 1, 2), undefined);
  assert.equal(of((31 << 3) | 3, 0x80 | 2, 1, 7, 8, 9), 40);
  assert.equal(of((31 << 3) | 3, 0x40 | 1, 2, 7, 0, 0), 20, 'with padding');
  assert.equal(of((31 << 3) | 3, 0x40 | 1, 9, 7), undefined);
  assert.equal(of((31 << 3) | 3, 7, 1, 2, 3, 4, 5, 6, 7), undefined, 'more than 120 ms');
  assert.equal(of(), undefined);
});

test('chance is the same by the same seed', () => {
  const draw = (chance) => Array.from({ length: 5 }, () => chance.number(1, 1000));
  assert.deepEqual(draw(new Chance(7)), draw(new Chance(7)));
  assert.notDeepEqual(draw(new Chance(7)), draw(new Chance(8)));
  assert.deepEqual(draw(new Chance(7).fork(3)), draw(new Chance(7).fork(3)));
  assert.notDeepEqual(draw(new Chance(7).fork(3)), draw(new Chance(7).fork(4)));
  assert.equal(new Chance(1).weighed({ never: 0, always: 1 }), 'always');
});
