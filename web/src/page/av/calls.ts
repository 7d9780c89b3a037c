// Who has called: slow down (nobody is named) and technician (with the desk). Pure. A call stays until somebody has clicked it away;
// the same call again moves its time and counts.

import type { Signal } from '../../lib/protocol.js';

const KEPT = 50;

export interface Call {
  id: string; // what and from: one line for each
  what: Signal['what'];
  from: string; // desk, '' for slow_down
  count: number;
  atMs: number; // wall clock of this computer, of the last time
}

export class CallBoard {
  private readonly calls = new Map<string, Call>();

  take({ what, from }: Signal, atMs: number): void {
    const id = `${what} ${from}`;
    const count = (this.calls.get(id)?.count ?? 0) + 1;
    this.calls.delete(id); // the newest is last in the map
    this.calls.set(id, { id, what, from, count, atMs });
    const oldest = this.calls.keys().next().value;
    if (this.calls.size > KEPT && oldest !== undefined) this.calls.delete(oldest);
  }

  seen(id: string): void {
    this.calls.delete(id);
  }

  /** The newest first. */
  list(): Call[] {
    return [...this.calls.values()].reverse();
  }
}
