// The presets of this desk, kept on this computer for each room and booth; and which relay was used last, for the key between floor
// and relay.

import type { Room } from '../../lib/protocol.js';
import { keep, recall } from '../kit/storage.js';
import { firstPresets, readPresets, toggled } from './presets.js';

export class PresetMemory {
  private presets: number[] | null = null;
  private last = 0;

  constructor(private readonly booth: string) {}

  of(room: Room): readonly number[] {
    return (this.presets ??= readPresets(recall(this.key(room)), room) ?? firstPresets(room, this.booth));
  }

  assign(room: Room, index: number, channel: number): void {
    this.presets = this.of(room).map((each, at) => (at === index ? channel : each));
    keep(this.key(room), JSON.stringify(this.presets));
  }

  /** What is selected now, by the server's word. */
  seen(input: number): void {
    if (input !== 0) this.last = input;
  }

  toggled(room: Room, input: number): number {
    return toggled(input, this.of(room), this.last);
  }

  private key(room: Room): string {
    return `presets.${room.event.id}.${room.id}.${this.booth}`;
  }
}
