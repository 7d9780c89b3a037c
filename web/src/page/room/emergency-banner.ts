// The banner of an emergency announcement: full width, first on the page, spoken at once by screen readers. It says what the operator
// wrote in the language of the page; without that its own sentence, and then what was written in another language.

import { language, nameOf, t } from '../../lib/i18n.js';
import type { Words } from '../../lib/protocol.js';
import { el, setAttribute, setText } from '../kit/dom.js';
import { icon } from '../kit/icon.js';
import { localize } from '../kit/text.js';

export class EmergencyBanner {
  /** Stands in the page from the start (a live region must), empty until there is an emergency. */
  readonly element = el('div', { role: 'alert' });
  private readonly own = el('span', {});
  private readonly said = el('bdi', {});
  private readonly text = el('span', { class: 'emergency__text' }, this.own, ' ', this.said);
  private readonly banner = el('div', { class: 'emergency' }, icon('warning', 32), this.text);
  private words: Words = {};

  constructor() {
    localize(this.element, () => this.write());
  }

  show(on: boolean, words: Words = {}): void {
    this.words = words;
    this.write();
    if (on === this.banner.isConnected) return;
    if (on) this.element.append(this.banner);
    else this.banner.remove();
  }

  /** Adds a button or a link to the banner. */
  add(action: HTMLElement): void {
    this.banner.append(action);
  }

  private write(): void {
    const { text, lang } = wordsOf(this.words);
    setText(this.own, lang === language().code ? '' : t('common.emergency'));
    setText(this.said, text);
    setAttribute(this.said, 'lang', lang || undefined);
  }
}

/** In the language of the page; else the one that has no language, since it is for all; else in English, or any. */
function wordsOf(words: Words): { text: string; lang: string } {
  if (!words[language().code] && words.und) return { text: words.und, lang: '' };
  return nameOf(words);
}
