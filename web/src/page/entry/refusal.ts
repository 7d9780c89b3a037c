// The server did not let this page in, and will not: why, and the way to another ticket.

import type { ErrorMessage } from '../../lib/protocol.js';
import { el } from '../kit/dom.js';
import { text } from '../kit/text.js';
import { errorText } from '../room/error-text.js';
import type { Page } from './entrance.js';
import { anotherTicket } from './start.js';

export function showRefusal(place: HTMLElement, page: Page, error: ErrorMessage): void {
  const why = el('p', { role: 'alert' }, () => errorText(error));
  const again = el('button', { class: 'button button--main', type: 'button' }, text('consoles.another_ticket'));
  again.addEventListener('click', () => anotherTicket(page));
  place.replaceChildren(el('main', { class: 'entrance card stack' }, el('h1', {}, text('consoles.refused')), why, again));
}
