// Bass and treble: two shelves between the player and the volume, taken out of the chain while they do nothing.
//
// A shelf of 0 dB passes everything as it is: so the chain is changed only while both are at 0 dB, and the gain goes from there.
// Main thread; made anew with each audio context.

export interface ToneSettings {
  bass_db: number;
  treble_db: number;
}

const BASS_HZ = 200;
const TREBLE_HZ = 4000;
const MOST_DB = 12;
/** Time constant of a change, s. */
const EASE = 0.03;
/** After this a change is over, ms. */
const EASED_MS = 300;

export class Tone {
  private readonly bass: BiquadFilterNode;
  private readonly treble: BiquadFilterNode;
  private inside = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly context: AudioContext,
    private readonly source: AudioNode,
    private readonly sink: AudioNode,
  ) {
    this.bass = new BiquadFilterNode(context, { type: 'lowshelf', frequency: BASS_HZ });
    this.treble = new BiquadFilterNode(context, { type: 'highshelf', frequency: TREBLE_HZ });
    this.bass.connect(this.treble);
    source.connect(sink);
  }

  set({ bass_db, treble_db }: ToneSettings): void {
    clearTimeout(this.timer);
    if (bass_db === 0 && treble_db === 0) this.timer = setTimeout(() => this.route(false), EASED_MS);
    else this.route(true);
    this.ease(this.bass.gain, bass_db);
    this.ease(this.treble.gain, treble_db);
  }

  private ease(gain: AudioParam, db: number): void {
    gain.setTargetAtTime(Math.min(MOST_DB, Math.max(-MOST_DB, db)), this.context.currentTime, EASE);
  }

  private route(inside: boolean): void {
    if (inside === this.inside) return;
    this.inside = inside;
    this.source.disconnect();
    this.treble.disconnect();
    this.source.connect(inside ? this.bass : this.sink);
    if (inside) this.treble.connect(this.sink);
  }
}
