// Addresses of the plain streams, for VLC, mpv, a hearing loop's player. Only of rooms that are open: a player has no ticket.

import type { Channel, Room } from '../../lib/protocol.js';
import { t } from '../../lib/i18n.js';
import { el } from '../kit/dom.js';
import { localize, text } from '../kit/text.js';
import { languageNameElement } from '../room/language-name.js';

export class OtherPlayers {
  readonly element = el(
    'details',
    { class: 'more', hidden: true },
    el('summary', {}, text('listen.other_players')),
    el('p', { class: 'small soft', }, text('listen.other_players_hint')),
  );
  private readonly links = el('ul', { class: 'streams' });
  private room: Room | null = null;

  constructor() {
    this.element.append(this.links);
    localize(this.element, () => this.write());
  }

  show(room: Room): void {
    const known = this.room;
    this.room = room;
    if (known?.channels.length !== room.channels.length || known.closed !== room.closed) this.write();
  }

  private write(): void {
    const { room } = this;
    if (!room) return;
    this.element.hidden = room.closed;
    this.links.replaceChildren(...room.channels.map((channel) => el('li', {}, link(room, channel))));
  }
}

function link(room: Room, channel: Channel): HTMLElement {
  const alone = room.channels.filter((one) => one.number > 0 && one.language === channel.language).length === 1;
  const name = channel.number > 0 && alone ? channel.language : String(channel.number);
  const url = `/live/${encodeURIComponent(room.id)}/${encodeURIComponent(name)}.opus`;
  const text = channel.number === 0 ? t('common.floor') : languageNameElement(channel.language, channel.name);
  return el('a', { href: url }, text, ' ', el('span', { class: 'small soft', dir: 'ltr' }, url));
}
