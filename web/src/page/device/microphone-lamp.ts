// The lamp of a microphone's page: one word to be read across a table, a sentence, and over both, for some seconds, the slow-down sign.

import { el, setText } from '../kit/dom.js';
import { SlowSign } from './slow-sign.js';

export class Lamp {
  readonly element: HTMLElement;
  readonly slow = new SlowSign();
  private readonly word = el('strong', { class: 'lamp__word' });
  private readonly text = el('span', { class: 'lamp__text' });
  private readonly lamp = el('div', { class: 'lamp', role: 'status' }, this.word, this.text);

  constructor() {
    this.element = el('div', { class: 'speak__lamp' }, this.lamp, this.slow.element);
  }

  /** `air` decides on its colour. */
  show(air: string, word: string, text: string): void {
    this.lamp.dataset['air'] = air;
    setText(this.word, word);
    setText(this.text, text);
  }
}
