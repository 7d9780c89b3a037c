// The player on simulated lines and clocks: what is heard, when, and how clean it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Playout } from '../../src/audio/playout.js';
import { click, FRAME, frameOf, median, play, random, tone } from './simulation.js';

const MINUTES = 60;
/** A step this high in a tone of amplitude 0.5 is not heard; a missing sample at its steepest makes 0.03. */
const CLEAN = 1e-3;
const START = 4800; // the fade-in is no tone yet

const loudest = (sound: Float32Array) => sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
/** The quietest 5 ms. */
function quietest(sound: Float32Array): number {
  let least = Infinity;
  for (let at = 0; at + 240 <= sound.length; at += 240) least = Math.min(least, loudest(sound.subarray(at, at + 240)));
  return least;
}

test('a perfect line: short lag, samples untouched', () => {
  const { out, player, lags } = play({ seconds: 20, transit: () => 5 });
  assert.equal(player.counts.concealed, 0);
  assert.ok(median(lags) < 40, `lag ${median(lags)} ms`);
  // Once settled every sample is one of those that were sent: find the lag of the end, and compare.
  const lag = Math.round((lags.at(-1) ?? 0) * 48);
  for (let n = out.length - 9600; n < out.length - 128; n++) {
    const sent = Math.fround(tone(n - (out.length - 128) + Math.round(player.heardBeat * FRAME) - 1000 * FRAME - 128));
    assert.ok(Math.abs(out[n]! - sent) < 1e-6, `sample ${n}: ${out[n]} instead of ${sent}, lag ${lag}`);
  }
});

for (const ppm of [300, -300]) {
  test(`an audio clock that is off by ${ppm} ppm: ten minutes without an underrun, at a steady lag`, () => {
    const { out, player, lags } = play({ seconds: 10 * MINUTES, transit: () => 5, ppm });
    assert.equal(player.counts.concealed, 0);
    assert.equal(player.skipped, 0);
    const late = lags.slice(lags.length / 10);
    assert.ok(Math.max(...late.slice(0, 1000)) < 50 && Math.abs(late.at(-1)! - late[0]!) < 12, `${late[0]} .. ${late.at(-1)} ms`);
    assert.ok(click(out, START) < CLEAN, `click ${click(out, START)}`);
  });
}

test('jitter: the lag grows to what the line needs, and then nothing is missing', () => {
  const next = random(1);
  const counted: number[] = [];
  const { out, player, lags } = play({
    seconds: 120,
    transit: () => 5 + 60 * next(),
    each: (playing) => counted.push(playing.counts.concealed),
  });
  const settled = counted[Math.floor(counted.length / 6)]!;
  assert.ok(player.counts.concealed - settled < 0.002 * 100 * 48000, `${player.counts.concealed - settled} samples made up after 20 s`);
  assert.ok(median(lags) > 60 && median(lags) < 110, `lag ${median(lags)} ms`);
  assert.ok(click(out, START) < CLEAN, `click ${click(out, START)}`);
});

test('a line that gets better: the lag comes down again', () => {
  const next = random(2);
  const { lags } = play({ seconds: 60, transit: (beat) => (beat < 1000 ? 5 + 150 * next() : 5) });
  const bad = median(lags.slice(3000, 7000));
  assert.ok(bad > 120, `lag ${bad} ms while it was bad`);
  assert.ok(lags.at(-1)! < 45, `lag ${lags.at(-1)} ms at the end`);
});

test('300 ms stalls every 4 s: all words are heard, the lag stays under 300 ms, no clicks', () => {
  const stall = (beat: number) => {
    const within = (beat * 20) % 4000;
    return within >= 2000 && within < 2300 ? 5 + (2300 - within) : 5;
  };
  const { out, player, lags } = play({ seconds: 120, transit: stall });
  assert.equal(player.skipped, 0);
  assert.equal(player.counts.late, 0);
  assert.ok(median(lags) < 300, `median lag ${median(lags)} ms`);
  assert.ok(Math.max(...lags.slice(1000)) < 420, `worst lag ${Math.max(...lags.slice(1000))} ms`);
  assert.ok(click(out, START) < CLEAN, `click ${click(out, START)}`);
});

test('a device that pulls 21 ms at a time gets no underrun', () => {
  const { player } = play({ seconds: 60, transit: () => 5, burst: 8 });
  assert.equal(player.counts.concealed, 0);
});

test('a device of 44.1 kHz plays at the right pitch, without clicks', () => {
  const { out, player } = play({ seconds: 30, transit: () => 5, rate: 44100 });
  assert.equal(player.counts.concealed, 0);
  let crossings = 0;
  for (let n = 44100; n < 44100 * 21; n++) if (out[n - 1]! < 0 && out[n]! >= 0) crossings++;
  assert.ok(Math.abs(crossings - 20 * 500) < 60, `${crossings / 20} Hz`); // 0.5 % is the rate's own freedom
});

test('a gap in seq is a gap in time: filled, faded, and the sound after it is neither early nor late', () => {
  for (const missing of [1, 5, 40]) {
    const gap = (beat: number) => beat >= 500 && beat < 500 + missing;
    const { out, player, lags } = play({ seconds: 20, transit: (beat) => (gap(beat) ? null : 5) });
    assert.ok(Math.abs(player.counts.concealed - missing * FRAME) < 600, `${player.counts.concealed} samples made up for ${missing} frames`);
    assert.ok(Math.abs(lags.at(-1)! - lags[2000]!) < 4, `lag ${lags[2000]} before and ${lags.at(-1)} ms after`);
    assert.ok(click(out, START) < CLEAN, `click ${click(out, START)} at ${missing} frames`);
  }
});

test('what is made up fades out within 60 ms', () => {
  const { out } = play({ seconds: 12, transit: (beat) => (beat >= 500 && beat < 525 ? null : 5) });
  const end = Math.round((500 * 20 + 32) * 48); // about where the sound ends
  assert.ok(loudest(out.subarray(end + 480, end + 960)) > 0.3, 'it goes on at first');
  assert.ok(loudest(out.subarray(end + 70 * 48 + 480, end + 300 * 48)) < 1e-4, 'then it is silent');
});

test('a lag of seconds is jumped over once, and counted', () => {
  const { player, lags } = play({ seconds: 30, transit: (beat) => (beat >= 500 && beat < 575 ? 5 + (575 - beat) * 20 : 5) });
  assert.ok(player.skipped > 0.6 * 48000 && player.skipped < 1.6 * 48000, `${player.skipped / 48} ms skipped`);
  assert.ok(lags.at(-1)! < 450, `lag ${lags.at(-1)} ms at the end`);
});

test('silence is shortened without a period in it', () => {
  const { lags } = play({ seconds: 30, sound: () => 0, transit: (beat) => (beat === 500 ? 400 : 5) });
  assert.ok(Math.max(...lags) > 300, 'the stall was there');
  assert.ok(lags.at(-1)! < 60, `lag ${lags.at(-1)} ms at the end`);
});

test('the label is that of the frame that is heard, not of the newest one', () => {
  let changedAt = -1;
  play({
    seconds: 5,
    transit: () => 5,
    labels: (beat) => (beat < 100 ? 1 : 2),
    each: (player, seconds) => {
      if (changedAt < 0 && player.label === 2) changedAt = seconds;
      if (player.channel !== -1 && changedAt >= 0) assert.ok(player.heardBeat >= 1100, `label 2 at beat ${player.heardBeat}`);
    },
  });
  assert.ok(changedAt > 2.02, `changed at ${changedAt} s; frame 100 leaves at 2.02 s`);
});

// ---- two tracks, pulled by hand ----

/** Feeds and pulls by the beat; `live` says which tracks get frames. */
class Hall {
  readonly player = new Playout();
  private quantum = 0;
  private beat = 1000;
  first = 0; // beat of the newest track
  live: number[] = [1];
  delayMs: (beat: number) => number = () => 0;
  private arrival = 0;
  sounds: Record<number, (position: number) => number> = { 1: tone, 2: tone };

  constructor() {
    this.player.open(1, 10, FRAME, 1);
    this.player.select(1);
  }

  /** Plays this long, and gives what was heard. */
  run(ms: number): Float32Array {
    const out = new Float32Array(Math.round((ms * 48) / 128) * 128);
    for (let at = 0; at < out.length; at += 128, this.quantum++) {
      const now = this.quantum * 128;
      while (Math.max(this.arrival, this.due(this.beat)) <= now) {
        this.arrival = Math.max(this.arrival, this.due(this.beat)); // TCP keeps the order
        this.feed(this.beat++, now, false);
      }
      this.player.pull(out.subarray(at, at + 128), now);
    }
    return out;
  }

  private due(beat: number): number {
    return (beat - 1000 + 1) * FRAME + 240 + this.delayMs(beat) * 48;
  }

  private feed(beat: number, now: number, history: boolean, tracks = this.live): void {
    for (const track of tracks) this.player.put(track, beat, track, history, frameOf(this.sounds[track]!, beat, track), now, now / 48);
  }

  /** As a server does it: the old stream ends, the new one comes with history. */
  change(from: number, to: number, history = 8, clock = 1): void {
    this.player.open(to, to * 10, FRAME, clock);
    this.live = [to, ...this.live.filter((track) => track !== from)];
    this.first = this.beat - history;
    for (let beat = this.beat - history; beat < this.beat; beat++) this.feed(beat, this.quantum * 128, true, [to]);
    this.player.select(to);
    this.player.close(from);
  }

  feedOnly(ms: number): void {
    const now = this.quantum * 128;
    for (let i = 0; i < ms / 20; i++) this.player.put(1, this.beat, 1, false, frameOf(tone, this.beat++), now, 1e6 + i * 20);
  }
}

test('a change of channel is at the same media time: the same tone goes on as if nothing had happened', () => {
  const hall = new Hall();
  hall.run(3000);
  hall.change(1, 2);
  const out = hall.run(500);
  assert.equal(hall.player.channel, 20);
  assert.equal(hall.player.counts.concealed, 0);
  // Equal power over two equal sounds is 3 dB louder in the middle, but nothing is missing and nothing clicks.
  assert.ok(quietest(out) > 0.45, `quietest ${quietest(out)}`);
  assert.ok(click(out, 0) < 4e-3, `click ${click(out, 0)}`);
});

test('a change of channel between different sounds takes 15 ms and leaves no hole', () => {
  const hall = new Hall();
  hall.sounds[2] = (position) => 0.5 * Math.sin((2 * Math.PI * 700 * position) / 48000);
  hall.run(3000);
  hall.change(1, 2);
  const out = hall.run(200);
  assert.equal(hall.player.channel, 20);
  assert.ok(quietest(out) > 0.3, `quietest ${quietest(out)}`);
  assert.ok(quietest(out.subarray(0, 40 * 48)) > 0.3);
});

test('a new channel without history: the old one is heard to its end, then the new one', () => {
  const hall = new Hall();
  hall.run(3000);
  hall.change(1, 2, 0);
  const out = hall.run(1000);
  assert.equal(hall.player.channel, 20);
  assert.ok(quietest(out) > 0.2, `quietest ${quietest(out)}`);
});

test('a channel of another media clock starts afresh', () => {
  const hall = new Hall();
  hall.run(2000);
  hall.change(1, 2, 8, 2);
  const out = hall.run(500);
  assert.equal(hall.player.channel, 20);
  assert.ok(quietest(out.subarray(200 * 48)) > 0.45);
});

test('hearing nothing is a fade to silence, and back', () => {
  const hall = new Hall();
  hall.run(1000);
  hall.player.select(0);
  const gone = hall.run(200);
  assert.equal(hall.player.channel, -1);
  assert.ok(click(gone, 0, 700) < 4e-3);
  assert.equal(loudest(gone.subarray(1000)), 0);
  hall.player.select(1);
  hall.run(100);
  assert.equal(hall.player.channel, 10);
});

test('a device that stood still goes on at the live edge', () => {
  const hall = new Hall();
  hall.run(2000);
  hall.feedOnly(1500);
  hall.run(500);
  const out = hall.run(1000);
  assert.ok(hall.player.delay.target < 0, 'the audio clock is behind now'); // 1.5 s of it are missing
  assert.ok(quietest(out) > 0.4, `quietest ${quietest(out)}`);
});

test('with a long delay the old channel is heard until the decoder of the new one has found its way', () => {
  const hall = new Hall();
  hall.delayMs = (beat) => (beat % 50 < 13 ? Math.min(260, 320 - 20 * (beat % 50)) : 0); // a target of about 270 ms
  hall.run(6000);
  const { concealed } = hall.player.counts;
  const warming = (beat: number) => Math.min(1, (beat - hall.first) / 5); // what a decoder gives of its first frames
  hall.sounds[2] = (position) => tone(position) * Math.max(0, warming(Math.floor(position / FRAME) + 1000));
  hall.change(1, 2);
  const out = hall.run(1500);
  assert.equal(hall.player.channel, 20);
  assert.equal(hall.player.counts.concealed, concealed);
  assert.ok(quietest(out) > 0.45, `quietest ${quietest(out)}`);
});

test('frames of a track that nobody knows are ignored, and closing twice is nothing', () => {
  const hall = new Hall();
  hall.run(500);
  hall.player.put(99, 5, 1, false, new Float32Array(FRAME), 0, 0);
  hall.player.close(99);
  hall.player.close(1);
  hall.player.close(1);
  assert.equal(hall.player.channel, 10); // what is there is still played
});

test('the dither is there when nothing else is, and it is 96 dB down', () => {
  const player = new Playout(48000, 1.6e-5);
  const out = new Float32Array(4800);
  player.pull(out, 0);
  assert.ok(loudest(out) > 1e-5 && loudest(out) <= 1.6e-5);
  assert.equal(player.peak, 0);
});

// ---- another line ----

/** When, in ms after `from`, the lag has come under this for good. */
function settledAfter(lags: number[], from: number, lag: number): number {
  const quantumMs = 128 / 48;
  let last = lags.length - 1;
  while (last >= 0 && lags[last]! <= lag) last--;
  return Math.max(0, last * quantumMs - from);
}

for (const outageMs of [600, 3000]) {
  test(`a line that was away for ${outageMs} ms, and comes back with all that was missed: the delay is soon what it was`, () => {
    const [cut, back] = [1000, 1000 + outageMs / 20];
    let told = false;
    const { player, lags } = play({
      seconds: 40,
      transit: (beat) => (beat >= cut && beat < back ? 5 + (back - beat) * 20 : 5),
      old: (beat) => beat >= cut && beat < back,
      each: (playing, seconds) => {
        if (!told && seconds > back * 0.02) {
          playing.newLine();
          told = true;
        }
      },
    });
    const after = settledAfter(lags, back * 20, 50);
    assert.ok(Math.max(...lags.slice(7500)) > outageMs * 0.9, 'the outage was there');
    assert.ok(after < 4000, `after ${after} ms`);
    assert.ok(player.delay.spread < 1000, 'what was missed says nothing about the line');
  });
}

test('a server that was started again, unsteady in its first second: the delay is what it was after a few', () => {
  const again = 1000; // the beat at which it is there again, with a media clock of its own
  const next = random(7);
  const { lags } = play({
    seconds: 40,
    clock: (beat) => (beat < again ? 1 : 2),
    transit: (beat) => (beat >= again - 100 && beat < again ? null : beat >= again && beat < again + 50 ? 5 + 400 * next() : 5),
  });
  const worst = Math.max(...lags.slice(7500));
  const after = settledAfter(lags.slice(7500 - 750), 2000, 50);
  assert.ok(worst > 200, `worst ${worst} ms: the unsteadiness was there`);
  assert.ok(after < 5500, `after ${after} ms`);
  assert.ok(median(lags.slice(-3000)) < 40);
});

// ---- the bed ----

/** Half a second of one pitch, half a second of another one, of five: a sound that fits itself at no other place. */
const hops = (position: number) => 0.4 * Math.sin((2 * Math.PI * [300, 470, 620, 350, 540][Math.floor(position / 24000) % 5]! * position) / 48000);
/** The channel upside down: when both are heard in time, to the sample, nothing is heard. */
const undone = (position: number) => -hops(position);

const lines = {
  'a clock that drifts by 300 ppm': { seconds: 60, transit: () => 5, ppm: 300 },
  'a clock that drifts by -300 ppm': { seconds: 60, transit: () => 5, ppm: -300 },
  'a device of 44.1 kHz': { seconds: 30, transit: () => 5, rate: 44100 },
  'stalls, and what is done to catch up': { seconds: 60, transit: (beat: number) => (beat % 200 > 100 && beat % 200 < 115 ? 5 + (115 - (beat % 200)) * 20 : 5) },
  'a line that gets worse and better': { seconds: 60, transit: (beat: number) => 5 + (beat % 1000 > 300 && beat % 1000 < 500 ? ((beat * 7919) % 150) : 0) },
  'lost frames': { seconds: 30, transit: (beat: number) => (beat > 100 && beat % 97 < 3 ? null : 5) },
  'a lag of seconds that is jumped over': { seconds: 30, transit: (beat: number) => (beat >= 500 && beat < 575 ? 5 + (575 - beat) * 20 : 5) },
};
for (const [name, line] of Object.entries(lines)) {
  test(`a bed is in time to the sample: ${name}`, () => {
    const { player, out } = play({ ...line, sound: hops, bed: undone });
    const settled = out.subarray(48000);
    assert.ok(loudest(settled) < 1e-6, `${loudest(settled)} is left`);
    assert.equal(player.bedTrack?.channel, 8);
    // And it is there at all: without its bed the channel is heard.
    assert.ok(loudest(play({ ...line, seconds: 5, sound: hops }).out) > 0.39);
  });
}

test('a gap of the bed alone is filled, and the channel is not touched by it', () => {
  const { player, out } = play({ seconds: 20, transit: () => 5, bed: () => 0.25, bedLost: (beat) => beat >= 500 && beat < 520, sound: () => 0.25 });
  assert.equal(player.counts.concealed, 0);
  assert.ok(Math.abs(player.bedCounts.concealed - 20 * FRAME) < 600, `${player.bedCounts.concealed} samples made up`);
  assert.ok(Math.abs(out[48000 * 5]! - 0.5) < 1e-3 && Math.abs(out[out.length - 1]! - 0.5) < 1e-3);
  assert.ok(Math.abs(out[Math.round((510 * 20 + 150) * 48)]! - 0.25) < 1e-3, 'in the gap the channel alone');
});

test('a bed alone plays, is steered, and counts', () => {
  const hall = new Hall();
  hall.player.select(0);
  hall.player.open(2, 20, FRAME, 1);
  hall.live = [2];
  hall.player.selectBed(2);
  hall.run(2000);
  const out = hall.run(1000);
  assert.ok(quietest(out) > 0.45 && loudest(out) < 0.51);
  assert.ok(click(out, 0) < CLEAN);
  assert.equal(hall.player.channel, -1);
  assert.equal(hall.player.bedTrack?.channel, 20);
  assert.ok(hall.player.bedCounts.played > 140);
});

/** A hall with a bed under channel 10: both the tone. */
function withBed(): Hall {
  const hall = new Hall();
  hall.run(1000);
  hall.live = [1, 2];
  hall.player.open(2, 20, FRAME, 1);
  hall.player.selectBed(2);
  hall.run(1000);
  return hall;
}

test('a bed comes in, goes, and changes its level without a click', () => {
  const hall = new Hall();
  hall.run(1000);
  hall.live = [1, 2];
  hall.player.open(2, 20, FRAME, 1);
  hall.player.selectBed(2);
  const coming = hall.run(1000);
  assert.ok(click(coming, 0) < 4e-3 && Math.abs(loudest(coming.subarray(24000)) - 1) < 1e-3);
  for (const [level, loud] of [[0.2, 0.6], [0, 0.5], [1, 1]] as const) {
    hall.player.setBedLevel(level);
    const out = hall.run(500);
    assert.ok(click(out, 0) < CLEAN, `click ${click(out, 0)} at ${level}`);
    assert.ok(Math.abs(loudest(out.subarray(4800)) - loud) < 1e-3, `${loudest(out.subarray(4800))} at ${level}`);
  }
  hall.player.selectBed(0);
  const going = hall.run(500);
  assert.ok(click(going, 0) < 4e-3 && Math.abs(loudest(going.subarray(4800)) - 0.5) < 1e-3);
});

test('the bed is silent while it is the channel that is heard, and comes back', () => {
  const hall = withBed();
  hall.player.select(2);
  const same = hall.run(1000);
  assert.deepEqual([hall.player.channel, hall.player.bedTrack?.channel], [20, undefined]);
  assert.ok(Math.abs(loudest(same.subarray(24000)) - 0.5) < 1e-3, `${loudest(same.subarray(24000))}`);
  hall.player.select(1);
  const back = hall.run(1000);
  assert.equal(hall.player.bedTrack?.channel, 20);
  assert.ok(Math.abs(loudest(back.subarray(24000)) - 1) < 1e-3);
  assert.ok(quietest(same) > 0.45 && quietest(back) > 0.45);
});

test('the bed is there from the start with the channel that is heard: silent until another one is', () => {
  const hall = new Hall();
  hall.player.selectBed(1);
  assert.ok(loudest(hall.run(1000)) < 0.501);
  hall.live = [1, 2];
  hall.player.open(2, 20, FRAME, 1);
  hall.player.select(2);
  hall.run(1000);
  assert.deepEqual([hall.player.channel, hall.player.bedTrack?.channel], [20, 10]);
});

test('another channel under which the bed goes on', () => {
  const hall = withBed();
  hall.live = [1, 2];
  hall.sounds[3] = tone;
  hall.change(1, 3);
  const out = hall.run(500);
  assert.deepEqual([hall.player.channel, hall.player.bedTrack?.channel], [30, 20]);
  assert.ok(quietest(out) > 0.95 && click(out, 0) < 4e-3);
});

test('the channel ends, the bed goes on; the channel comes back at the same place', () => {
  const hall = withBed();
  hall.player.select(0);
  const alone = hall.run(500);
  assert.ok(quietest(alone) > 0.45 && Math.abs(loudest(alone.subarray(4800)) - 0.5) < 1e-3);
  hall.player.select(1);
  const both = hall.run(500);
  assert.ok(quietest(both) > 0.45 && Math.abs(loudest(both.subarray(4800)) - 1) < 1e-3, 'in phase');
});

test('a bed of a media clock that is over ends with it, and the new one begins with the channel', () => {
  const hall = withBed();
  hall.player.open(4, 20, FRAME, 2);
  hall.sounds[3] = hall.sounds[4] = tone;
  hall.player.selectBed(4);
  hall.player.close(2);
  hall.live = [1, 4];
  const still = hall.run(200);
  assert.ok(quietest(still) > 0.45, 'the channel of the old clock is heard');
  hall.change(1, 3, 8, 2);
  hall.run(1000);
  assert.deepEqual([hall.player.channel, hall.player.bedTrack?.channel], [30, 20]);
  assert.ok(Math.abs(loudest(hall.run(200)) - 1) < 1e-3, 'in phase');
});
