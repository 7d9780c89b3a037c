// A switch with a sentence under it. A checkbox to the browser and to screen readers.

import type { TextKey } from '../../lib/i18n.js';
import { el, newId } from './dom.js';
import { text } from './text.js';

export class Switch {
  readonly element: HTMLElement;
  private readonly input: HTMLInputElement;

  /** `changed` is called from within the tap. */
  constructor(name: TextKey, hint: TextKey, on: boolean, changed: (on: boolean) => void) {
    const id = newId('hint');
    this.input = el('input', { type: 'checkbox', role: 'switch', 'aria-describedby': id });
    this.input.checked = on;
    this.input.addEventListener('change', () => changed(this.input.checked));
    const under = el('span', { class: 'switch__hint', id }, text(hint));
    // The hint is outside the label, so that it is read as a description and not as part of the name.
    const label = el('label', { class: 'switch' }, this.input, el('span', { class: 'switch__text' }, text(name)));
    this.element = el('div', { class: 'switch-field' }, label, under);
  }

  get on(): boolean {
    return this.input.checked;
  }

  set on(on: boolean) {
    this.input.checked = on;
  }
}
