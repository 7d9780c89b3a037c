// The item of the programme that runs now, and the next one, in the time of the event.

import { language, localTime, nameOf, ownLanguageName, t } from '../../lib/i18n.js';
import { programmeAt } from '../../lib/programme.js';
import type { ProgrammeItem } from '../../lib/protocol.js';
import { el } from '../kit/dom.js';
import { text } from '../kit/text.js';

export class ProgrammePart {
  readonly element = el('section', { class: 'panel programme', 'aria-live': 'off' });
  private shown = '';

  /** `local`: the time of the event, as eventTime() gives it. */
  show(programme: readonly ProgrammeItem[], local: string): void {
    const { now, next } = programmeAt(programme, local);
    const state = `${language().code} ${now?.starts ?? ''} ${next?.starts ?? ''}`;
    if (state === this.shown) return;
    this.shown = state;
    const current = now ? [title(now), about(now)] : [el('p', { class: 'soft' }, text('booth.now.none'))];
    const coming = next ? [el('h3', {}, t('booth.next', { time: localTime(next.starts) })), title(next), about(next)] : [];
    this.element.replaceChildren(el('h2', {}, text('booth.now')), ...current, ...coming);
  }
}

function title(item: ProgrammeItem): HTMLElement {
  const { text, lang } = nameOf(item.title);
  return el('p', { class: 'programme__title', lang: lang || undefined, dir: 'auto', title: text }, text);
}

function about(item: ProgrammeItem): HTMLElement {
  const words = [`${localTime(item.starts)} – ${localTime(item.ends)}`, item.speaker, ownLanguageName(item.language)].filter(
    (each) => each !== '',
  );
  return el('p', { class: 'soft small' }, words.join(' · '));
}
