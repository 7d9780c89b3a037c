// A level meter that moves without layout: a bar and a peak mark, both moved by transforms, drawn once per picture and only while
// something changes and the page is seen; for AV staff a second, thin bar below it for the loudness. For assistive technology it is
// a `meter` whose value is renewed every two seconds.

import type { TextKey } from '../../lib/i18n.js';
import { el } from './dom.js';
import { Ballistics, FLOOR_DB, share } from './ballistics.js';
import { text } from './text.js';

const SPOKEN_EACH_MS = 2000;

export class LevelBar {
  readonly element: HTMLElement;
  private readonly cover = el('i', { class: 'level__cover' });
  private readonly mark = el('i', { class: 'level__mark' });
  private readonly second = el('i', { class: 'level__cover level__cover--second' });
  private readonly ballistics = new Ballistics();
  private loudness = FLOOR_DB;
  private request = 0;
  private spokenMs = 0;

  /** `name`: the key of the text that says what is measured. */
  constructor(name: TextKey, withLoudness = false) {
    this.element = el(
      'div',
      { class: 'level', role: 'meter', 'aria-label': text(name), 'aria-valuemin': FLOOR_DB, 'aria-valuemax': 0, 'aria-valuenow': FLOOR_DB },
      el('i', { class: 'level__scale' }, this.cover, this.mark, ...(withLoudness ? [this.second] : [])),
    );
  }

  /** A new reading: dBFS, and LUFS (which the server has smoothed already). */
  show(peakDb: number, loudness = FLOOR_DB): void {
    this.loudness = loudness;
    this.ballistics.read(peakDb, performance.now());
    if (this.request === 0 && !document.hidden) this.request = requestAnimationFrame((now) => this.draw(now));
  }

  private draw(now: number): void {
    this.request = 0;
    this.ballistics.read(-Infinity, now);
    this.second.style.transform = `scaleX(${(1 - share(this.loudness)).toFixed(4)})`;
    const hold = share(this.ballistics.holdDb);
    this.cover.style.transform = `scaleX(${(1 - share(this.ballistics.db)).toFixed(4)})`;
    this.mark.style.transform = `translateX(${((hold - 1) * 100 * direction(this.element)).toFixed(2)}%)`;
    if (now - this.spokenMs > SPOKEN_EACH_MS) {
      this.spokenMs = now;
      this.element.setAttribute('aria-valuenow', String(Math.round(this.ballistics.db)));
    }
    if (!this.ballistics.atRest && !document.hidden) this.request = requestAnimationFrame((next) => this.draw(next));
  }
}

/** Arabic pages have their meters from right to left. */
function direction(node: HTMLElement): 1 | -1 {
  return node.ownerDocument.dir === 'rtl' ? -1 : 1;
}
