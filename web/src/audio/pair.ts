// What is heard at once: the channel that is listened to, and a bed under it at a level of its own.
//
//              +--> main voice ---------------+
//     Cursor --|                              |--> next()
//              +--> bed voice ----> * level --+
//
// Both read at one cursor, and every move of it is a splice of both: whatever is done to hold the delay is done to both, and they
// stay in time to the sample. One of them leads: the main one, while it has a track, else the bed. When the leader's sound is
// missing, time stands still for both; when the other's is missing, it alone makes something up.
// It does as it is told: Playout and Steering decide. Pure; no allocation but in the constructor.

import { Cursor } from './cursor.js';
import { Ramp } from './ramp.js';
import type { Track } from './track.js';
import { Voice } from './voice.js';

export class Pair {
  readonly main = new Voice();
  readonly bed = new Voice();
  readonly level: Ramp; // of the bed
  private readonly cursor: Cursor;
  private leader: Voice = this.main;

  /** @param rate of the device, step: media samples for each of its samples */
  constructor(rate: number, step: number) {
    this.cursor = new Cursor(step);
    this.level = new Ramp(1, rate);
  }

  get lead(): Voice {
    return this.leader;
  }
  get position(): number {
    return this.cursor.position;
  }
  get splicing(): boolean {
    return this.main.splicing || this.bed.splicing;
  }
  private other(voice: Voice): Voice {
    return voice === this.main ? this.bed : this.main;
  }

  adjust(adjustment: number): void {
    this.cursor.adjust(adjustment);
  }
  settle(): void {
    this.cursor.settle();
  }

  /** A voice goes over to this track, here, while the other goes on as it is. */
  change(voice: Voice, track: Track, fade: number, equalPower: boolean): void {
    voice.splice(fade, equalPower, this.cursor);
    voice.play(track);
    this.elect();
  }

  end(voice: Voice, fade: number): void {
    voice.splice(fade, true, this.cursor);
    voice.stop();
    this.elect();
  }

  /** A voice goes over to this track at another place, and takes the other with it if that has the same media clock. */
  jump(voice: Voice, track: Track, position: number, fade: number, equalPower: boolean): void {
    const other = this.other(voice);
    const beside = other.track;
    const stays = beside?.clock === track.clock;
    const moves = beside !== null && (!stays || other.mode === 'play' || beside.has(position)); // what is made up has no place in time
    voice.splice(fade, equalPower, this.cursor);
    if (moves) other.splice(fade, equalPower, this.cursor);
    this.cursor.position = position;
    voice.play(track);
    if (moves && stays) other.play(beside);
    else if (moves) other.stop();
    this.elect();
  }

  private elect(): void {
    this.leader = this.main.track ? this.main : this.bed;
  }

  /** The sound of both from a whole position on, as it is heard; false when the leader's is missing. */
  copy(from: number, to: Float32Array, count: number): boolean {
    const { leader } = this;
    if (!leader.track?.copy(from, to, count)) return false;
    const other = this.other(leader).track;
    const level = this.level.now;
    if (leader === this.bed) for (let i = 0; i < count; i++) to[i]! *= level;
    else if (other && other.ahead(from) >= count) for (let i = 0; i < count; i++) to[i]! += level * other.at(from + i);
    return true;
  }

  /** The next sample. */
  next(): number {
    const { leader, cursor, main, bed } = this;
    const { position } = cursor;
    const other = this.other(leader);
    const first = leader.next(position);
    if (leader.mode === 'play') cursor.advance();
    else if (leader.mode === 'conceal') this.stand(other);
    const level = this.level.next();
    if (!other.sounding) return leader === bed ? level * first : first;
    const second = other.next(position);
    return leader === main ? first + level * second : level * first + second;
  }

  /** Time stands still until the leader's sound is there. */
  private stand(other: Voice): void {
    this.cursor.position = Math.ceil(this.cursor.position);
    if (other.mode === 'play') other.conceal();
  }
}
