// Which input of the floor this microphone is: main, backup, ... One that somebody else sends to is named so, and the server
// refuses it.

import { nameOf, t } from '../../lib/i18n.js';
import type { Input } from '../../lib/protocol.js';
import { el, setText } from '../kit/dom.js';
import { text } from '../kit/text.js';

export class InputPart {
  readonly element: HTMLElement;
  private readonly choices = el('div', { class: 'inputs', role: 'radiogroup', 'aria-label': text('speak.input') });
  private rows = new Map<string, { input: HTMLInputElement; name: HTMLElement; state: HTMLElement }>();

  constructor(private readonly choose: (id: string) => void) {
    this.element = el('section', { class: 'stack stack--tight' }, el('h2', {}, text('speak.input')), this.choices);
  }

  /** `own`: chosen here. `sending`: then it cannot be changed. */
  show(inputs: readonly Input[], own: string, sending: boolean): void {
    if (inputs.length !== this.rows.size || inputs.some((each) => !this.rows.has(each.id))) this.build(inputs);
    for (const each of inputs) {
      const row = this.rows.get(each.id);
      if (!row) continue;
      const ours = each.id === own;
      row.input.checked = ours;
      row.input.disabled = sending && !ours;
      setText(row.name, nameOf(each.name).text || each.id);
      setText(
        row.state,
        each.link !== 'down' && !(sending && ours) ? t('speak.input.taken') : ours ? t('speak.input.yours') : t('speak.input.free'),
      );
    }
  }

  private build(inputs: readonly Input[]): void {
    this.rows = new Map();
    const labels = inputs.map(({ id }) => {
      const input = el('input', { type: 'radio', name: 'input', value: id, class: 'sr-only' });
      const name = el('span', { class: 'inputs__name' });
      const state = el('span', { class: 'inputs__state' });
      input.addEventListener('change', () => this.choose(id));
      this.rows.set(id, { input, name, state });
      return el('label', { class: 'inputs__choice' }, input, name, state);
    });
    this.choices.replaceChildren(...(labels.length > 0 ? labels : [el('p', {}, text('speak.no_inputs'))]));
  }
}
