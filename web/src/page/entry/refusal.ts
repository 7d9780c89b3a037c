// The server did not let this page in, and will not: why, and the way to another ticket.

import { onLanguage } from '../../lib/i18n.js';
import type { ErrorMessage } from '../../lib/protocol.js';
import { el, setText } from '../kit/dom.js';
import { errorText } from '../room/error-text.js';
import type { Page } from './entrance.js';
import { said } from '../kit/text.js';
import { anotherTicket } from './start.js';

export function showRefusal(place: HTMLElement, page: Page, error: ErrorMessage): void {
  const why = el('p', { role: 'alert' });
  const again = said('button', 'consoles.another_ticket', { class: 'button button--main', type: 'button' });
  again.addEventListener('click', () => anotherTicket(page));
  const write = (): void => setText(why, errorText(error));
  onLanguage(write);
  write();
  place.replaceChildren(el('main', { class: 'entrance card stack' }, said('h1', 'consoles.refused'), why, again));
}
