// A table of rows that stay the same elements while their cells change: focus, screen reader and layout are left alone.

import type { TextKey } from '../../lib/i18n.js';
import { el, setText } from '../kit/dom.js';
import { text } from '../kit/text.js';

export interface Column {
  name: TextKey;
  kind?: 'number' | 'minor' | 'wide' | 'source' | 'level' | 'badge' | 'made' | 'switch' | 'select'; // minor: a number that a narrow page leaves out
}

export interface Row<T> {
  element: HTMLTableRowElement;
  update(item: T): void;
}

export class Table<T> {
  readonly element: HTMLElement;
  private readonly body = el('tbody', {});
  private rows = new Map<string, Row<T>>();

  constructor(
    title: TextKey,
    caption: TextKey,
    columns: readonly Column[],
    private readonly keyOf: (item: T) => string,
    private readonly makeRow: (item: T) => Row<T>,
  ) {
    const headings = columns.map(({ name, kind }) => el('th', { scope: 'col', 'data-kind': kind }, text(name)));
    const table = el(
      'table',
      { class: 'av-table' },
      el('caption', { class: 'sr-only' }, text(caption)),
      el('thead', {}, el('tr', {}, ...headings)),
      this.body,
    );
    this.element = el(
      'section',
      { class: 'panel av-panel' },
      el('h2', {}, text(title)),
      el('div', { class: 'av-scroll', role: 'region', tabindex: 0, 'aria-label': text(title) }, table),
    );
  }

  show(items: readonly T[]): void {
    const keys = items.map(this.keyOf);
    if (keys.join('\n') !== [...this.rows.keys()].join('\n')) {
      this.rows = new Map(items.map((item) => [this.keyOf(item), this.rows.get(this.keyOf(item)) ?? this.makeRow(item)]));
      this.body.replaceChildren(...[...this.rows.values()].map((row) => row.element));
    }
    for (const item of items) this.rows.get(this.keyOf(item))?.update(item);
  }
}

/** A cell whose text changes. */
export class TextCell {
  readonly element: HTMLTableCellElement;

  constructor(kind: Column['kind'] | undefined = undefined) {
    this.element = el('td', { 'data-kind': kind });
  }

  show(text: string, tone: '' | 'warn' | 'bad' = ''): void {
    setText(this.element, text);
    this.element.dataset['tone'] = tone;
  }
}
