// How a level meter moves: up at once, down slowly, with the highest peak held for a moment. Pure: time is an argument.
// The fall is that of a programme meter of type I (IEC 60268-10: 20 dB in 1.7 s).

export const FLOOR_DB = -60;
const FALL_DB_PER_MS = 20 / 1700;
const HOLD_MS = 1500;

export class Ballistics {
  db = FLOOR_DB;
  holdDb = FLOOR_DB;
  private atMs = 0;
  private heldMs = 0;

  /** A new reading, or none (`-Infinity`) to let it fall. */
  read(peakDb: number, nowMs: number): void {
    const fallen = this.db - Math.max(0, nowMs - this.atMs) * FALL_DB_PER_MS;
    this.atMs = nowMs;
    this.db = clamp(Math.max(peakDb, fallen));
    if (this.db >= this.holdDb || nowMs - this.heldMs > HOLD_MS) {
      this.holdDb = this.db;
      this.heldMs = nowMs;
    }
  }

  /** Nothing moves any more: the picture need not be drawn again. */
  get atRest(): boolean {
    return this.db <= FLOOR_DB && this.holdDb <= FLOOR_DB;
  }
}

/** Where a level stands on a scale from FLOOR_DB to 0 dBFS: 0 .. 1. */
export function share(db: number): number {
  return (clamp(db) - FLOOR_DB) / -FLOOR_DB;
}

function clamp(db: number): number {
  return Number.isFinite(db) ? Math.min(0, Math.max(FLOOR_DB, db)) : FLOOR_DB;
}
