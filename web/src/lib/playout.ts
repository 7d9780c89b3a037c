// The player without the loudspeaker: which sample is heard at which moment.
//
//     put(frames, as they come) -> Track (ring by media time) --------> Voice -> pull(128 samples)
//                 \-> DelayEstimator -- target --> decisions, Steering --^
//
// The model: the voice's `position` is the media time (in samples) that is heard now; "lag" = now - position. It is held at the
// estimator's target by moving the position, never by pausing. All channels of a room share the media clock, so a change of
// channel is a splice at the same position.
//
// When a frame is missing at the position:
//   - nothing newer is there: it is late. Sound is made up, the position waits, the lag grows, and is worked off afterwards.
//     An interpreter's words are worth more than some lag.
//   - something newer is there: the gap is true (the server skipped, the line was rebuilt). It lasts as long as it is long.
//
// Pure: `now` (the audio clock in samples at 48 kHz) is an argument. pull() does not allocate. Called by worklet/player.ts.

import { DelayEstimator, RATE } from './delay.js';
import { Steering } from './steering.js';
import { Track } from './track.js';
import { Voice } from './voice.js';

const MS = RATE / 1000;
const SWITCH_FADE = 15 * MS;
const RETURN_FADE = 10 * MS;
/** Frames came for this long, and nobody pulled: the audio device has stood still (an interrupted phone). */
const STOOD_STILL_MS = 300;

export interface PlayoutCounts {
  played: number; // frames entered
  late: number; // frames that came after their time had passed
  concealed: number; // samples made up
  skipped: number; // samples jumped over
}

export class Playout {
  readonly delay = new DelayEstimator();
  /** Highest absolute sample since it was last set to 0 by whoever shows it. */
  peak = 0;

  private readonly voice: Voice;
  private readonly steering = new Steering();
  private readonly tracks = new Map<number, Track>();
  private wanted: Track | null = null; // to be heard as soon as it can
  private clock = -1; // the media clock that `delay` is about
  private anchored = false; // the voice's position means something on that clock
  private late = 0;
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
    this.voice = new Voice(RATE / rate);
  }

  // ---- what is known from outside ----

  get counts(): PlayoutCounts {
    return { played: this.voice.played, late: this.late, concealed: this.voice.concealed, skipped: this.steering.skipped };
  }
  /** The track that is heard. */
  get track(): Readonly<Track> | null {
    return this.voice.track;
  }
  /** Its channel, -1 when none. */
  get channel(): number {
    return this.voice.track?.channel ?? -1;
  }
  /** The label of the frame that is heard. */
  get label(): number {
    return this.voice.label;
  }
  /** Media time that is heard now, in beats. */
  get heardBeat(): number {
    return this.voice.track ? this.voice.position / this.voice.track.frame : 0;
  }
  /** Samples that wait to be played. */
  get buffered(): number {
    return this.voice.track && this.voice.mode === 'play' ? this.voice.track.ahead(this.voice.position) : 0;
  }

  // ---- tracks and frames ----

  open(id: number, channel: number, frame: number, clock: number): void {
    this.tracks.set(id, new Track(id, channel, frame, clock));
  }

  /** No more frames will come for it; what is there is played until another track takes over. */
  close(id: number): void {
    const track = this.tracks.get(id);
    if (!track) return;
    if (track === this.wanted) this.wanted = null;
    if (track === this.voice.track) track.doomed = true;
    else this.tracks.delete(id);
  }

  /** From now on this track is to be heard, as soon as it can; 0: nothing. */
  select(id: number): void {
    const track = this.tracks.get(id) ?? null;
    this.wanted = track === this.voice.track ? null : track;
    if (track || !this.voice.track) return;
    this.voice.splice(SWITCH_FADE, true);
    this.leave();
    this.voice.stop();
    this.anchored = false;
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
    if (track.clock !== (this.wanted ?? this.voice.track)?.clock) return;
    if (track.clock !== this.clock) this.newClock(track.clock);
    this.delay.add(now - beat * track.frame, track.frame);
    if (track === this.voice.track && this.anchored && (beat + 1) * track.frame <= this.voice.position) this.late++;
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
      const sample = this.voice.next();
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
    if (!this.anchored) this.wanted ??= this.voice.track;
    if (this.wanted) this.trySwitch(this.wanted);
    const { track } = this.voice;
    if (!track || !this.anchored || !this.delay.ready) return;
    if (this.voice.mode === 'conceal') this.tryReturn(track);
    if (this.voice.mode === 'play') this.steering.steer(this.voice, track, this.now, this.delay.target);
  }

  /** Goes over to the wanted track at the first moment at which both sides of the splice are there. */
  private trySwitch(track: Track): void {
    const { position, mode } = this.voice;
    if (!this.anchored || track.clock !== this.voice.track?.clock) {
      if (this.delay.ready && track.clock === this.clock) this.takeWhenDue(track, Math.floor(this.now - this.delay.target));
      return;
    }
    const silent = mode === 'conceal';
    if (track.has(position) && (silent || track.warm(position))) this.take(track, position);
    else if (silent) this.takeWhenDue(track, position);
  }

  /** The sound from `position` on, or the first that is there after it, when its time has come. */
  private takeWhenDue(track: Track, position: number): void {
    const first = track.has(position) ? position : track.firstFrom(position);
    if (first >= 0 && this.now >= first + this.delay.target - 1) this.take(track, first);
  }

  private take(track: Track, position: number): void {
    this.voice.splice(SWITCH_FADE, true);
    if (track !== this.voice.track) this.leave();
    this.voice.move(track, position);
    this.wanted = null;
    this.anchored = true;
  }

  /** The voice's track is not heard any more, but for the tail. */
  private leave(): void {
    if (this.voice.track?.doomed) this.tracks.delete(this.voice.track.id);
  }

  /** The sound was missing: goes on where it stopped, or after the gap when that is over. */
  private tryReturn(track: Track): void {
    let to = this.voice.position;
    if (!track.has(to)) {
      to = track.firstFrom(to);
      if (to < 0 || this.now < to + this.delay.target) return;
    }
    this.voice.splice(RETURN_FADE, false);
    this.voice.move(track, to);
  }
}
