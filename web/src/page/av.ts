// /av: the AV view of a room, by ticket: every source and channel with level, label and state, and the operator's actions.

import { createSession } from '../session/create-session.js';
import { AvPage } from './av/av-page.js';
import { showRefusal } from './entry/refusal.js';
import { startConsole } from './entry/start.js';
import { localize } from './kit/text.js';

async function main(): Promise<void> {
  const { place, ticket } = await startConsole('av', ['av', 'organiser']);
  const session = createSession({ room: ticket.room, ticket: ticket.text });
  const page = new AvPage(session);
  place.replaceChildren(page.element);
  localize(page.element, () => page.show());
  session.on('line', (line) => line.state === 'refused' && showRefusal(place, 'av', line.error));
  session.start();
}

void main();
