// The player goes over to packets of 60 ms and back: nothing is missing, nothing clicks, and the lag is what each needs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Playout } from '../../src/audio/playout.js';
import { click, median, random, tone } from './simulation.js';

const BEAT = 960;
const FIRST = 1200; // of beats of 20 ms; a packet of 60 ms begins with it
/** The moment of a move is told so long before: a second, in beats. */
const NOTICE = 50;
const CLEAN = 1.5e-3;

/** A stream of the server: packets of `beats` beats, live from beat `from` to `until`, with history before. */
interface Sent {
  track: number;
  beats: number;
  from: number;
  until: number;
}

/** A server that sends one channel in streams that follow each other, over one line that keeps the order. */
class Line {
  readonly player = new Playout();
  readonly lags: number[] = [];
  private quantum = 0;
  private beat = FIRST; // the next that is mixed
  private arrival = 0;
  private sent: Sent[] = [{ track: 1, beats: 1, from: FIRST, until: Infinity }];
  private told = 1;

  constructor(private readonly transitMs: (beat: number) => number) {
    this.player.open(1, 7, BEAT, 1);
    this.player.select(1);
  }

  /** The server says that the channel goes on in packets of `beats` beats. */
  move(beats: number, notice = NOTICE): void {
    const moment = Math.ceil((this.beat + notice) / 3) * 3;
    this.sent.at(-1)!.until = moment;
    this.sent.push({ track: ++this.told, beats, from: moment, until: Infinity });
    this.player.open(this.told, 7, BEAT * beats, 1);
    this.player.select(this.told);
  }

  run(seconds: number): Float32Array {
    const out = new Float32Array(Math.round((seconds * 48_000) / 128) * 128);
    for (let at = 0; at < out.length; at += 128, this.quantum++) {
      const now = this.quantum * 128;
      for (;;) {
        const due = Math.max(this.arrival, (this.beat - FIRST + 1) * BEAT + this.transitMs(this.beat) * 48);
        if (due > now) break;
        this.arrival = due;
        this.mixed(this.beat++, now);
      }
      this.player.pull(out.subarray(at, at + 128), now);
      this.lags.push((now - this.player.heardBeat * (this.player.track?.frame ?? BEAT) + FIRST * BEAT) / 48);
    }
    return out;
  }

  /** A beat is there: whoever has a whole packet now sends it. */
  private mixed(beat: number, now: number): void {
    for (const { track, beats, from, until } of this.sent) {
      if ((beat + 1) % beats !== 0) continue;
      const packet = (beat + 1) / beats - 1;
      const start = packet * beats;
      if (start >= until || start < from - 9) continue;
      if (start === from) this.player.close(track - 1);
      this.player.put(track, packet, 2, start < from, frame(packet, beats), now, now / 48);
    }
  }
}

function frame(packet: number, beats: number): Float32Array {
  return Float32Array.from({ length: BEAT * beats }, (_, i) => tone((packet * beats - FIRST) * BEAT + i));
}

function quietest(sound: Float32Array): number {
  let least = Infinity;
  for (let at = 0; at + 240 <= sound.length; at += 240) {
    least = Math.min(least, sound.subarray(at, at + 240).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
  }
  return least;
}

const MS = 48; // samples
/** Transits; the notice in beats; and what may be made up in all, in samples: a few ms when there was no time to make room unheard. */
const LINES: [string, (beat: number) => number, number, number][] = [
  ['a good line, told three seconds before', () => 5, 150, 0],
  ['a good line, told a second before', () => 5, NOTICE, 5 * MS],
  ['a line with jitter', ((next) => () => 5 + 50 * next())(random(7)), NOTICE, 20 * MS],
];
for (const [name, transit, notice, most] of LINES) {
  test(`${name}: to packets of 60 ms and back without a gap`, () => {
    const line = new Line(transit);
    line.run(20);
    const before = median(line.lags.slice(-3000));
    const concealed = line.player.counts.concealed;
    line.move(3, notice);
    const there = line.run(20);
    const saving = median(line.lags.slice(-3000));
    line.move(1, notice);
    const back = line.run(30);
    const after = median(line.lags.slice(-3000));
    assert.ok(line.player.counts.concealed - concealed <= most, `${line.player.counts.concealed - concealed} made up`);
    assert.equal(line.player.skipped, 0);
    for (const sound of [there, back]) {
      assert.ok(quietest(sound) > 0.35, `quietest ${quietest(sound)}`);
      assert.ok(click(sound, 0) < CLEAN, `click ${click(sound, 0)}`);
    }
    assert.ok(saving - before > 30 && saving - before < 50, `${before} ms, then ${saving} ms`);
    assert.ok(Math.abs(after - before) < 12, `${before} ms, and back to ${after} ms`);
  });
}

test('back and forth again and again: the tracks that are over are forgotten', () => {
  const line = new Line(() => 5);
  line.run(5);
  for (let i = 0; i < 6; i++) {
    line.move(i % 2 === 0 ? 3 : 1);
    line.run(5);
  }
  assert.ok(line.player.counts.concealed < 20 * MS, `${line.player.counts.concealed} made up`);
  assert.equal(line.player.track?.id, 7);
  assert.equal(line.player.track?.frame, BEAT);
});
