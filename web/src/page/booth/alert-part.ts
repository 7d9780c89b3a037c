// The one line of a desk for what must be known now. It has its place and its height always, so that nothing jumps when it speaks.
// What is wrong as long as it lasts goes before what is told once; a mild warning lets the news speak first.

import { el, setText } from '../kit/dom.js';

export type Tone = 'bad' | 'warn';
export interface Sentence {
  tone: Tone;
  text: string;
  flash?: boolean;
  more?: number; // so many others besides
}

const TOLD_FOR_MS = 8000;

export class AlertPart {
  private readonly text = el('span', {});
  private readonly more = el('span', { class: 'alert__more', 'aria-hidden': 'true' });
  readonly element = el('div', { class: 'alert', role: 'alert' }, this.text, this.more);
  private lasting: Sentence | null = null;
  private once: Sentence | null = null;
  private timer = 0;

  /** As long as it is so; null: no longer. */
  keep(sentence: Sentence | null): void {
    this.lasting = sentence;
    this.show();
  }

  /** For some seconds, or until the next one. */
  tell(tone: Tone, text: string): void {
    window.clearTimeout(this.timer);
    this.once = { tone, text };
    this.timer = window.setTimeout(() => {
      this.once = null;
      this.show();
    }, TOLD_FOR_MS);
    this.show();
  }

  /** What was told once has been seen: a hand has moved. */
  seen(): void {
    this.once = null;
    this.show();
  }

  private show(): void {
    const sentence = this.lasting?.tone === 'bad' ? this.lasting : (this.once ?? this.lasting);
    const more = sentence?.more ?? 0;
    this.element.dataset['tone'] = sentence?.tone ?? 'none';
    this.element.dataset['flash'] = String(sentence?.flash ?? false);
    setText(this.more, more > 0 ? `+${more}` : '');
    setText(this.text, sentence?.text ?? '');
  }
}
