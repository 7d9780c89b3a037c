// The player without the loudspeaker: which sample is heard at which moment.
//
//     put(frames, as they come) -> Tracks (rings by media time) ----------> Pair -> pull(128 samples)
//                 \-> DelayEstimator -- target --> decisions, Steering --^
//
// The model: the pair's `position` is the media time (in samples) that is heard now; "lag" = now - position. It is held at the
// estimator's target by moving the position, never by pausing. All channels of a room share the media clock, so a change of
// channel is a splice at the same position, and the channel of the bed is read at the position of the main one.
//
// When a frame is missing at the position:
//   - nothing newer is there: it is late. Sound is made up, the position waits, the lag grows, and is worked off afterwards.
//     An interpreter's words are worth more than some lag.
//   - something newer is there: the gap is true (the server skipped, the line was rebuilt). It lasts as long as it is long.
// A gap of the bed alone is filled, and nothing waits for it.
//
// Tracks may have frames of different lengths. One with longer frames that is wanted makes the lag grow before it is heard, and one that is
// heard no more lets it shrink.
//
// Pure: `now` (the audio clock in samples at 48 kHz) is an argument. pull() does not allocate. Called by worklet/player.ts.

import { DelayEstimator, RATE } from './delay.js';
import { Pair } from './pair.js';
import type { Audible } from '../lib/protocol.js';
import { Steering } from './steering.js';
import { Track } from './track.js';
import type { Voice } from './voice.js';

const MS = RATE / 1000;
const SWITCH_FADE = 15 * MS;
const RETURN_FADE = 10 * MS;
/** Frames came for this long, and nobody pulled: the audio device has stood still (an interrupted phone). */
const STOOD_STILL_MS = 300;

export interface PlayoutCounts {
  played: number; // frames entered
  late: number; // frames that came after their time had passed
  concealed: number; // samples made up
}

/** One of the two that are heard. */
class Part {
  /** To be heard as soon as it can. */
  wanted: Track | null = null;
  constructor(readonly voice: Voice) {}

  get next(): Track | null {
    return this.wanted ?? this.voice.track;
  }
  want(track: Track | null): void {
    this.wanted = track === this.voice.track ? null : track;
  }
}

export class Playout {
  readonly delay = new DelayEstimator();
  /** Highest absolute sample since it was last set to 0 by whoever shows it. */
  peak = 0;

  private readonly pair: Pair;
  private readonly main: Part;
  private readonly bed: Part;
  private readonly steering = new Steering();
  private readonly tracks = new Map<number, Track>();
  private fed = 0; // tracks that get frames
  private clock = -1; // the media clock that `delay` is about
  private anchored = false; // the position means something on that clock
  private now = 0;
  private firstArrivalMs = -1; // since the last pull
  private stoodStill = false;
  private noise = 1;

  /**
   * @param rate of the device, Hz
   * @param dither amplitude of the noise that is always there: some systems end the sound of a page that is digitally silent
   */
  constructor(
    rate = RATE,
    private readonly dither = 0,
  ) {
    this.pair = new Pair(rate, RATE / rate);
    this.main = new Part(this.pair.main);
    this.bed = new Part(this.pair.bed);
  }

  // ---- what is known from outside ----

  get counts(): PlayoutCounts {
    return this.main.voice;
  }
  get bedCounts(): PlayoutCounts {
    return this.bed.voice;
  }
  /** Samples jumped over. */
  get skipped(): number {
    return this.steering.skipped;
  }
  /** The track that is heard. */
  get track(): Readonly<Track> | null {
    return this.main.voice.track;
  }
  /** The track of the bed; null also while it is the one that is heard anyhow. */
  get bedTrack(): Readonly<Track> | null {
    return this.bed.voice.track;
  }
  /** The channel (or source) that is heard, -1 when none. */
  get channel(): Audible {
    return this.track?.channel ?? -1;
  }
  /** The label of the frame that is heard. */
  get label(): number {
    return this.main.voice.label;
  }
  /** Media time that is heard now, in beats. */
  get heardBeat(): number {
    const { track } = this.pair.lead;
    return track ? this.pair.position / track.frame : 0;
  }
  /** The same in ms. */
  get heardMs(): number {
    return this.pair.lead.track ? this.pair.position / MS : 0;
  }
  /** Samples that wait to be played. */
  get buffered(): number {
    return this.waiting(this.main.voice);
  }
  get bedBuffered(): number {
    return this.waiting(this.bed.voice);
  }
  private waiting({ track, mode }: Voice): number {
    return track && mode === 'play' ? track.ahead(this.pair.position) : 0;
  }

  // ---- tracks and frames ----

  open(id: number, channel: Audible, frame: number, clock: number): void {
    this.tracks.set(id, new Track(id, channel, frame, clock));
    this.fed++;
  }

  /** No more frames will come for it; what is there is played until another track takes over. */
  close(id: number): void {
    const track = this.tracks.get(id);
    if (!track || track.doomed) return;
    track.doomed = true;
    this.fed--;
    for (const part of [this.main, this.bed]) if (part.wanted === track) part.wanted = null;
    this.forget(track);
  }

  /** It goes when nobody feeds it and nobody hears it. */
  private forget(track: Track | null): void {
    if (track?.doomed && track !== this.main.voice.track && track !== this.bed.voice.track) this.tracks.delete(track.id);
  }

  /** From now on this track is to be heard, as soon as it can; 0: nothing. */
  select(id: number): void {
    this.main.want(this.tracks.get(id) ?? null);
    if (!this.tracks.has(id)) this.end(this.main);
  }

  /** From now on this track is to be the bed, as soon as it can, but not while it is the one that is heard; 0: none. */
  selectBed(id: number): void {
    this.bed.want(this.tracks.get(id) ?? null);
    if (!this.tracks.has(id)) this.end(this.bed);
  }

  /** How loud the bed is, as a factor. */
  setBedLevel(level: number): void {
    this.pair.level.set(level);
  }

  private end({ voice }: Part): void {
    const { track } = voice;
    if (!track) return;
    this.pair.end(voice, SWITCH_FADE);
    this.forget(track);
    if (!this.pair.lead.track) this.anchored = false;
  }

  /**
   * A frame has come.
   * @param history older than now: it says nothing about the line
   * @param now the audio clock; arrivedMs: the network's, of any origin
   */
  put(id: number, beat: number, label: number, history: boolean, pcm: Float32Array, now: number, arrivedMs: number): void {
    const track = this.tracks.get(id);
    if (!track) return;
    track.put(beat, label, pcm);
    if (history) return;
    this.watchDevice(arrivedMs);
    if (track.clock !== (this.main.next ?? this.bed.next)?.clock) return;
    if (track.clock !== this.clock) this.newClock(track.clock);
    this.delay.add(now - (beat + 1) * track.frame, track.frame / Math.max(1, this.fed));
    if (this.anchored && (beat + 1) * track.frame <= this.pair.position) this.countLate(track);
  }

  /** What is played is this much older than now: as much as the line needs, and the longest frame that is played or soon will be. */
  private get lag(): number {
    let longest = 0;
    for (const { voice, wanted } of [this.main, this.bed]) longest = Math.max(longest, voice.track?.frame ?? 0, wanted?.frame ?? 0);
    return this.delay.target + longest;
  }

  private countLate(track: Track): void {
    if (track === this.main.voice.track) this.main.voice.late++;
    if (track === this.bed.voice.track) this.bed.voice.late++;
  }

  /** The frames come by another line from now on: what was measured says nothing about it. */
  newLine(): void {
    this.delay.reset();
  }

  private newClock(clock: number): void {
    this.delay.reset();
    this.clock = clock;
    this.anchored = false;
  }

  /** Frames over a while of the network's time, and no pull: the audio clock stood still and says nothing about the line. */
  private watchDevice(arrivedMs: number): void {
    if (this.firstArrivalMs < 0) this.firstArrivalMs = arrivedMs;
    else if (arrivedMs - this.firstArrivalMs > STOOD_STILL_MS) this.stoodStill = true;
  }

  // ---- the audio thread's call ----

  /** Fills `out` with what is heard from `now` on. */
  pull(out: Float32Array, now: number): void {
    this.now = now;
    this.firstArrivalMs = -1;
    if (this.stoodStill) this.restart();
    this.decide();
    let peak = this.peak;
    for (let i = 0; i < out.length; i++) {
      const sample = this.pair.next();
      if (sample > peak) peak = sample;
      else if (-sample > peak) peak = -sample;
      out[i] = sample + this.hiss();
    }
    this.peak = peak;
  }

  /** White noise of the dither's amplitude, by a linear congruential generator. */
  private hiss(): number {
    if (this.dither === 0) return 0;
    this.noise = (Math.imul(this.noise, 1664525) + 1013904223) | 0;
    return (this.noise / 2147483648) * this.dither;
  }

  private restart(): void {
    this.stoodStill = false;
    this.delay.reset();
    this.anchored = false;
  }

  // ---- decisions, once for each pull ----

  private decide(): void {
    if (!this.anchored) this.anchorAgain();
    if (this.main.wanted) this.trySwitch(this.main, this.main.wanted);
    this.holdDelay();
    this.decideBed();
  }

  private holdDelay(): void {
    const { lead } = this.pair;
    if (!lead.track || !this.anchored || !this.delay.ready) return;
    if (lead.mode === 'conceal') this.tryReturn(lead, lead.track);
    if (lead.mode === 'play') this.steering.steer(this.pair, lead.track, this.now, this.lag);
  }

  /** Whoever leads has to find its place again, and takes the other with it. */
  private anchorAgain(): void {
    const part = this.main.next ? this.main : this.bed;
    part.wanted ??= part.voice.track;
  }

  /** The bed leads while nothing else is heard. */
  private decideBed(): void {
    const { voice, wanted } = this.bed;
    const heard = this.main.voice.track;
    if (heard && (voice.track === heard || wanted === heard)) this.hush(heard);
    else if (heard) this.follow();
    else if (wanted) this.trySwitch(this.bed, wanted);
  }

  /** The bed is what is heard anyhow: silent, and wanted again when that is over. */
  private hush(heard: Track): void {
    this.bed.wanted ??= heard.doomed ? null : heard;
    this.end(this.bed);
  }

  /** The bed comes in, or comes back from its own gap, as soon as it has something where the channel is. */
  private follow(): void {
    const { voice, wanted } = this.bed;
    const { position } = this.pair;
    const silent = voice.mode === 'conceal';
    if (wanted && this.meets(wanted) && (silent || wanted.warm(position))) this.take(this.bed, wanted, position);
    else if (voice.track && silent && this.meets(voice.track)) this.pair.change(voice, voice.track, RETURN_FADE, false);
  }

  /** Whether a track has sound where the leader is. */
  private meets(track: Track): boolean {
    const { lead, position } = this.pair;
    return this.anchored && lead.mode === 'play' && track.clock === lead.track?.clock && track.has(position);
  }

  /** The leader goes over to another track at the first moment at which both sides of the splice are there. */
  private trySwitch(part: Part, track: Track): void {
    const { lead, position } = this.pair;
    if (!this.anchored || track.clock !== lead.track?.clock) {
      if (this.delay.ready && track.clock === this.clock) this.takeWhenDue(part, track, Math.floor(this.now - this.lag));
      return;
    }
    const silent = lead.mode === 'conceal';
    if (track.has(position) && (silent || track.warm(position))) this.take(part, track, position);
    else if (silent) this.takeWhenDue(part, track, position);
  }

  /** The sound from `position` on, or the first that is there after it, when its time has come. */
  private takeWhenDue(part: Part, track: Track, position: number): void {
    const first = track.has(position) ? position : track.firstFrom(position);
    if (first >= 0 && this.now >= first + this.lag - 1) this.take(part, track, first);
  }

  private take(part: Part, track: Track, position: number): void {
    const before = part.voice.track;
    const here = this.anchored && position === this.pair.position && track.clock === this.pair.lead.track?.clock;
    const alike = before?.channel === track.channel; // the same sound encoded in another way: half and half of it is as loud as all of it
    if (here) this.pair.change(part.voice, track, SWITCH_FADE, !alike);
    else this.pair.jump(part.voice, track, position, SWITCH_FADE, true);
    part.wanted = null;
    this.anchored = true;
    if (before !== track) this.forget(before);
  }

  /** The sound was missing: goes on where it stopped, or after the gap when that is over. */
  private tryReturn(voice: Voice, track: Track): void {
    let to = this.pair.position;
    if (!track.has(to)) {
      to = track.firstFrom(to);
      if (to < 0 || this.now < to + this.lag) return;
    }
    this.pair.jump(voice, track, to, RETURN_FADE, false);
  }
}
