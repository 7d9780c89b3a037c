// One room: its name, what is on, and the languages that can be heard there. A closed room is shown, but leads nowhere.

import { localTime, nameOf, t } from '../../lib/i18n.js';
import { eventTime, programmeAt } from '../../lib/programme.js';
import type { ProgrammeItem } from '../../lib/protocol.js';
import type { ListedRoom } from '../../lib/room-list.js';
import { el } from '../kit/dom.js';
import { icon } from '../kit/icon.js';
import { languageNameElement } from '../room/language-name.js';

/** `timezone`: the event's. */
export function roomCard(room: ListedRoom, timezone: string): HTMLElement {
  const name = nameOf(room.name);
  const title = el('h2', { class: 'room__name' }, el('bdi', { lang: name.lang || undefined }, name.text || room.id));
  if (room.closed) return el('li', { class: 'card room room--closed' }, title, closedHint());
  const link = el('a', { class: 'card room', href: `/r/${encodeURIComponent(room.id)}` }, title);
  const { now } = programmeAt(room.programme, eventTime(new Date(), timezone));
  if (now) link.append(onNow(now));
  link.append(languagesOf(room));
  return el('li', {}, link);
}

function closedHint(): HTMLElement {
  return el('p', { class: 'room__closed small soft' }, icon('lock', 16), el('span', {}, `${t('common.closed')} · ${t('index.closed_hint')}`));
}

function onNow(now: ProgrammeItem): HTMLElement {
  const title = nameOf(now.title);
  const when = `${t('common.programme.now')} · ${t('common.programme.until', { time: localTime(now.ends) })}`;
  const what = [title.text, now.speaker].filter(Boolean).join(' · ');
  return el('p', { class: 'room__now' }, el('span', { class: 'small soft figures' }, when), el('span', {}, el('bdi', { lang: title.lang || undefined }, what)));
}

function languagesOf(room: ListedRoom): HTMLElement {
  const channels = room.channels.filter((channel) => channel.number !== 0);
  return el('ul', { class: 'room__languages' }, ...channels.map((channel) => el('li', {}, languageNameElement(channel.language, channel.name))));
}
