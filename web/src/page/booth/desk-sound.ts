// Brings what a desk should hear to the session: volume, mute while it speaks to the floor, tone, and the boothmate's bed. Calls it
// only when something has changed.

import type { Desk, Room } from '../../lib/protocol.js';
import type { Session } from '../../lib/session.js';
import { bedOf, mutedOf } from './feed.js';

export class DeskSound {
  muted = false;
  private level = 1;
  private readonly tone = { bass_db: 0, treble_db: 0 };
  private bed: number | null = null;

  constructor(private readonly session: Session) {}

  /** What the server says now; without a line the bed goes, because who holds it is not known. */
  follow(room: Room, desk: Desk | null, known: boolean): void {
    const bed = desk && known ? bedOf(room, desk) : null;
    if (bed !== this.bed) this.session.setBed((this.bed = bed));
    const muted = desk !== null && mutedOf(room, desk);
    if (muted === this.muted) return;
    this.muted = muted;
    this.volume(this.level);
  }

  volume(level: number): void {
    this.level = level;
    this.session.setVolume(this.muted ? 0 : level);
  }

  mate(level: number): void {
    this.session.setBedVolume(level);
  }

  bass(db: number): void {
    this.tone.bass_db = db;
    this.session.setTone({ ...this.tone });
  }

  treble(db: number): void {
    this.tone.treble_db = db;
    this.session.setTone({ ...this.tone });
  }
}
