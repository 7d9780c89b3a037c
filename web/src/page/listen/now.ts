// What the programme says: the session that is on, else the next one of the day, else nothing.

import { localTime, nameOf, t } from '../../lib/i18n.js';
import { eventTime, programmeAt } from '../../lib/programme.js';
import type { ProgrammeItem, Room } from '../../lib/protocol.js';
import { el } from '../kit/dom.js';
import { localize } from '../kit/text.js';

const AGAIN_MS = 20_000;

export class Now {
  readonly element = el('div', { class: 'now' });
  private room: Room | null = null;

  constructor() {
    localize(this.element, () => this.write());
    window.setInterval(() => this.write(), AGAIN_MS);
  }

  show(room: Room): void {
    this.room = room;
    this.write();
  }

  private write(): void {
    if (!this.room) return;
    const local = eventTime(new Date(), this.room.event.timezone);
    const { now, next } = programmeAt(this.room.programme, local);
    const item = now ?? next;
    this.element.hidden = item === null;
    if (item) this.element.replaceChildren(...describe(item, item === now));
  }
}

function describe(item: ProgrammeItem, on: boolean): HTMLElement[] {
  const title = nameOf(item.title);
  const when = on ? t('common.programme.until', { time: localTime(item.ends) }) : t('listen.from', { time: localTime(item.starts) });
  const about = el('p', { class: 'small soft figures' }, `${t(on ? 'common.programme.now' : 'listen.next')} · ${when}`);
  if (item.speaker) about.append(' · ', el('bdi', {}, item.speaker));
  return [about, el('p', { class: 'now__title' }, el('bdi', { lang: title.lang || undefined }, title.text))];
}
