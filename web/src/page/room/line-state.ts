// One line about the connection. It says that the page helps itself, so that nobody reloads it.

import { milliseconds, t } from '../../lib/i18n.js';
import type { Line } from '../../lib/session.js';
import { el, setText } from '../kit/dom.js';
import { errorText } from './error-text.js';
import { localize } from '../kit/text.js';

export class LineState {
  readonly element: HTMLElement;
  private readonly text = el('span');
  private line: Line = { state: 'connecting' };

  /** `detailed` adds the round trip, for those who work here. */
  constructor(private readonly detailed = false) {
    this.element = el('p', { class: 'line' }, el('span', { class: 'line__dot', 'aria-hidden': 'true' }), this.text);
    localize(this.element, () => this.write());
  }

  show(line: Line): void {
    this.line = line;
    this.write();
  }

  private write(): void {
    this.element.dataset['state'] = this.line.state;
    setText(this.text, this.words());
  }

  private words(): string {
    const { line } = this;
    if (line.state === 'refused') return errorText(line.error);
    if (line.state === 'open' && this.detailed)
      return t('common.line.open_detailed', { time: milliseconds(line.rtt_ms) });
    return t(`common.line.${line.state}`);
  }
}
