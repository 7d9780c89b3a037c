// A level meter. Two custom properties move a clip and a mark; there is no layout and no canvas, so that thirty of them on a page
// cost little. Falls slowly and rises at once, as a peak meter does.

import { t, type TextKey } from '../../lib/i18n.js';
import { el } from './dom.js';
import { localize } from './text.js';

const FLOOR_DB = -60; // the left end
const FALL_DB_S = 20; // IEC 60268-18 digital peak meters fall about so
const HOLD_MS = 1500;

/** Where a level stands on the scale, 0 to 1. */
export function meterShare(peakDb: number): number {
  return Math.min(1, Math.max(0, 1 - peakDb / FLOOR_DB));
}

export class Meter {
  readonly element: HTMLElement;
  private shownDb = -100;
  private heldDb = -100;
  private heldAt = 0;
  private last = 0;

  /** `name` is the i18n key of what is measured; without one the meter is decoration, where other words say enough. */
  constructor(name?: TextKey) {
    this.element = el('div', { class: 'meter' }, el('div', { class: 'meter__bar' }), el('div', { class: 'meter__peak' }));
    if (!name) this.element.setAttribute('aria-hidden', 'true');
    else this.named(name);
  }

  /** A new value, dBFS; `now` in ms. Call it whenever one comes (10-20 times a second). */
  show(peakDb: number, now: number = performance.now()): void {
    const fallen = this.shownDb - (FALL_DB_S * Math.min(1000, now - this.last)) / 1000;
    this.last = now;
    this.shownDb = Math.max(peakDb, fallen, -100);
    if (this.shownDb >= this.heldDb || now - this.heldAt > HOLD_MS) {
      this.heldDb = this.shownDb;
      this.heldAt = now;
    }
    this.element.style.setProperty('--level', `${(meterShare(this.shownDb) * 100).toFixed(1)}%`);
    this.element.style.setProperty('--peak', `${(meterShare(this.heldDb) * 100).toFixed(1)}%`);
    if (this.element.hasAttribute('role')) this.element.setAttribute('aria-valuenow', String(Math.round(this.shownDb)));
  }

  private named(name: TextKey): void {
    const attributes = { role: 'meter', 'aria-valuemin': '-100', 'aria-valuemax': '0', 'aria-valuenow': '-100' };
    for (const [key, value] of Object.entries(attributes)) this.element.setAttribute(key, value);
    localize(this.element, () => this.element.setAttribute('aria-label', t(name)));
  }
}
