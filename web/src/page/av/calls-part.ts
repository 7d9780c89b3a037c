// The calls of interpreters, until they are clicked away. Spoken when they come.

import { t } from '../../lib/i18n.js';
import type { Room } from '../../lib/protocol.js';
import { personAt } from '../booth/tally.js';
import { clockTime } from '../../lib/event-clock.js';
import { el, setText } from '../kit/dom.js';
import type { Call } from './calls.js';
import { text } from '../kit/text.js';

interface Item {
  node: HTMLElement;
  text: HTMLElement;
  time: HTMLElement;
}

export class CallsPart {
  private readonly list = el('ul', { class: 'av-calls__list', role: 'list', 'aria-live': 'assertive' });
  private readonly none = el('p', { class: 'soft' }, text('av.calls.none'));
  readonly element = el('section', { class: 'panel av-calls' }, el('h2', {}, text('consoles.calls')), this.none, this.list);
  private items = new Map<string, Item>();

  constructor(private readonly seen: (id: string) => void) {}

  show(calls: readonly Call[], room: Room | null): void {
    const before = this.items;
    this.items = new Map(calls.map((call) => [call.id, before.get(call.id) ?? this.make(call)]));
    for (const [id, { node }] of before) if (!this.items.has(id)) node.remove();
    calls.forEach((call, index) => this.write(call, index, room));
    this.none.hidden = calls.length > 0;
    this.element.dataset['calls'] = String(calls.length);
  }

  private make(call: Call): Item {
    const words = el('span', { class: 'av-calls__text' });
    const time = el('time', { class: 'av-calls__time figures', 'aria-hidden': 'true' });
    const seen = el('button', { class: 'button av-action', type: 'button' }, text('av.calls.seen'));
    seen.addEventListener('click', () => this.seen(call.id));
    return { node: el('li', { class: 'av-calls__item', 'data-what': call.what }, words, time, seen), text: words, time };
  }

  private write(call: Call, index: number, room: Room | null): void {
    const item = this.items.get(call.id);
    if (!item) return;
    const person = room ? personAt(room, call.from) : call.from;
    const desk = person === call.from ? call.from : `${call.from} (${person})`;
    setText(item.text, t(`av.calls.${call.what}`, { desk }));
    setText(item.time, clockTime(new Date(call.atMs), room?.event.timezone ?? 'UTC') + (call.count > 1 ? ` ×${call.count}` : ''));
    if (this.list.children[index] !== item.node) this.list.insertBefore(item.node, this.list.children[index] ?? null);
  }
}
