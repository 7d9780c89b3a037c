// The sources of the room: inputs of the floor and desks, each with its line, its level, and how its sound arrives; and the keys to
// listen to it as it arrives, to take an input as the floor, and to cut a microphone.

import { nameOf, number, t } from '../../lib/i18n.js';
import type { Audible, Desk, Input, Levels, Room, SourceLevel } from '../../lib/protocol.js';
import { LevelBar } from '../kit/level-bar.js';
import { el, setText } from '../kit/dom.js';
import { ListenKey } from './listen-key.js';
import { Reading } from './reading.js';
import { Table, TextCell, type Row } from './table.js';

export interface SourceHandlers {
  listen(source: string): void;
  take(input: string): void;
  cut(desk: string): void;
}

export interface SourceItem {
  id: string; // as in `levels`: "floor/main", "desk/zh-en/1"
  input: Input | null;
  desk: Desk | null;
  heard: boolean;
  operate: boolean;
}

/** Inputs first, then the desks of each booth. `heard`: what this page listens to. */
export function sourcesOf(room: Room, heard: Audible | null, operate: boolean): SourceItem[] {
  const item = (id: string, input: Input | null, desk: Desk | null): SourceItem => ({ id, input, desk, heard: id === heard, operate });
  return [
    ...room.floor.inputs.map((input) => item(`floor/${input.id}`, input, null)),
    ...room.desks.map((desk) => item(`desk/${desk.id}`, null, desk)),
  ];
}

export class SourcesTable {
  readonly element: HTMLElement;
  private readonly table: Table<SourceItem>;
  private readonly rows = new Map<string, SourceRow>();

  constructor(private readonly handlers: SourceHandlers) {
    const names = ['source', 'level', 'peak', 'loudness', 'line', 'state', 'buffer', 'drift', 'lost', 'late', 'action'] as const;
    const kinds = [
      'source',
      'level',
      'number',
      'minor',
      undefined,
      undefined,
      'number',
      'minor',
      'number',
      'number',
      undefined,
    ] as const;
    this.table = new Table(
      'av.sources',
      'av.sources.caption',
      names.map((name, index) => ({ name: `av.col.${name}`, kind: kinds[index] })),
      (item) => item.id,
      (item) => this.makeRow(item),
    );
    this.element = this.table.element;
  }

  show(items: readonly SourceItem[]): void {
    this.table.show(items);
  }

  take(levels: Levels): void {
    for (const level of levels.sources) this.rows.get(level.source)?.take(level);
  }

  write(): void {
    for (const row of this.rows.values()) row.write();
  }

  private makeRow(item: SourceItem): SourceRow {
    const row = new SourceRow(item, this.handlers);
    this.rows.set(item.id, row);
    return row;
  }
}

class SourceRow implements Row<SourceItem> {
  readonly element: HTMLTableRowElement;
  private readonly name = el('span', { class: 'av-source__name' });
  private readonly where = el('span', { class: 'av-source__where' });
  private readonly listen: ListenKey;
  private readonly bar = new LevelBar('av.col.level', true);
  private readonly reading = new Reading();
  private readonly peak = new TextCell('number');
  private readonly loudness = new TextCell('minor');
  private readonly line = el('span', { class: 'av-link' });
  private readonly state = el('span', { class: 'av-state' });
  private readonly figures = (['number', 'minor', 'number', 'number'] as const).map((kind) => new TextCell(kind));
  private readonly action = el('button', { class: 'button av-action av-operate', type: 'button' });
  private level: SourceLevel | null = null;

  constructor(item: SourceItem, handlers: SourceHandlers) {
    this.listen = new ListenKey([el('span', { class: 'av-source' }, this.name, this.where)], () => handlers.listen(item.id));
    this.action.addEventListener('click', () => (item.input ? handlers.take(item.input.id) : handlers.cut(item.desk?.id ?? '')));
    this.element = el(
      'tr',
      {},
      el('th', { scope: 'row' }, this.listen.element),
      el('td', { 'data-kind': 'level' }, this.bar.element),
      this.peak.element,
      this.loudness.element,
      el('td', {}, this.line),
      el('td', {}, this.state),
      ...this.figures.map((cell) => cell.element),
      el('td', {}, this.action),
    );
    this.listen.spreadOver(this.element);
  }

  update({ input, desk, heard, operate }: SourceItem): void {
    if (input) this.updateInput(input);
    if (desk) this.updateDesk(desk);
    this.listen.show(this.name.textContent ?? '', heard);
    const link = input?.link ?? desk?.link ?? 'down';
    this.line.dataset['link'] = link;
    setText(this.line, t(`av.link.${link}`));
    this.element.dataset['empty'] = String(link === 'down' && !desk?.seated && !input?.active);
    this.action.disabled = !operate;
  }

  take(level: SourceLevel): void {
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
      [level.buffer_ms, level.drift_ppm, level.lost, level.late].forEach((each, index) =>
        this.figures[index]?.show(number(Math.round(each))),
      );
  }

  private updateInput(input: Input): void {
    const name = nameOf(input.name).text || input.id;
    setText(this.name, name);
    setText(this.where, t('consoles.floor'));
    this.name.title = name;
    this.state.dataset['state'] = input.active ? 'floor' : 'off';
    setText(this.state, input.active ? t('av.taken') : '–');
    this.action.hidden = input.active;
    setText(this.action, t('av.take'));
    this.action.setAttribute('aria-label', `${t('av.take')}: ${name}`);
  }

  private updateDesk(desk: Desk): void {
    const state = desk.to_floor && desk.mic === 'on' ? 'to_floor' : desk.on_air ? 'on_air' : desk.engaged ? 'engaged' : desk.mic;
    setText(this.name, desk.id);
    setText(this.where, desk.name);
    this.where.title = desk.name;
    this.state.dataset['state'] = state;
    setText(this.state, desk.seated || desk.mic !== 'off' ? `${t(`consoles.mic.${state}`)} · ${desk.output}` : '–');
    this.action.hidden = desk.mic === 'off';
    setText(this.action, t('av.cut'));
    this.action.setAttribute('aria-label', `${t('av.cut')}: ${desk.name || desk.id}`);
  }
}
