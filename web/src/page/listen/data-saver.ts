// Whether to save data: when the line needs it (the server sees that), always, or never; with what it costs.

import { kilobytesPerMinute } from '../../lib/data-use.js';
import { number, t } from '../../lib/i18n.js';
import type { RenditionWish, Room } from '../../lib/protocol.js';
import { el, newId, setText } from '../kit/dom.js';
import { keep, recall } from '../kit/storage.js';
import { localize } from '../kit/text.js';

const CHOICES = ['auto', 'always', 'off'] as const;
type Choice = (typeof CHOICES)[number];
const RENDITIONS: Record<Choice, RenditionWish> = { auto: 'auto', always: 'saver', off: 'standard' };
const STEP_KB = 10; // finer would be a promise

export class DataSaver {
  readonly element: HTMLElement;
  private readonly label: HTMLElement;
  private readonly select: HTMLSelectElement;
  private readonly options = CHOICES.map((choice) => el('option', { value: choice }));
  private readonly hint = el('p', { class: 'field__hint small soft', id: newId('saver-hint') });
  private renditions: Room['renditions'];

  constructor(changed: () => void) {
    const id = newId('saver');
    this.label = el('label', { for: id });
    this.select = el('select', { id, class: 'select', 'aria-describedby': this.hint.id }, ...this.options);
    this.select.value = CHOICES.find((choice) => choice === recall('saver')) ?? 'auto';
    this.select.addEventListener('change', () => {
      keep('saver', this.select.value);
      changed();
    });
    this.element = el('div', { class: 'field', hidden: true }, this.label, this.select, this.hint);
    localize(this.element, () => this.write());
  }

  /** What to ask the server for. */
  get rendition(): RenditionWish {
    return this.renditions?.saver ? RENDITIONS[this.select.value as Choice] : 'standard';
  }

  /** A server without the rendition has nothing to choose. */
  show({ renditions }: Room): void {
    this.renditions = renditions;
    this.element.hidden = !renditions?.saver;
    this.write();
  }

  private write(): void {
    const { saver, standard } = this.renditions ?? {};
    setText(this.label, t('listen.saver'));
    this.options.forEach((option, index) => setText(option, t(`listen.saver.${CHOICES[index] ?? 'auto'}`)));
    if (!saver || !standard) return;
    const size = (kilobytes: number) => number(Math.round(kilobytes / STEP_KB) * STEP_KB, { style: 'unit', unit: 'kilobyte' });
    setText(this.hint, t('listen.saver_hint', { less: size(kilobytesPerMinute(saver)), more: size(kilobytesPerMinute(standard)) }));
  }
}
