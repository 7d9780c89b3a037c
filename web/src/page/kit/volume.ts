// The volume slider, 0 to 150 %; remembered on this device under `memory`.

import { percent, t, type TextKey } from '../../lib/i18n.js';
import { el } from './dom.js';
import { icon } from './icon.js';
import { keep, recall } from './storage.js';
import { localize } from './text.js';

export const VOLUME_MAX = 1.5;

export class VolumeSlider {
  readonly element: HTMLElement;
  private readonly range: HTMLInputElement;

  /** `changed` is called with every move, and once at the start with what was remembered. */
  constructor(memory: string, private readonly changed: (volume: number) => void, name: TextKey = 'common.volume') {
    this.range = el('input', { type: 'range', class: 'range', min: 0, max: VOLUME_MAX, step: 0.05 });
    this.element = el('div', { class: 'volume' }, icon('volume', 22), this.range);
    const kept = Number(recall(memory) ?? '1');
    this.range.value = String(kept >= 0 && kept <= VOLUME_MAX ? kept : 1);
    this.range.addEventListener('input', () => {
      keep(memory, this.range.value);
      this.tell();
    });
    localize(this.element, () => this.write(name));
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

  private write(name: TextKey): void {
    this.range.setAttribute('aria-label', t(name));
    this.range.setAttribute('aria-valuetext', percent(this.value));
  }

  private tell(): void {
    this.range.setAttribute('aria-valuetext', percent(this.value));
    this.range.style.setProperty('--share', `${(this.value / VOLUME_MAX) * 100}%`);
    this.changed(this.value);
  }
}
