// The channels of the room: what each carries, who holds it, how loud it is, how many hear it and how well; and the keys to listen
// to it, to fill it with the floor, and to say what happens when two booths want it.

import { shownAs } from '../../lib/explain.js';
import { number, t } from '../../lib/i18n.js';
import { INTERLOCKS, type Bed, type Channel, type ChannelLevel, type Interlock, type Levels, type Room } from '../../lib/protocol.js';
import { personAt } from '../booth/tally.js';
import { LevelBar } from '../kit/level-bar.js';
import { text } from '../kit/text.js';
import { qualityBadge } from '../room/quality-badge.js';
import { el, setText } from '../kit/dom.js';
import type { LabelBadge } from '../room/label-badge.js';
import { ListenKey } from './listen-key.js';
import { MadeKeys } from './generated-sound-keys.js';
import { Reading } from './reading.js';
import { Table, TextCell, type Row } from './table.js';

export interface ChannelHandlers {
  listen(channel: number): void;
  fill(channel: number, on: boolean): void;
  interlock(channel: number, mode: Interlock): void;
  made(channel: number, bed: Bed, on: boolean): void;
}

/** A channel with what only this page knows of it. */
export interface ChannelItem {
  channel: Channel;
  room: Room;
  heard: boolean;
  asked: boolean; // a change of its fill is under way
  operate: boolean; // this person may
}

export class ChannelsTable {
  readonly element: HTMLElement;
  private readonly table: Table<ChannelItem>;
  private readonly rows = new Map<number, ChannelRow>();

  constructor(private readonly handlers: ChannelHandlers) {
    const names = ['channel', 'level', 'peak', 'loudness', 'label', 'holder', 'listeners', 'late', 'concealed', 'skipped', 'made', 'fill', 'interlock'] as const;
    const kinds = ['wide', 'level', 'number', 'minor', 'badge', 'wide', 'number', 'number', 'number', 'minor', 'made', 'switch', 'select'] as const;
    this.table = new Table(
      'av.channels',
      'av.channels.caption',
      names.map((name, index) => ({ name: `av.col.${name}`, kind: kinds[index] })),
      (item) => String(item.channel.number),
      (item) => this.makeRow(item),
    );
    this.element = this.table.element;
  }

  show(items: readonly ChannelItem[]): void {
    this.table.show(items);
  }

  /** Ten times a second: transforms only. */
  take(levels: Levels): void {
    for (const level of levels.channels) this.rows.get(level.channel)?.take(level);
  }

  /** Once a second: the figures. */
  write(): void {
    for (const row of this.rows.values()) row.write();
  }

  private makeRow(item: ChannelItem): ChannelRow {
    const row = new ChannelRow(item, this.handlers);
    this.rows.set(item.channel.number, row);
    return row;
  }
}

class ChannelRow implements Row<ChannelItem> {
  readonly element: HTMLTableRowElement;
  private readonly listen: ListenKey;
  private readonly name = el('bdi', { class: 'av-listen__name' });
  private readonly bar = new LevelBar('av.col.level', true);
  private readonly reading = new Reading();
  private readonly peak = new TextCell('number');
  private readonly loudness = new TextCell('minor');
  private readonly badge: LabelBadge;
  private readonly holder = new TextCell('wide');
  private readonly counts = (['number', 'number', 'number', 'minor'] as const).map((kind) => new TextCell(kind));
  private readonly made: MadeKeys;
  private readonly fill = el('input', { type: 'checkbox', role: 'switch' });
  private readonly mode: HTMLSelectElement;
  private level: ChannelLevel | null = null;
  private truth: boolean;
  private interlock: Interlock | '' = '';

  constructor({ channel }: ChannelItem, handlers: ChannelHandlers) {
    this.truth = channel.fill;
    this.badge = qualityBadge(channel.label);
    this.listen = new ListenKey([el('span', { class: 'keycap' }, String(channel.number)), this.name], () => handlers.listen(channel.number));
    this.fill.addEventListener('change', () => {
      const wanted = this.fill.checked;
      this.fill.checked = this.truth; // the server's word changes it
      handlers.fill(channel.number, wanted);
    });
    this.mode = this.makeMode((mode) => handlers.interlock(channel.number, mode));
    this.made = new MadeKeys((bed, on) => handlers.made(channel.number, bed, on));
    const mode = channel.number === 0 ? [] : [this.mode];
    const fill = channel.number === 0 ? [] : [el('label', { class: 'switch av-switch' }, this.fill)];
    this.element = el(
      'tr',
      {},
      el('th', { scope: 'row' }, this.listen.element),
      el('td', { 'data-kind': 'level' }, this.bar.element),
      this.peak.element,
      this.loudness.element,
      el('td', {}, this.badge.element),
      this.holder.element,
      ...this.counts.map((cell) => cell.element),
      el('td', { 'data-kind': 'made' }, this.made.element),
      el('td', { 'data-kind': 'switch' }, ...fill),
      el('td', { 'data-kind': 'select' }, ...mode),
    );
    this.listen.spreadOver(this.element);
  }

  update({ channel, room, heard, asked, operate }: ChannelItem): void {
    const name = channel.number === 0 ? t('consoles.floor') : channel.name;
    this.truth = channel.fill;
    setText(this.name, name);
    this.name.lang = channel.number === 0 ? '' : channel.language;
    this.listen.show(name, heard);
    this.badge.show(shownAs(channel, channel.label));
    this.holder.show(holderText(channel, room), channel.state === 'silent' && !channel.bed ? 'bad' : '');
    this.fill.checked = channel.fill;
    this.fill.disabled = !operate;
    this.fill.setAttribute('aria-label', t('av.fill', { channel: name }));
    this.fill.setAttribute('aria-busy', String(asked));
    this.showMode(channel, name, operate);
    this.made.show(channel, name, operate, room.break_music ?? false);
  }

  /** The first, empty choice stands for a mode that the server does not say. */
  private makeMode(choose: (mode: Interlock) => void): HTMLSelectElement {
    const options = INTERLOCKS.map((mode) => el('option', { value: mode }, text(`av.interlock.${mode}`)));
    const select = el('select', { class: 'select av-mode' }, el('option', { value: '', hidden: true }, '–'), ...options);
    select.addEventListener('change', () => {
      const wanted = select.value as Interlock;
      select.value = this.interlock; // the server's word changes it
      choose(wanted);
    });
    return select;
  }

  private showMode(channel: Channel, name: string, operate: boolean): void {
    this.interlock = channel.interlock ?? '';
    if (this.mode.value !== this.interlock) this.mode.value = this.interlock;
    this.mode.disabled = !operate;
    this.mode.setAttribute('aria-label', t('av.interlock', { channel: name }));
  }

  take(level: ChannelLevel): void {
    this.level = level;
    this.bar.show(level.peak_db, level.loudness);
    this.reading.take(level.peak_db, level.loudness);
  }

  write(): void {
    const { peak, loudness, over } = this.reading.write();
    this.peak.show(peak, over ? 'bad' : '');
    this.loudness.show(loudness);
    const { level } = this;
    if (level)
      [level.listeners, level.late, level.concealed, level.skipped].forEach((each, index) =>
        this.counts[index]?.show(number(each)),
      );
  }
}

function holderText(channel: Channel, room: Room): string {
  if (channel.number === 0) return '';
  if (channel.state === 'held') return channel.holders.map((id) => withDesk(room, id)).join(', ');
  return channel.state === 'floor' ? t('av.holder.floor') : '–';
}

function withDesk(room: Room, id: string): string {
  const person = personAt(room, id);
  return person === id ? id : `${person} (${id})`;
}
