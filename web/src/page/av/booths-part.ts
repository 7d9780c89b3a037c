// The booths of the room, each on one line: who speaks and for how long, and a handover that is under way.

import { t } from '../../lib/i18n.js';
import type { Booth, Room } from '../../lib/protocol.js';
import { secondsLeft, turnTime } from '../booth/handover.js';
import { personAt } from '../booth/tally.js';
import { el, setText } from '../kit/dom.js';
import { text } from '../kit/text.js';

interface Row {
  node: HTMLElement;
  who: HTMLElement;
  handover: HTMLElement;
  time: HTMLElement;
}

export class BoothsPart {
  private readonly list = el('ul', { class: 'av-booths__list', role: 'list' });
  readonly element = el('section', { class: 'panel av-booths' }, el('h2', {}, text('av.booths')), this.list);
  private rows = new Map<string, Row>();

  /** Once a second; `nowUs`: the server's clock. */
  show(room: Room, nowUs: number): void {
    if (room.booths.length !== this.rows.size || room.booths.some((each) => !this.rows.has(each.id))) this.build(room);
    for (const booth of room.booths) this.write(room, booth, nowUs);
  }

  private build(room: Room): void {
    this.rows = new Map(room.booths.map(({ id }) => [id, makeRow(id)]));
    this.list.replaceChildren(...[...this.rows.values()].map((row) => row.node));
  }

  private write(room: Room, booth: Booth, nowUs: number): void {
    const row = this.rows.get(booth.id);
    if (!row) return;
    const { turn } = booth;
    const speaks = room.desks.some((each) => each.id === turn.desk && each.mic !== 'off');
    row.node.dataset['colour'] = speaks ? turn.colour : 'none';
    setText(row.who, speaks ? personAt(room, turn.desk) : t('av.booths.silent'));
    row.who.title = speaks ? turn.desk : '';
    setText(row.time, speaks ? turnTime(turn.since_us, nowUs) : '');
    setText(row.handover, handoverText(room, booth, nowUs));
  }
}

/** "42 s · asked → Helen Carter": from whom stands before it. */
function handoverText(room: Room, { handover }: Booth, nowUs: number): string {
  if (handover.state === 'idle') return '';
  const to = handover.to ? ` → ${personAt(room, handover.to)}` : '';
  return `${secondsLeft(handover.ends_us, nowUs, handover.state)} s · ${t(`av.handover.${handover.state}`)}${to}`;
}

function makeRow(id: string): Row {
  const who = el('bdi', { class: 'av-booths__who' });
  const handover = el('span', { class: 'av-booths__handover' });
  const time = el('span', { class: 'av-booths__time figures', dir: 'ltr' });
  return { node: el('li', { class: 'av-booths__row' }, el('strong', { class: 'av-booths__id' }, id), who, handover, time), who, handover, time };
}
