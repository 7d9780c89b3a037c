// Brings what somebody in a talk should hear to the session: their channel, and the other's voice under it. Calls it only when something
// has changed.
//
//   enter(), in a tap --> starting --playing--> on <--enter(), in a tap-- interrupted
//
// What was entered goes on by itself through lost lines. Only a phone that stops the sound (a call) needs another tap.

import type { Audible, Label } from '../../lib/protocol.js';
import type { Session } from '../../lib/session.js';
import { Watchdog } from '../room/sound-watchdog.js';
import type { SoundState } from './hearing.js';

export class TalkSound {
  state: SoundState = 'out';
  /** Of what is heard; null before the first sound of the channel. */
  label: Label | null = null;
  private channel: number | null = null;
  private other: string | null = null;
  private level = 0;
  private told: { channel: Audible | null; bed: Audible | null; level: number } = { channel: null, bed: null, level: -1 };
  private readonly watchdog = new Watchdog(() => this.state === 'on' && this.become('interrupted'));

  constructor(
    private readonly session: Session,
    private readonly changed: () => void,
  ) {
    session.on('heard', ({ channel, label }) => {
      if (channel !== this.channel) return;
      this.label = label;
      changed();
    });
    session.on('playing', ({ on }) => {
      if (!on) return;
      this.watchdog.fed();
      if (this.state === 'starting' || this.state === 'interrupted') this.become('on');
    });
  }

  /** Also the way out of an interruption. Must be called in the handler of a tap or key. */
  async enter(): Promise<void> {
    this.become('starting');
    this.apply();
    await this.session.startAudio().catch(() => this.state === 'starting' && this.become('interrupted'));
  }

  leave(): void {
    this.become('out');
    this.apply();
    this.session.stopAudio();
  }

  /** What the server says now. */
  follow(channel: number | null, other: string | null): void {
    if (channel !== this.channel) this.label = null;
    this.channel = channel;
    this.other = other;
    this.apply();
  }

  /** How loud the other's own voice is, 0 to 1. */
  original(level: number): void {
    this.level = level;
    this.apply();
  }

  private become(state: SoundState): void {
    this.state = state;
    if (state === 'out') this.label = null;
    this.changed();
  }

  /** The level goes before the bed, so that it never begins too loud. */
  private apply(): void {
    const { told, session } = this;
    const inside = this.state !== 'out';
    const channel = inside ? this.channel : null;
    const bed = inside && this.level > 0 ? this.other : null;
    if (this.level !== told.level) session.setBedVolume(this.level);
    if (bed !== told.bed) session.setBed(bed);
    if (channel !== told.channel && channel !== null) session.listen(channel).catch(() => undefined); // why is told as an `error`
    if (channel !== told.channel && channel === null) session.unlisten();
    this.told = { channel, bed, level: this.level };
  }
}
