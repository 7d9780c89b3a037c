// A slider on one line: its name, its track, its value. Remembered on this computer under `memory`.

import { t, type TextKey } from '../../lib/i18n.js';
import { el, setText } from './dom.js';
import { keep, recall } from './storage.js';
import { localize, text } from './text.js';

export interface SliderOptions {
  name: TextKey;
  memory: string;
  min: number;
  max: number;
  step: number;
  value: number; // before anybody moved it
  text(value: number): string;
}

export class Slider {
  readonly element: HTMLElement;
  private readonly range: HTMLInputElement;
  private readonly figure = el('output', { class: 'slider__figure figures', 'aria-hidden': 'true' });

  /** `changed` is called with every move, and once at the start with what was remembered. */
  constructor(
    private readonly options: SliderOptions,
    private readonly changed: (value: number) => void,
  ) {
    const { name, memory, min, max, step } = options;
    this.range = el('input', { type: 'range', class: 'range slider__range', min, max, step });
    this.element = el('label', { class: 'slider' }, el('span', { class: 'slider__name' }, text(name)), this.range, this.figure);
    const kept = recall(memory);
    const known = kept !== null && kept !== '' && Number(kept) >= min && Number(kept) <= max;
    this.range.value = String(known ? Number(kept) : options.value);
    this.range.addEventListener('input', () => {
      keep(memory, this.range.value);
      this.tell();
    });
    localize(this.element, () => this.write());
    this.tell();
  }

  get value(): number {
    return Number(this.range.value);
  }

  /** Moves it by so many steps, as a key does. */
  turn(steps: number): void {
    this.range.stepUp(steps);
    this.range.dispatchEvent(new Event('input'));
  }

  /** What it says of itself, for ears. */
  get words(): string {
    return `${t(this.options.name)}: ${this.options.text(this.value)}`;
  }

  private tell(): void {
    const { min, max } = this.options;
    this.range.style.setProperty('--share', `${((this.value - min) / (max - min)) * 100}%`);
    this.write();
    this.changed(this.value);
  }

  private write(): void {
    const text = this.options.text(this.value);
    setText(this.figure, text);
    this.range.setAttribute('aria-valuetext', text);
  }
}
