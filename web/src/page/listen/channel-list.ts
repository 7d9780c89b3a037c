// The list of languages: a radio group in which arrows only move, and a tap, Enter, Space or a digit plays. (Playing on every
// arrow would drag a person who only looks around through six languages.)

import { offers } from '../../lib/offer.js';
import type { Channel, Label } from '../../lib/protocol.js';
import { el } from '../kit/dom.js';
import { recall } from '../kit/storage.js';
import { ChannelRow } from './channel-row.js';
import { DigitKeys } from './digit-keys.js';
import { text } from '../kit/text.js';

export interface ChannelListEvents {
  pick(channel: number): void; // within the tap
  touch(channel: number): void; // a finger is down: most likely the tap follows
}

export class ChannelList {
  readonly element = el('div', { role: 'radiogroup', class: 'channels', 'aria-label': text('listen.choose'), 'aria-describedby': 'keys' });
  private rows: ChannelRow[] = [];

  /** `last` is the channel of last time, or null. */
  constructor(private readonly last: number | null, private readonly events: ChannelListEvents) {
    this.element.addEventListener('keydown', (event) => this.move(event));
    const digits = new DigitKeys((number) => this.pressed(number));
    document.addEventListener('keydown', (event) => digits.key(event, this.rows.map((row) => row.number)));
  }

  /** The channels as the room has them now. Rows keep their place as long as the same channels are there. */
  show(channels: readonly Channel[]): void {
    const known = this.rows.map((row) => row.number).sort().join();
    if (known !== channels.map((channel) => channel.number).sort().join()) this.build(channels);
    for (const channel of channels) this.row(channel.number)?.update(channel);
  }

  /** Marks the channel that plays, null for none. */
  playing(number: number | null, label: Label): void {
    for (const row of this.rows) row.playing(row.number === number ? label : null);
    const current = number === null ? undefined : this.row(number);
    if (current) this.enter(current);
  }

  /** Scrolls a row out from under the player, which has just grown; does nothing when it can be seen. */
  reveal(number: number): void {
    this.row(number)?.element.scrollIntoView({ block: 'nearest' });
  }

  private build(channels: readonly Channel[]): void {
    const order = offers(channels, this.last, [recall('language') ?? '', ...navigator.languages]);
    this.rows = order.flatMap(({ number, reason }) => {
      const channel = channels.find((one) => one.number === number);
      return channel ? [new ChannelRow(channel, reason)] : [];
    });
    for (const row of this.rows) {
      row.element.addEventListener('pointerdown', () => this.events.touch(row.number));
      row.element.addEventListener('click', () => this.events.pick(row.number));
    }
    this.element.replaceChildren(...this.rows.map((row) => row.element));
    if (this.rows[0]) this.enter(this.rows[0]);
  }

  private row(number: number): ChannelRow | undefined {
    return this.rows.find((row) => row.number === number);
  }

  /** The one row that the Tab key reaches. */
  private enter(row: ChannelRow): void {
    for (const one of this.rows) one.element.tabIndex = one === row ? 0 : -1;
  }

  private pressed(number: number): void {
    this.row(number)?.element.focus();
    this.events.pick(number);
  }

  private move(event: KeyboardEvent): void {
    const at = this.rows.findIndex((row) => row.element === document.activeElement);
    const count = this.rows.length;
    const target = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: count - 1 }[event.key];
    const row = target === undefined ? undefined : this.rows[(target + count) % count];
    if (!row) return;
    event.preventDefault();
    this.enter(row);
    row.element.focus();
  }
}
