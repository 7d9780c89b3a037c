// Who sits beside, whether that microphone is heard, and whether its line is good.

import { language, t } from '../../lib/i18n.js';
import type { Desk } from '../../lib/protocol.js';
import { el } from '../kit/dom.js';
import { text } from '../kit/text.js';

export class MatesList {
  readonly element = el('div', { class: 'mates' });
  private shown = '';

  show(mates: Desk[]): void {
    const state = language().code + JSON.stringify(mates);
    if (state === this.shown) return;
    this.shown = state;
    if (mates.length === 0) this.element.replaceChildren(el('p', { class: 'soft' }, text('booth.mate.alone')));
    else this.element.replaceChildren(...mates.map(row));
  }
}

function row(mate: Desk): HTMLElement {
  const state = mate.to_floor && mate.mic === 'on' ? 'to_floor' : mate.on_air ? 'on_air' : mate.mic;
  const name = mate.seated ? mate.name || t('booth.desk', { desk: mate.desk }) : t('booth.mate.none');
  const place = mate.seated && !mate.name ? '\u00a0' : t('booth.desk', { desk: mate.desk }); // the desk is the name then
  const line = mate.seated && mate.link !== 'up' ? t(`booth.mate.link_${mate.link}`) : place;
  return el(
    'p',
    { class: 'mates__row' },
    el(
      'span',
      { class: 'mates__who' },
      el('span', { class: 'mates__name', title: name.slice(0, 200) }, name),
      el('span', { class: 'mates__line', 'data-link': mate.seated ? mate.link : 'up' }, line),
    ),
    el(
      'span',
      { class: 'mates__state', 'data-state': mate.seated ? state : 'empty' },
      mate.seated ? t(`consoles.mic.${state}`) : '–',
    ),
  );
}
