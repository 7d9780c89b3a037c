// The door of a console: a page that came without a ticket asks for one, in a sentence, and takes a link as well as a ticket.

import { t } from '../../lib/i18n.js';
import { el, setText } from '../kit/dom.js';
import { ticketIn, type Ticket } from './ticket.js';
import { text } from '../kit/text.js';

export type Page = 'booth' | 'speak' | 'talk' | 'av';

/** Shows the form in `place`; resolves with a ticket that can be read. `sentence`: why it is asked for again. */
export function askTicket(place: HTMLElement, page: Page, sentence = ''): Promise<Ticket> {
  const field = el('input', {
    class: 'input',
    id: 'ticket',
    type: 'text',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    dir: 'ltr',
    required: true,
    'aria-describedby': 'ticket-answer',
  });
  const answer = el('p', { class: 'entrance__answer', id: 'ticket-answer', role: 'alert' }, sentence);
  const form = el(
    'form',
    { class: 'entrance card stack' },
    el('h1', {}, text('consoles.ticket.title')),
    el('p', { class: 'soft' }, text(`consoles.ticket.${page}`)),
    el('div', { class: 'field' }, el('label', { for: 'ticket' }, text('consoles.ticket.field')), field),
    answer,
    el('button', { class: 'button button--main', type: 'submit' }, text('consoles.ticket.go')),
  );
  place.replaceChildren(el('main', {}, form));
  field.focus();
  return new Promise((resolve) => {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const ticket = ticketIn(field.value);
      if (ticket) return resolve(ticket);
      field.setAttribute('aria-invalid', 'true');
      setText(answer, t('consoles.ticket.bad'));
    });
  });
}
