// The bar over the desk: where this is, the clock of the event, the line with the delay of the sound, and what opens the sheet of
// keys.

import { nameOf, t } from '../../lib/i18n.js';
import type { Room } from '../../lib/protocol.js';
import type { Line } from '../../lib/session.js';
import { clockTime } from '../../lib/event-clock.js';
import { el, setText } from '../kit/dom.js';
import { text } from '../kit/text.js';
import { LineState } from '../room/line-state.js';

export class TopPart {
  readonly element: HTMLElement;
  private readonly where = el('strong', {});
  private readonly room = el('span', { class: 'soft small' });
  private readonly time = el('time', { class: 'top__time' });
  private readonly place = el('span', { class: 'soft small' });
  private readonly line = new LineState(true);
  private readonly delay = el('span', { class: 'top__delay soft small' });

  constructor(
    private readonly seat: { booth: string; desk: number },
    tools: HTMLElement[],
    openSheet: () => void,
  ) {
    const keys = el(
      'button',
      { class: 'button button--plain', type: 'button' },
      el('kbd', { class: 'keycap' }, '?'),
      el('span', {}, text('booth.keys')),
    );
    keys.addEventListener('click', openSheet);
    this.element = el(
      'header',
      { class: 'deskbar' },
      el('h1', { class: 'deskbar__where' }, this.where, this.room),
      el('div', { class: 'deskbar__clock' }, this.time, this.place),
      el('div', { class: 'deskbar__line' }, this.line.element, this.delay),
      el('div', { class: 'deskbar__tools' }, keys, ...tools),
    );
    this.showDelay(null);
  }

  showRoom(room: Room): void {
    const place = nameOf(room.event.place).text;
    setText(this.where, `${t('booth.booth', { booth: this.seat.booth })} · ${t('booth.desk', { desk: this.seat.desk })}`);
    setText(this.room, `${nameOf(room.name).text} · ${nameOf(room.event.name).text}`);
    setText(this.place, place);
    this.time.title = t('booth.clock', { place });
  }

  showTime(now: Date, timezone: string): void {
    setText(this.time, clockTime(now, timezone));
  }

  showLine(line: Line): void {
    this.line.show(line);
  }

  showDelay(ms: number | null): void {
    setText(this.delay, ms === null ? t('booth.delay.none') : t('booth.delay', { ms: Math.round(ms) }));
  }
}
