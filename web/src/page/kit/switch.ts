// A switch with a sentence under it. A checkbox to the browser and to screen readers.

import { onLanguage, t } from '../../lib/i18n.js';
import { el, newId, setText } from './dom.js';

export class Switch {
  readonly element: HTMLElement;
  private readonly input: HTMLInputElement;

  /** `name` and `hint` are i18n keys; `changed` is called from within the tap. */
  constructor(name: string, hint: string, on: boolean, changed: (on: boolean) => void) {
    const id = newId('hint');
    this.input = el('input', { type: 'checkbox', role: 'switch', 'aria-describedby': id });
    this.input.checked = on;
    this.input.addEventListener('change', () => changed(this.input.checked));
    const title = el('span', {});
    const under = el('span', { class: 'switch__hint', id });
    // The hint is outside the label, so that it is read as a description and not as part of the name.
    const label = el('label', { class: 'switch' }, this.input, el('span', { class: 'switch__text' }, title));
    this.element = el('div', { class: 'switch-field' }, label, under);
    const write = () => {
      setText(title, t(name));
      setText(under, t(hint));
    };
    onLanguage(write);
    write();
  }

  get on(): boolean {
    return this.input.checked;
  }

  set on(on: boolean) {
    this.input.checked = on;
  }
}
