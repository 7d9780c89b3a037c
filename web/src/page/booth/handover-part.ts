// The boothmate and the microphone that goes between the two: who sits there, whose turn it is and for how long, the prompt of a
// handover with its countdown, and its three keys. Every line has its place always; a key that makes no sense is dark.

import { t } from '../../lib/i18n.js';
import type { Booth, Desk, Room } from '../../lib/protocol.js';
import { el, setText } from '../kit/dom.js';
import type { HandoverKey } from './desk-state.js';
import { NOTHING, boothOf, handoverOf, secondsLeft, turnTime, type Ended, type HandoverView } from './handover.js';
import { MatesList } from './mates-list.js';
import { printedKey } from './shortcuts.js';
import { matesOf, personAt } from './tally.js';
import { text } from '../kit/text.js';

const ENDED_MS = 8000;

export class HandoverPart {
  readonly element: HTMLElement;
  private readonly mates = new MatesList();
  private readonly turnWho = el('span', { class: 'turn__who' });
  private readonly turnTime = el('span', { class: 'turn__time figures', dir: 'ltr' });
  private readonly turn = el('p', { class: 'turn' }, this.turnWho, this.turnTime);
  private readonly text = el('span', { class: 'prompt__text', role: 'status', 'aria-live': 'assertive' });
  private readonly seconds = el('span', { class: 'prompt__seconds figures', 'aria-hidden': 'true' });
  private readonly prompt = el('div', { class: 'prompt' }, this.text, this.seconds);
  private readonly main = key('H');
  private readonly no = key('N');
  private readonly take = key('Shift+H', 'handover-key--take');
  private view: HandoverView = NOTHING;
  private booth: Booth | null = null;
  private ended: { how: Ended; untilMs: number } | null = null;

  constructor(private readonly press: (key: HandoverKey) => void) {
    this.main.node.addEventListener('click', () => this.pressMain());
    this.no.node.addEventListener('click', () => this.pressNo());
    this.take.node.addEventListener('click', () => this.pressTake());
    this.element = el(
      'section',
      { class: 'panel handover' },
      el('div', { class: 'handover__head' }, el('h2', {}, text('booth.mate')), this.turn),
      this.mates.element,
      this.prompt,
      el('div', { class: 'handover__keys' }, this.main.node, this.no.node, this.take.node),
    );
  }

  show(room: Room, desk: Desk | null, pending: HandoverKey | null): void {
    this.mates.show(desk ? matesOf(room, desk) : []);
    this.view = desk ? handoverOf(room, desk) : NOTHING;
    this.booth = (desk && boothOf(room, desk)) ?? null;
    const { main, no, take } = this.view;
    if (this.view.endsUs > 0) this.ended = null;
    this.prompt.dataset['case'] = this.view.case;
    this.text.setAttribute('aria-live', this.view.case === 'taken' ? 'off' : 'assertive'); // the alert over the desk says that one
    setText(this.text, this.sentence(room, desk));
    this.main.show(t(`booth.handover.key.${main ?? (desk?.mic === 'off' ? 'request' : 'offer')}`), main !== null, pending !== null && pending === main);
    this.no.show(t(`booth.handover.key.${no ?? 'cancel'}`), no !== null, pending !== null && pending === no);
    this.take.show(t('booth.handover.key.take'), take, pending === 'take');
    this.main.node.classList.toggle('handover-key--wanted', main === 'accept');
    this.showTurn(room, desk);
  }

  /** Several times a second; `nowUs`: the server's clock. */
  tick(nowUs: number, nowMs: number): void {
    if (this.ended && nowMs > this.ended.untilMs) {
      this.ended = null;
      setText(this.text, '');
    }
    const left = secondsLeft(this.view.endsUs, nowUs, this.view.state);
    setText(this.seconds, left > 0 ? String(left) : '');
    setText(this.turnTime, this.booth ? turnTime(this.booth.turn.since_us, nowUs) : '');
  }

  /** How the last one ended, for some seconds. */
  tell(how: Ended, nowMs: number): void {
    this.ended = { how, untilMs: nowMs + ENDED_MS };
  }

  pressMain(): void {
    if (this.view.main) this.press(this.view.main);
  }

  pressNo(): void {
    if (this.view.no) this.press(this.view.no);
  }

  pressTake(): void {
    if (this.view.take) this.press('take');
  }

  private sentence(room: Room, desk: Desk | null): string {
    const { view, ended } = this;
    if (ended) {
      const speaker = this.booth?.turn.desk ?? '';
      const mine = speaker === desk?.id;
      return t(ended.how === 'switched' && mine ? 'booth.handover.ended.mine' : `booth.handover.ended.${ended.how}`, { who: personAt(room, speaker) });
    }
    if (view.case === 'none' || view.case === 'active' || view.case === 'passive') return '';
    return t(`booth.handover.${view.case}`, { who: view.who || t('booth.mate') });
  }

  private showTurn(room: Room, desk: Desk | null): void {
    const turn = this.booth?.turn;
    this.turn.dataset['colour'] = turn?.colour ?? 'none';
    const who = !turn || turn.desk === '' ? '' : turn.desk === desk?.id ? t('booth.turn.mine') : personAt(room, turn.desk);
    setText(this.turnWho, who);
    this.turnWho.title = who;
  }
}

interface Key {
  node: HTMLButtonElement;
  show(text: string, able: boolean, pending: boolean): void;
}

function key(shortcut: string, kind = ''): Key {
  const name = el('span', { class: 'handover-key__name' });
  const cap = el('kbd', { class: 'keycap key__cap-inline', 'aria-hidden': 'true' }, printedKey(shortcut));
  const node = el('button', { class: `handover-key ${kind}`, type: 'button', 'aria-keyshortcuts': shortcut }, name, cap);
  return {
    node,
    show: (text, able, pending) => {
      setText(name, text);
      node.setAttribute('aria-disabled', String(!able));
      node.classList.toggle('key--pending', pending);
    },
  };
}
