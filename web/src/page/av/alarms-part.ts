// The alarms of now, red first. The region stands in the page from the start, so that a new alarm is spoken; each keeps its element
// while it lasts, so that it is spoken once.

import { nameOf, t } from '../../lib/i18n.js';
import type { Room } from '../../lib/protocol.js';
import { el, setText } from '../kit/dom.js';
import { icon } from '../kit/icon.js';
import type { Alarm } from './alarms.js';
import { text } from '../kit/text.js';

export class AlarmsPart {
  private readonly list = el('ul', { class: 'alarms__list', role: 'list', 'aria-live': 'assertive' });
  private readonly none = el('p', { class: 'alarms__none', hidden: true }, text('av.alarms.none'));
  readonly element = el('section', { class: 'alarms', 'aria-label': text('av.alarms') }, this.none, this.list);
  private items = new Map<string, { item: HTMLElement; text: HTMLElement; since: HTMLElement }>();

  show(alarms: readonly Alarm[], room: Room, nowMs: number): void {
    const now = new Set(alarms.map((each) => each.id));
    for (const [id, { item }] of this.items) {
      if (now.has(id)) continue;
      item.remove();
      this.items.delete(id);
    }
    for (const alarm of alarms) this.update(alarm, room, nowMs);
    this.none.hidden = alarms.length > 0;
    this.element.dataset['severity'] = alarms[0]?.severity ?? 'none';
  }

  private update(alarm: Alarm, room: Room, nowMs: number): void {
    const shown = this.items.get(alarm.id) ?? this.add(alarm);
    shown.item.dataset['severity'] = alarm.severity;
    setText(shown.text, t(`av.alarm.${alarm.kind}`, { object: objectName(alarm, room) }));
    setText(shown.since, duration(nowMs - alarm.sinceMs));
  }

  private add(alarm: Alarm): { item: HTMLElement; text: HTMLElement; since: HTMLElement } {
    const text = el('span', {});
    const since = el('span', { class: 'alarms__since figures', 'aria-hidden': 'true' });
    const item = el('li', { class: 'alarms__item' }, icon('warning', 18), text, since);
    this.items.set(alarm.id, { item, text, since });
    this.list.append(item);
    return { item, text, since };
  }
}

function objectName({ kind, object }: Alarm, room: Room): string {
  if (kind.startsWith('input')) return nameOf(room.floor.inputs.find((each) => each.id === object)?.name ?? {}).text || object;
  if (kind.startsWith('channel')) return room.channels.find((each) => String(each.number) === object)?.name ?? object;
  return object;
}

/** "0:07", "12:30" */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
