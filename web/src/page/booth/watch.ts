// Watches for the worst hour of an interpreter: the lamp says ON and nobody hears a word. Pure: time is an argument.
//
// Silence is judged by the microphone's own level, far under any voice and under the noise of a quiet booth: a person who thinks
// for three seconds is not warned, a headset whose own switch is off is. A microphone that has stopped to report counts as silent.

import type { Uplink } from '../../lib/session.js';

export const SILENT_DB = -60;
export const SILENT_AFTER_MS = 5000;
const REPORT_LOST_MS = 1000;

export type Trouble = 'no_sound' | 'muted' | 'no_microphone' | 'uplink_interrupted' | 'uplink_failed' | 'uplink_closed';

export class SoundWatch {
  private heardMs = 0;
  private reportedMs = 0;
  private onSinceMs: number | null = null;
  private microphoneOpen = false;
  private mutedNow = false;

  microphone(open: boolean, nowMs: number): void {
    this.microphoneOpen = open;
    this.reportedMs = nowMs;
    this.heardMs = nowMs;
    this.mutedNow = false;
  }

  /** By the system, or by its own switch. */
  muted(muted: boolean): void {
    this.mutedNow = muted;
  }

  level(peakDb: number, nowMs: number): void {
    this.reportedMs = nowMs;
    if (peakDb > SILENT_DB) this.heardMs = nowMs;
  }

  /** What is wrong now, the worst first; null when nothing is. `on`: the server says that the microphone is ON. */
  trouble(on: boolean, uplink: Uplink, nowMs: number): Trouble | null {
    if (!on) this.onSinceMs = null;
    else this.onSinceMs ??= nowMs;
    if (!this.microphoneOpen) return 'no_microphone';
    if (uplink.state === 'failed') return 'uplink_failed';
    if (this.onSinceMs === null) return null;
    if (uplink.state === 'interrupted') return 'uplink_interrupted';
    if (uplink.state === 'closed') return 'uplink_closed';
    if (this.mutedNow) return 'muted';
    const soundMs = nowMs - this.reportedMs > REPORT_LOST_MS ? Math.min(this.heardMs, this.reportedMs) : this.heardMs;
    return nowMs - Math.max(soundMs, this.onSinceMs) >= SILENT_AFTER_MS ? 'no_sound' : null;
  }
}
