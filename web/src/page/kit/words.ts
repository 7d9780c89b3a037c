// Several texts on one spot, of which one is seen. The spot is as large as the largest of them, so nothing around it moves when
// the text changes. The unseen ones are hidden from screen readers too.

import { el, setText } from './dom.js';

export class Words<K extends string> {
  readonly element: HTMLElement;
  private readonly items = new Map<K, HTMLElement>();

  constructor(keys: readonly K[], tag: 'span' | 'div' = 'span') {
    this.element = el(tag, { class: 'words' });
    for (const key of keys) {
      const item = el('span', { class: 'words__item' });
      this.items.set(key, item);
      this.element.append(item);
    }
  }

  /** Sets the text of one key. */
  write(key: K, text: string): void {
    const item = this.items.get(key);
    if (item) setText(item, text);
  }

  /** Shows this key's text; null shows none. */
  show(key: K | null): void {
    for (const [one, item] of this.items) item.classList.toggle('words__item--seen', one === key);
  }

  /** The text of a key, for a live region. */
  textOf(key: K): string {
    return this.items.get(key)?.textContent ?? '';
  }
}
