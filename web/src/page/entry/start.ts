// What every console does first: the language and theme of the page, its words, and its ticket. A ticket of the link or of this tab
// is taken; without one the person is asked. Then the page is told to go on.

import ar from '../../i18n/consoles/ar.json';
import en from '../../i18n/consoles/en.json';
import es from '../../i18n/consoles/es.json';
import fr from '../../i18n/consoles/fr.json';
import ru from '../../i18n/consoles/ru.json';
import zh from '../../i18n/consoles/zh.json';
import { addTexts, t } from '../../lib/i18n.js';
import type { Role } from '../../lib/protocol.js';
import { byId } from '../kit/dom.js';
import { startLanguage } from '../kit/language-menu.js';
import { keep } from '../kit/storage.js';
import { localize } from '../kit/text.js';
import { startTheme } from '../kit/theme.js';
import { dropTicket, takeTicket } from './ticket-link.js';
import { askTicket, type Page } from './entrance.js';
import { ticketIn, type Ticket } from './ticket.js';

export interface Start {
  place: HTMLElement; // where the page goes
  ticket: Ticket;
}

/** `roles`: whose tickets open this page; others are told so, and may use another one. */
export async function startConsole(page: Page, roles: readonly Role[]): Promise<Start> {
  addTexts<typeof en>({ zh, en, fr, es, ru, ar });
  startTheme(page === 'speak' || page === 'talk' ? 'auto' : 'dark');
  startLanguage();
  localize(document.documentElement, () => (document.title = `${t(`${page}.title`)} · Boothcast`));
  const place = byId('console');
  let ticket = ticketIn(takeTicket(page) ?? '');
  while (!ticket || !fits(ticket, roles)) ticket = await askTicket(place, page, ticket ? t('consoles.ticket.other_page') : '');
  keep(`ticket.${page}`, ticket.text, 'session');
  return { place, ticket };
}

/** The ticket is good, and this page has no use for it: the page begins again with another one. */
export async function otherPage(place: HTMLElement, page: Page): Promise<void> {
  const ticket = await askTicket(place, page, t('consoles.ticket.other_page'));
  keep(`ticket.${page}`, ticket.text, 'session');
  location.reload();
}

/** After the server refused it: the page begins again without it. */
export function anotherTicket(page: Page): void {
  dropTicket(page);
  location.reload();
}

/** A role that cannot be read is left to the server. */
function fits(ticket: Ticket, roles: readonly Role[]): boolean {
  return ticket.role === '' || roles.includes(ticket.role);
}
