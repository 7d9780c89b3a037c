// /booth: an interpreter's desk. Ticket, name, microphone and headphones tried, then the desk itself.
//
// The session starts at the first tap, because browsers let sound out only then; the microphone is sent when the desk is taken, and it is OFF
// there: the server says so.

import { createSession } from '../session/create-session.js';
import type { Session } from '../lib/session.js';
import { DeskConsole } from './booth/console.js';
import { DeskState } from './booth/desk-state.js';
import { Check, welcome } from './booth/welcome.js';
import { HeadphonesPanel } from './device/headphones-panel.js';
import { MicrophonePanel } from './device/microphone-panel.js';
import { loadPrefs, savePrefs, type Prefs } from './device/prefs.js';
import { showRefusal } from './entry/refusal.js';
import { startConsole, type Start } from './entry/start.js';
import { languageMenu } from './kit/language-menu.js';
import { localize } from './kit/text.js';

async function main(): Promise<void> {
  const start = await startConsole('booth', ['interpreter']);
  const prefs = loadPrefs('booth');
  welcome(start.place, start.ticket, prefs.name, (name) => {
    prefs.name = name;
    savePrefs('booth', prefs);
    const { text, room } = start.ticket;
    void check(start, prefs, createSession({ room, ticket: text, name }));
  });
}

/** Called from the tap: sound may start. */
async function check({ place, ticket }: Start, prefs: Prefs, session: Session): Promise<void> {
  let desk: DeskConsole | null = null;
  const show = (): void => (desk ? desk.show() : step.show(state.line, state.known && panel.open !== null));
  const state = new DeskState(session, ticket, show, (news) => desk?.tell(news));
  const panel = new MicrophonePanel(session, 'booth', prefs, (open) => {
    desk?.microphoneIs(open?.label ?? null);
    show();
  });
  const headphones = new HeadphonesPanel(session, 'booth', prefs, (sentence) => desk?.warn(sentence));
  const step = new Check(place, session, panel, headphones, () => {
    desk = new DeskConsole(session, state, { microphone: panel, headphones }, prefs, ticket, [languageMenu()]);
    place.replaceChildren(desk.element);
    desk.microphoneIs(panel.open?.label ?? null);
    localize(desk.element, show);
    session.publish('desk');
  });
  session.on('line', (line) => line.state === 'refused' && !desk && showRefusal(place, 'booth', line.error));
  session.start();
  const sound = session.startAudio();
  const microphone = panel.start();
  await sound.catch(() => undefined); // heard or not, the desk can be taken: the meter shows it
  state.startHearing();
  await microphone;
  await headphones.start();
}

void main();
