// /talk: one of the people of a one-on-one talk, most likely on a phone. Ticket, one tap, and then their microphone is on and they hear
// the others in their own language.
//
// The room is joined at once, so that the line is seen and the person knows where they are; nothing is sent or heard before the tap.

import { createSession } from '../session/create-session.js';
import { loadPrefs } from './device/prefs.js';
import { showRefusal } from './entry/refusal.js';
import { otherPage, startConsole } from './entry/start.js';
import { localize } from './kit/text.js';
import { TalkPage } from './talk/talk-page.js';

async function main(): Promise<void> {
  const { place, ticket } = await startConsole('talk', ['speaker']);
  const session = createSession({ room: ticket.room, ticket: ticket.text });
  const page = new TalkPage(session, loadPrefs('talk'));
  place.replaceChildren(page.element);
  localize(page.element, () => page.show());
  session.on('line', (line) => line.state === 'refused' && showRefusal(place, 'talk', line.error));
  session.on('joined', ({ talk }) => {
    if (talk) return;
    session.close(); // a room with one floor for all
    void otherPage(place, 'talk');
  });
  session.start();
}

void main();
