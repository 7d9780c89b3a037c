// The two steps before the desk: who you are (the tap that may start sound), then microphone and headphones, heard and seen
// working.

import { t } from '../../lib/i18n.js';
import type { Line, Session } from '../../lib/session.js';
import { LevelBar } from '../kit/level-bar.js';
import type { HeadphonesPanel } from '../device/headphones-panel.js';
import type { MicrophonePanel } from '../device/microphone-panel.js';
import type { Ticket } from '../entry/ticket.js';
import { el } from '../kit/dom.js';
import { text } from '../kit/text.js';
import { LineState } from '../room/line-state.js';
import { VolumeSlider } from '../kit/volume.js';

/** The first step; resolves with the name, inside the handler of the tap. */
export function welcome(place: HTMLElement, ticket: Ticket, name: string, go: (name: string) => void): void {
  const field = el('input', { class: 'input', id: 'name', type: 'text', autocomplete: 'name', maxlength: 60, value: name });
  const where = `${t('booth.booth', { booth: ticket.booth })} · ${t('booth.desk', { desk: ticket.desk })}`;
  const form = el(
    'form',
    { class: 'entrance card stack' },
    el('p', { class: 'entrance__where' }, where),
    el('h1', {}, text('booth.enter.title')),
    el('p', { class: 'soft' }, text('booth.enter.text')),
    el('div', { class: 'field' }, el('label', { for: 'name' }, text('booth.enter.name')), field),
    el('button', { class: 'button button--main button--large', type: 'submit' }, text('booth.enter.go')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    go(field.value.trim());
  });
  place.replaceChildren(el('main', {}, form));
  field.focus();
}

/**
 * The second step: shown until the person takes the desk, which needs an open microphone and a server that has let this page in.
 */
export class Check {
  private readonly take = el('button', {
    class: 'button button--main button--large',
    type: 'button',
    disabled: true,
  }, text('booth.check.go'));

  private readonly line = new LineState();

  constructor(place: HTMLElement, session: Session, panel: MicrophonePanel, headphones: HeadphonesPanel, done: () => void) {
    const level = new LevelBar('consoles.headphones.level');
    const volume = new VolumeSlider('booth.volume', (share) => session.setVolume(share), 'consoles.headphones'); // the desk's own
    const off = session.on('playing', ({ peak_db }) => level.show(peak_db));
    this.take.addEventListener('click', () => {
      off();
      done();
    });
    place.replaceChildren(
      el(
        'main',
        { class: 'check-page' },
        el('div', { class: 'check-page__top' }, el('h1', {}, text('booth.check.title')), this.line.element),
        el('section', { class: 'card stack' }, panel.element),
        el(
          'section',
          { class: 'card stack' },
          el('h2', {}, text('booth.check.hear')),
          el('p', { class: 'soft' }, text('booth.check.hear_hint')),
          level.element,
          volume.element,
          headphones.element,
        ),
        el('div', { class: 'check-page__go' }, el('p', { class: 'soft' }, text('booth.check.off')), this.take),
      ),
    );
  }

  show(line: Line, ready: boolean): void {
    this.line.show(line);
    this.take.disabled = !ready;
  }
}
