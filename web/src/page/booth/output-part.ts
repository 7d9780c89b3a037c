// The output keys A, B, C: the language each leads to, which one is selected (the server's word), and who else has it.

import { t } from '../../lib/i18n.js';
import { el, setText } from '../kit/dom.js';
import type { OutputKey } from './tally.js';
import { text } from '../kit/text.js';

interface Row {
  node: HTMLButtonElement;
  name: HTMLElement;
  holder: HTMLElement;
}

export class OutputPart {
  readonly element: HTMLElement;
  private readonly keys = el('div', { class: 'output__keys', role: 'group', 'aria-labelledby': 'output' });
  private rows = new Map<string, Row>();

  constructor(private readonly choose: (key: 'A' | 'B' | 'C') => void) {
    this.element = el('section', { class: 'panel output' }, el('h2', { id: 'output' }, text('booth.output')), this.keys);
  }

  /** `wrong`: the floor speaks the language of the selected one. */
  show(outputs: OutputKey[], pending: string | null, wrong: boolean): void {
    if (outputs.length !== this.rows.size) this.build(outputs);
    for (const output of outputs) {
      const row = this.rows.get(output.key);
      if (!row) continue;
      row.node.setAttribute('aria-pressed', String(output.selected));
      row.node.classList.toggle('output__key--pending', pending === output.key);
      row.node.dataset['holder'] = output.engagedBy.length > 0 ? 'other' : output.mine ? 'mine' : 'free';
      setText(row.name, output.name);
      row.name.lang = output.language;
      row.holder.title = output.engagedBy.join(', ').slice(0, 200);
      const against = wrong && output.selected;
      row.node.dataset['wrong'] = String(against);
      setText(row.holder, against ? t('booth.output.wrong') : holderText(output));
    }
  }

  private build(outputs: OutputKey[]): void {
    this.rows = new Map(outputs.map(({ key }) => [key, this.row(key)]));
    this.keys.replaceChildren(...[...this.rows.values()].map((row) => row.node));
  }

  private row(key: 'A' | 'B' | 'C'): Row {
    const name = el('span', { class: 'output__language' });
    const holder = el('span', { class: 'output__holder' });
    const node = el('button', { class: 'output__key', type: 'button' }, el('kbd', { class: 'keycap' }, key), name, holder);
    node.addEventListener('click', () => this.choose(key));
    return { node, name, holder };
  }
}

function holderText({ engagedBy, mine }: OutputKey): string {
  if (engagedBy.length > 0) return t('booth.output.engaged', { who: engagedBy.join(', ') });
  return t(mine ? 'booth.output.mine' : 'booth.output.free');
}
