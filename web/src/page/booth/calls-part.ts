// The keys by which a desk calls others: the speaker to slow down, a technician, and the floor itself.
//
// A call has no answer of its own, so the key says that it was sent. Speaking to the floor is heard by everybody who hears the
// original: it wants a second press, and ends with one.

import { t, type TextKey } from '../../lib/i18n.js';
import type { Desk } from '../../lib/protocol.js';
import { el, setText } from '../kit/dom.js';
import { Guard } from './two-step-key.js';
import { Sent } from './pending-call.js';
import { printedKey } from './shortcuts.js';
import { text } from '../kit/text.js';

export type Call = 'slow_down' | 'technician';

export interface CallsHandlers {
  call(what: Call): void;
  toFloor(on: boolean): void;
  say(text: string): void;
}

export class CallsPart {
  readonly element: HTMLElement;
  private readonly slow = key('booth.slow_down', 'S');
  private readonly technician = key('booth.technician', 'T');
  private readonly floor = key('booth.to_floor', 'Shift+F');
  private readonly sent = { slow_down: new Sent(), technician: new Sent() };
  private readonly guard = new Guard();
  private on = false;
  private known = false;
  private pending = false;

  constructor(private readonly handlers: CallsHandlers) {
    this.slow.node.addEventListener('click', () => this.call('slow_down'));
    this.technician.node.addEventListener('click', () => this.call('technician'));
    this.floor.node.addEventListener('click', () => this.toFloor());
    this.element = el('section', { class: 'calls', 'aria-label': text('consoles.calls') }, this.slow.node, this.technician.node, this.floor.node);
  }

  /** `known`: the line is open. */
  show(desk: Desk | null, known: boolean, pending: boolean): void {
    this.on = desk?.to_floor ?? false;
    this.known = known;
    this.pending = pending;
    if (!known) this.guard.disarm();
    this.write(performance.now());
  }

  tick(nowMs: number): void {
    this.write(nowMs);
  }

  call(what: Call): void {
    if (!this.known) return;
    this.sent[what].press(performance.now());
    this.handlers.call(what);
    this.handlers.say(t(`booth.${what}.sent`));
    this.write(performance.now());
  }

  /** The server said no to a call. */
  refused(): void {
    this.sent.slow_down.refused();
    this.sent.technician.refused();
  }

  toFloor(): void {
    const now = performance.now();
    if (!this.known) return;
    if (this.on) this.handlers.toFloor(false);
    else if (this.guard.press(now)) this.handlers.toFloor(true);
    else this.handlers.say(t('booth.to_floor.confirm'));
    this.write(now);
  }

  private write(nowMs: number): void {
    const armed = this.guard.armed(nowMs);
    for (const [each, what] of [[this.slow, 'slow_down'], [this.technician, 'technician']] as const)
      each.show(this.sent[what].shows(nowMs) ? 'sent' : 'idle', t(`booth.${what}.${this.sent[what].shows(nowMs) ? 'sent' : 'hint'}`), this.known);
    const state = this.on ? 'on' : armed ? 'armed' : 'idle';
    this.floor.show(state, t(`booth.to_floor.${this.on ? 'on' : armed ? 'confirm' : 'hint'}`), this.known);
    this.floor.node.setAttribute('aria-pressed', String(this.on));
    this.floor.node.classList.toggle('key--pending', this.pending);
  }
}

function key(name: TextKey, shortcut: string): { node: HTMLButtonElement; show(state: string, text: string, able: boolean): void } {
  const line = el('span', { class: 'call__state' });
  const node = el(
    'button',
    { class: 'call', type: 'button', 'aria-keyshortcuts': shortcut },
    el('span', { class: 'call__name' }, text(name)),
    line,
    el('kbd', { class: 'keycap key__cap-inline', 'aria-hidden': 'true' }, printedKey(shortcut)),
  );
  return {
    node,
    show: (state, text, able) => {
      node.dataset['state'] = state;
      node.setAttribute('aria-disabled', String(!able));
      setText(line, text);
    },
  };
}
