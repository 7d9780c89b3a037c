// The answer of GET /api/rooms. Read with care: the page must show the rooms that it can read, whatever else is in the answer.

import type { Channel, Names, ProgrammeItem } from './protocol.js';

export interface RoomList {
  event: { id: string; name: Names; place: Names; timezone: string };
  rooms: ListedRoom[];
}

export interface ListedRoom {
  id: string;
  name: Names;
  closed: boolean;
  channels: Pick<Channel, 'number' | 'language' | 'name' | 'label'>[];
  programme: ProgrammeItem[];
}

/** The list in an answer; rooms without an id are left out. */
export function readRoomList(answer: unknown): RoomList {
  const { event, rooms } = record(answer);
  const { id, name, place, timezone } = record(event);
  return {
    event: { id: text(id), name: names(name), place: names(place), timezone: text(timezone) },
    rooms: (Array.isArray(rooms) ? rooms : []).map(readRoom).filter((room) => room.id !== ''),
  };
}

function readRoom(value: unknown): ListedRoom {
  const { id, name, closed, channels, programme } = record(value);
  return {
    id: text(id),
    name: names(name),
    closed: closed === true,
    channels: (Array.isArray(channels) ? channels : []).map(readChannel).filter((channel) => Number.isInteger(channel.number)),
    programme: (Array.isArray(programme) ? programme : []).map(readItem),
  };
}

function readChannel(value: unknown): ListedRoom['channels'][number] {
  const { number, language, name, label } = record(value);
  return { number: Number(number), language: text(language), name: text(name), label: (text(label) || 'silent') as Channel['label'] };
}

function readItem(value: unknown): ProgrammeItem {
  const { starts, ends, title, speaker, language } = record(value);
  return { starts: text(starts), ends: text(ends), title: names(title), speaker: text(speaker), language: text(language) };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A name in several languages; a plain string counts as English. */
function names(value: unknown): Names {
  return typeof value === 'string' ? { en: value } : (record(value) as Names);
}
