// Messages: threads to choose from, the lines of one, a field to write. Text stays text. The field takes every key while it is in
// focus; Escape leaves it, and at a desk sending does too, so that the keys are the desk's again.

import { t } from '../../lib/i18n.js';
import type { Session } from '../../lib/session.js';
import { el, setText } from '../kit/dom.js';
import { CHAT_LENGTH, ChatLog, type Line } from './chat-log.js';
import { clockTime } from '../../lib/event-clock.js';
import { text } from '../kit/text.js';

export interface Thread {
  id: string; // where it goes: "booth", "av", a desk
  name: string;
}

export interface ChatOptions {
  own: string; // this desk's id, or "av"
  leaves: boolean; // sending leaves the field
  came?(name: string): void; // a message of somebody else is there
}

export class ChatPart {
  readonly element: HTMLElement;
  private readonly log: ChatLog;
  private readonly select = el('select', { class: 'select chat__thread' });
  private readonly beside = el('strong', { class: 'chat__beside', role: 'status' });
  private readonly lines = el('div', { class: 'chat__lines', role: 'log', 'aria-live': 'off', tabindex: 0 });
  private readonly field = el('input', { class: 'input chat__field', type: 'text', maxlength: CHAT_LENGTH, autocomplete: 'off', dir: 'auto' });
  private readonly send = el('button', { class: 'button chat__send', type: 'submit' }, text('consoles.chat.send'));
  private threads: readonly Thread[] = [];
  private shown = '';
  private zone = 'UTC';

  constructor(
    private readonly session: Session,
    private readonly options: ChatOptions,
  ) {
    this.log = new ChatLog(options.own);
    const form = el('form', { class: 'chat__form' }, this.field, this.send);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.sendIt();
    });
    this.field.addEventListener('keydown', (event) => event.key === 'Escape' && this.field.blur());
    this.select.addEventListener('change', () => this.open(this.select.value));
    session.on('chat', (chat) => {
      const thread = this.log.take(chat, document.hidden ? null : this.shown, Date.now());
      if (chat.from !== options.own) options.came?.(chat.name || chat.from);
      if (thread === this.shown) this.draw();
      this.write();
    });
    document.addEventListener('visibilitychange', () => !document.hidden && this.open(this.shown));
    const head = el('div', { class: 'chat__head' }, el('h2', {}, text('consoles.chat')), this.beside, this.select);
    this.element = el('section', { class: 'panel chat' }, head, this.lines, form);
  }

  /** `open`: a message can go out now. */
  show(threads: readonly Thread[], open: boolean, zone: string): void {
    this.zone = zone;
    this.send.disabled = !open;
    this.threads = threads;
    if (!threads.some((each) => each.id === this.shown)) this.open(threads[0]?.id ?? '');
    this.write();
  }

  /** The keyboard goes to the field; on a page with unread messages, to the thread that has them. */
  focus(): void {
    const unread = this.threads.find((each) => this.log.unread(each.id) > 0);
    if (unread) this.open(unread.id);
    this.field.focus();
  }

  open(thread: string): void {
    this.shown = thread;
    this.log.read(thread);
    this.draw();
    this.write();
  }

  private sendIt(): void {
    const text = this.field.value.trim();
    if (text === '' || this.send.disabled) return;
    this.session.chat(this.shown, text);
    this.field.value = '';
    if (this.options.leaves) this.field.blur();
  }

  /** Options keep their elements: an open list must not close under the hand. */
  private write(): void {
    const ids = this.threads.map((each) => each.id).join('\n');
    if (this.select.dataset['ids'] !== ids) {
      this.select.dataset['ids'] = ids;
      this.select.replaceChildren(...this.threads.map((each) => el('option', { value: each.id })));
    }
    this.threads.forEach((each, index) => {
      const unread = this.log.unread(each.id);
      const option = this.select.options[index];
      if (option) setText(option, unread > 0 ? `● ${each.name} (${unread})` : each.name);
    });
    this.select.value = this.shown;
    this.select.setAttribute('aria-label', t('consoles.chat.with'));
    this.field.placeholder = t('consoles.chat.write');
    this.field.setAttribute('aria-label', t('consoles.chat.write'));
    this.lines.setAttribute('aria-label', t('consoles.chat'));
    const beside = this.log.unreadBeside(this.shown);
    setText(this.beside, beside > 0 ? t('consoles.chat.unread', { count: beside }) : '');
  }

  private draw(): void {
    const lines = this.log.lines(this.shown);
    if (lines.length > 0) this.lines.replaceChildren(...lines.map((each) => this.line(each)));
    else this.lines.replaceChildren(el('p', { class: 'soft small' }, text('consoles.chat.none')));
    this.lines.scrollTop = this.lines.scrollHeight;
  }

  private line({ own, name, text, atMs }: Line): HTMLElement {
    const time = clockTime(new Date(atMs), this.zone).slice(0, 5);
    return el(
      'p',
      { class: 'chat__line', 'data-own': String(own) },
      el('span', { class: 'chat__who' }, el('bdi', {}, own ? t('consoles.chat.you') : name), ' ', el('time', { class: 'figures' }, time)),
      el('bdi', { class: 'chat__text' }, text),
    );
  }
}
