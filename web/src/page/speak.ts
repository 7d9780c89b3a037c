// /speak: a floor microphone, on a computer at the desk of the hall or on the phone of a guide. Ticket, microphone, one large key.
//
// The room is joined at once, so that the inputs and the line are seen; the microphone is opened by a tap, and nothing is sent before the
// second one.

import { createSession } from '../session/create-session.js';
import { loadPrefs } from './device/prefs.js';
import { showRefusal } from './entry/refusal.js';
import { startConsole } from './entry/start.js';
import { localize } from './kit/text.js';
import { SpeakerPage } from './speak/speaker-page.js';

async function main(): Promise<void> {
  const { place, ticket } = await startConsole('speak', ['speaker', 'av']);
  const session = createSession({ room: ticket.room, ticket: ticket.text });
  const page = new SpeakerPage(session, loadPrefs('speak'));
  place.replaceChildren(page.element);
  localize(page.element, () => page.show());
  session.on('line', (line) => line.state === 'refused' && showRefusal(place, 'speak', line.error));
  session.start();
}

void main();
