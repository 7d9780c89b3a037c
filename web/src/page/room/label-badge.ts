// The badge that says what is heard: original, interpretation, relay, silence, emergency, tone, music. By shape, word and colour.

import { SHOWN, type Shown } from '../../lib/explain.js';
import { t } from '../../lib/i18n.js';
import { el } from '../kit/dom.js';
import { icon } from '../kit/icon.js';
import { localize } from '../kit/text.js';
import { Words } from '../kit/words.js';

export class LabelBadge {
  readonly element: HTMLElement;
  private readonly words = new Words<Shown>(SHOWN);
  private readonly shape: HTMLElement;
  private label: Shown | null = null;

  /** `word`: what each label is called here. */
  constructor(
    label: Shown,
    private readonly word = (each: Shown): string => t(`common.label.${each}`),
  ) {
    this.shape = el('span', { class: 'badge__shape' });
    this.element = el('span', { class: 'badge' }, this.shape, this.words.element);
    localize(this.element, () => this.write());
    this.show(label);
  }

  show(label: Shown): void {
    if (label === this.label) return;
    this.label = label;
    this.element.dataset['label'] = label;
    this.shape.replaceChildren(icon(label, 12));
    this.words.show(label);
  }

  private write(): void {
    for (const label of SHOWN) this.words.write(label, this.word(label));
  }
}
