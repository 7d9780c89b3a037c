// The figures of a meter, for reading: the highest peak since the last time they were written, once a second. Pure.

export class Reading {
  private peakDb = -Infinity;
  private loudness = -Infinity;

  take(peakDb: number, loudness: number): void {
    this.peakDb = Math.max(this.peakDb, peakDb);
    this.loudness = loudness;
  }

  /** The text of both, and a new beginning. */
  write(): { peak: string; loudness: string; over: boolean } {
    const { peakDb, loudness } = this;
    this.peakDb = -Infinity;
    return { peak: figure(peakDb, -99), loudness: figure(loudness, -69), over: peakDb >= -0.5 };
  }
}

/** "−12.5", or "–" for silence and for nothing. */
function figure(db: number, silence: number): string {
  return Number.isFinite(db) && db > silence ? db.toFixed(1).replace('-', '−') : '–';
}
