// The first page, /: the event and its rooms. A tap leads to the listener's page of a room. The list is fetched again now and then,
// so that a page left open shows what is on.

import { nameOf, t } from '../lib/i18n.js';
import type { RoomList } from '../lib/room-list.js';
import { readRoomList } from '../lib/room-list.js';
import { roomCard } from './index/room-card.js';
import { byId, setAttribute, setText } from './kit/dom.js';
import { languageMenu, startLanguage } from './kit/language-menu.js';
import { localize } from './kit/text.js';
import { startTheme } from './kit/theme.js';

const AGAIN_MS = 20_000;

let list: RoomList | null = null;
let failed = false;

async function load(): Promise<void> {
  try {
    const answer = await fetch('/api/rooms', { headers: { accept: 'application/json' }, cache: 'no-store' });
    if (!answer.ok) throw new Error(String(answer.status));
    list = readRoomList(await answer.json());
    failed = false;
  } catch {
    failed = true;
  }
  show();
}

function show(): void {
  const rooms = list?.rooms ?? [];
  const state = byId('state');
  state.hidden = !failed && rooms.length > 0;
  setText(state, t(failed ? 'index.failed' : list === null ? 'index.loading' : 'index.none'));
  byId('hint').hidden = rooms.length === 0;
  byId('rooms').replaceChildren(...rooms.map((room) => roomCard(room, list?.event.timezone ?? '')));
  if (list === null) return;
  const name = nameOf(list.event.name);
  setText(byId('event'), name.text);
  setAttribute(byId('event'), 'lang', name.lang || undefined);
  setText(byId('place'), nameOf(list.event.place).text);
  document.title = name.text || 'Boothcast';
}

startTheme();
byId('language').replaceWith(languageMenu());
startLanguage();
localize(document.documentElement, show);
void load();
window.setInterval(() => document.visibilityState === 'visible' && void load(), AGAIN_MS);
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void load());
