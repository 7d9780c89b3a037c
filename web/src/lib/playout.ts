// The player without the loudspeaker: which sample is heard at which moment.
//
//     put(frames, as they come) -> Track (ring by media time) --read at `position`--> voice -> splice -> pull(128 samples)
//                 \-> DelayEstimator -- target --> steer: rate, periods taken out or put in, jumps
//
// The model: `position` is the media time (in samples) that is heard now; "lag" = now - position. It is held at the
// estimator's target by moving the position, never by pausing. One mechanism makes every change click-free, the splice: what
// would have been heard next is rendered into `tail`, then the position (or track, or mode) changes, and the tail fades into the new.
// All channels of a room share the media clock, so a change of channel is a splice at the same position.
//
// When a frame is missing at `position`:
//   - nothing newer is there: it is late. Sound is made up, the position waits, the lag grows, and is worked off afterwards.
//     An interpreter's words are worth more than some lag.
//   - something newer is there: the gap is true (the server skipped, the line was rebuilt). It lasts as long as it is long.
//
// Pure: `now` (the audio clock in samples at 48 kHz) is an argument. pull() does not allocate. Called by worklet/player.ts.

import { Concealer } from './conceal.js';
import { DelayEstimator, RATE } from './delay.js';
import { COMPARED, findPeriod, PERIOD_MAX, PERIOD_MIN, power } from './pitch.js';
import { Track } from './track.js';

const MS = RATE / 1000;
const SWITCH_FADE = 15 * MS;
const RETURN_FADE = 10 * MS;
const PERIOD_FADE = 5 * MS;
const TAIL_MAX = SWITCH_FADE;

/** An error below this is left alone; steering that has begun goes on until it is below the second one. */
const UNTOUCHED = 4 * MS;
const SETTLED = 0.5 * MS;
/** Up to here the rate alone does it: 0.2 % to 0.5 %, which nobody hears. */
const RATE_ENOUGH = 15 * MS;
const RATE_LEAST = 0.002;
const RATE_MOST = 0.005;
/** Whoever lags by more than this above the target is moved at once; it is counted. The last resort. */
const JUMP = 800 * MS;
/** Quieter than -50 dBFS any 10 ms can go. */
const QUIET = 1e-5;
const QUIET_STEP = 10 * MS;
/** How well a period must fit; a large lag is worth a worse fit. */
const FIT = 0.6;
const FIT_HASTY = 0.3;
const HASTY = 150 * MS;
/** Frames came for this long, and nobody pulled: the audio device has stood still (an interrupted phone). */
const STOOD_STILL_MS = 300;

const enum Mode {
  Idle,
  Play,
  Conceal,
}

export interface PlayoutCounts {
  played: number; // frames entered
  late: number; // frames that came after their time had passed
  concealed: number; // samples made up
  skipped: number; // samples jumped over
}

export class Playout {
  readonly counts: PlayoutCounts = { played: 0, late: 0, concealed: 0, skipped: 0 };
  readonly delay = new DelayEstimator();
  /** Highest absolute sample since it was last set to 0 by whoever shows it. */
  peak = 0;

  private readonly tracks = new Map<number, Track>();
  private current: Track | null = null;
  private wanted: Track | null = null;
  private mode: Mode = Mode.Idle;
  private position = 0;
  private clockOf = -1; // the media clock that `delay` is about
  private anchored = false; // `position` means something on the clock of `current`
  private beat = -1; // the frame that `position` was in at the last sample
  private counted = -1; // the newest beat that is in counts.played
  private labelNow = 0;
  private now = 0;

  private adjustment = 0; // of the rate
  private steering = false;
  private settling = false; // the adjustment ends when the position is whole again
  private nextPeriodAt = 0;
  private readonly concealer = new Concealer();
  private readonly scratch = new Float32Array(PERIOD_MAX + COMPARED);
  private readonly found = { samples: 0, fit: 0 };

  private readonly tail = new Float32Array(TAIL_MAX);
  private fade = 0; // length of the running splice, 0 when there is none
  private faded = 0;
  private equalPower = false;

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
    this.step = RATE / rate;
  }
  private readonly step: number; // media samples for each sample of the device

  // ---- what is known from outside ----

  /** The channel that is heard, -1 when none. */
  get channel(): number {
    return this.mode === Mode.Idle || !this.current ? -1 : this.current.channel;
  }
  /** The label of the frame that is heard. */
  get label(): number {
    return this.labelNow;
  }
  /** Media time that is heard now, in beats of the track with the number `track`. */
  get heardBeat(): number {
    return this.current ? this.position / this.current.frame : 0;
  }
  get track(): number {
    return this.current?.id ?? 0;
  }
  /** Samples that wait to be played. */
  get buffered(): number {
    return this.current && this.mode === Mode.Play ? this.current.ahead(this.position) : 0;
  }

  open(id: number, channel: number, frame: number, clock: number): void {
    this.tracks.set(id, new Track(id, channel, frame, clock));
  }

  /** No more frames will come for it; what is there is played until another track takes over. */
  close(id: number): void {
    const track = this.tracks.get(id);
    if (!track) return;
    if (track === this.wanted) this.wanted = null;
    if (track === this.current) track.doomed = true;
    else this.tracks.delete(id);
  }

  /** From now on this track is to be heard, as soon as it can; 0: nothing. */
  select(id: number): void {
    const track = this.tracks.get(id) ?? null;
    this.wanted = track === this.current ? null : track;
    if (!track && this.current) this.fallSilent();
  }

  private fallSilent(): void {
    this.splice(SWITCH_FADE, true);
    this.leave();
    this.current = null;
    this.mode = Mode.Idle;
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
    const heard = this.wanted ?? this.current;
    if (track !== heard && track.clock !== heard?.clock) return;
    if (track === this.wanted && track.clock !== this.current?.clock && !this.anchoredTo(track)) this.newClock(track);
    this.delay.add(now - beat * track.frame, track.frame);
    const over = (beat + 1) * track.frame <= this.position;
    if (track === this.current && this.anchored && over) this.counts.late++;
  }

  private anchoredTo(track: Track): boolean {
    return this.clockOf === track.clock;
  }
  private newClock(track: Track): void {
    this.delay.reset();
    this.clockOf = track.clock;
    this.anchored = false;
    this.counted = -1;
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
    this.control();
    let peak = this.peak;
    for (let i = 0; i < out.length; i++) {
      const sample = this.sample();
      this.concealer.push(sample);
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

  private control(): void {
    if (this.current && !this.anchored && !this.wanted) this.wanted = this.current;
    if (this.wanted) this.trySwitch(this.wanted);
    if (!this.current || !this.anchored) return;
    if (this.mode === Mode.Conceal) this.tryReturn(this.current);
    if (this.mode === Mode.Play) this.steer(this.current);
  }

  /** Goes over to the wanted track at the first moment at which both sides of the splice are there. */
  private trySwitch(track: Track): void {
    if (this.anchored && this.current && track.clock === this.current.clock) {
      const silent = this.mode === Mode.Conceal;
      if (track.has(this.position) && (silent || track.warm(this.position))) this.take(track, this.position);
      else if (silent) this.takeWhenDue(track, this.position);
      return;
    }
    if (this.delay.ready && this.anchoredTo(track)) this.takeWhenDue(track, Math.floor(this.now - this.delay.target));
  }

  /** The sound from `position` on, or the first that is there after it, when its time has come. */
  private takeWhenDue(track: Track, position: number): void {
    const first = track.has(position) ? position : track.firstFrom(position);
    if (first >= 0 && this.now >= first + this.delay.target - 1) this.take(track, first);
  }

  private take(track: Track, position: number): void {
    this.splice(SWITCH_FADE, true);
    if (track !== this.current) this.leave();
    this.current = track;
    this.wanted = null;
    this.anchored = true;
    this.clockOf = track.clock;
    this.move(position);
  }

  /** The current track is not heard any more, but for the tail. */
  private leave(): void {
    if (this.current?.doomed) this.tracks.delete(this.current.id);
  }

  private move(position: number): void {
    this.position = position;
    this.beat = -1;
    this.mode = Mode.Play;
  }

  /** The sound was missing: goes on where it stopped, or after the gap when that is over. */
  private tryReturn(track: Track): void {
    let to = this.position;
    if (!track.has(to)) {
      to = track.firstFrom(to);
      if (to < 0 || this.now < to + this.delay.target) return;
    }
    this.splice(RETURN_FADE, false);
    this.move(to);
  }

  /** Holds the lag at the target. */
  private steer(track: Track): void {
    const error = this.now - this.position - this.delay.target; // positive: we are late
    const size = Math.abs(error);
    if (this.fade > 0 || !this.delay.ready) return;
    if (error > JUMP && this.jump(track)) return;
    this.steering = size > UNTOUCHED || (this.steering && size > SETTLED);
    if (!this.steering) {
      this.settle();
      return;
    }
    this.settling = false;
    const share = Math.min(1, Math.max(0, (size - UNTOUCHED) / (RATE_ENOUGH - UNTOUCHED)));
    this.adjustment = Math.sign(error) * (RATE_LEAST + share * (RATE_MOST - RATE_LEAST));
    if (size > RATE_ENOUGH && this.now >= this.nextPeriodAt) this.movePeriod(track, error);
  }

  /** Back to untouched samples: read() does it at the next whole position, because less than that would click. */
  private settle(): void {
    if (this.adjustment !== 0) this.settling = true;
  }

  private jump(track: Track): boolean {
    const to = Math.floor(this.now - this.delay.target);
    if (!track.has(to)) return false;
    this.counts.skipped += to - this.position;
    this.splice(SWITCH_FADE, true);
    this.move(to);
    return true;
  }

  /** Takes one period out (we are late) or puts one in (we are early). */
  private movePeriod(track: Track, error: number): void {
    this.nextPeriodAt = this.now + (error > HASTY ? 20 : 40) * MS;
    const from = Math.floor(this.position);
    const late = error > 0;
    const spare = late ? track.ahead(from) - COMPARED - 2 * PERIOD_FADE : PERIOD_MAX;
    const longest = Math.min(PERIOD_MAX, Math.floor(spare), Math.floor(Math.abs(error)));
    if (longest < PERIOD_MIN) return;
    if (!track.copy(late ? from : from - longest, this.scratch, longest + COMPARED)) return;
    const period = this.choosePeriod(longest, late, Math.abs(error) > HASTY ? FIT_HASTY : FIT);
    if (period === 0) return;
    const to = this.position + (late ? period : -period);
    this.splice(PERIOD_FADE, false);
    this.move(to);
  }

  /** How far to move, by the sound in `scratch`; 0: better not here. */
  private choosePeriod(longest: number, late: boolean, fit: number): number {
    if (power(this.scratch, 0, longest + COMPARED) < QUIET) return Math.min(QUIET_STEP, longest);
    if (late) findPeriod(this.scratch, 0, longest, this.found);
    else this.findPeriodBack(longest);
    return this.found.fit > fit ? this.found.samples : 0;
  }

  /** As findPeriod, but compares the sound at the end of `scratch` with the sound before it. */
  private findPeriodBack(longest: number): void {
    this.scratch.subarray(0, longest + COMPARED).reverse();
    findPeriod(this.scratch, 0, longest, this.found);
  }

  // ---- samples ----

  /** Renders what would be heard next into the tail, from where it fades into what the caller changes now. */
  private splice(length: number, equalPower: boolean): void {
    const { played, concealed } = this.counts;
    const { labelNow, counted } = this;
    const mark = this.concealer.mark();
    for (let i = 0; i < length; i++) {
      // A running splice reads the tail at an index that is never below the one written here.
      const sample = this.sample();
      this.concealer.push(sample);
      this.tail[i] = sample;
    }
    this.concealer.rewind(mark);
    this.counts.played = played;
    this.counts.concealed = concealed;
    this.labelNow = labelNow;
    this.counted = counted;
    this.fade = length;
    this.faded = 0;
    this.equalPower = equalPower;
  }

  /** The next sample that is heard. */
  private sample(): number {
    const fresh = this.voice();
    if (this.fade === 0) return fresh;
    const share = (this.faded + 0.5) / this.fade;
    const old = this.tail[this.faded]!;
    if (++this.faded === this.fade) this.fade = 0;
    if (!this.equalPower) {
      const gain = 0.5 - 0.5 * Math.cos(Math.PI * share);
      return old + (fresh - old) * gain;
    }
    const angle = (Math.PI / 2) * share;
    return old * Math.cos(angle) + fresh * Math.sin(angle);
  }

  private voice(): number {
    if (this.mode === Mode.Play) return this.read();
    if (this.mode === Mode.Idle) return 0;
    this.counts.concealed++;
    return this.concealer.next();
  }

  private read(): number {
    const track = this.current!;
    const beat = Math.floor(this.position / track.frame);
    if (beat !== this.beat && !this.enter(track, beat)) return this.voice();
    const plain = this.adjustment === 0 && this.step === 1;
    const sample = plain ? track.at(this.position) : track.between(this.position);
    this.position += this.step * (1 + this.adjustment);
    if (this.settling) this.trySettle();
    return sample;
  }

  private trySettle(): void {
    const whole = Math.round(this.position);
    if (this.step === 1 && Math.abs(this.position - whole) > Math.abs(this.adjustment)) return;
    if (this.step === 1) this.position = whole;
    this.adjustment = 0;
    this.settling = false;
  }

  /** The position has come into another frame; when that is missing, sound is made up from here on. */
  private enter(track: Track, beat: number): boolean {
    if (!track.hasBeat(beat)) {
      this.position = Math.ceil(this.position);
      this.mode = Mode.Conceal;
      this.concealer.start();
      return false;
    }
    this.beat = beat;
    this.labelNow = track.label(beat);
    if (beat > this.counted) this.counts.played++;
    this.counted = Math.max(this.counted, beat);
    return true;
  }
}
