// One line of what can be heard: the floor, or a relay preset with the selection that assigns it.

import { shownAs } from '../../lib/explain.js';
import { t } from '../../lib/i18n.js';
import { text } from '../kit/text.js';
import { qualityBadge } from '../room/quality-badge.js';
import { el, setText } from '../kit/dom.js';
import type { Incoming } from './tally.js';

export interface PresetHandlers {
  choose(channel: number): void;
  aim(channel: number): void;
  assign(preset: number, channel: number): void;
}

export class PresetRow {
  readonly element: HTMLElement;
  private readonly input = el('input', { class: 'sr-only', type: 'radio', name: 'incoming' });
  private readonly name = el('span', { class: 'incoming__name' });
  private readonly own = el('span', { class: 'incoming__own' }, text('booth.incoming.own'));
  private readonly badge = qualityBadge('original');
  private readonly label: HTMLElement;
  private readonly select = el('select', { class: 'assign' });
  private channel = -1;
  private options = '';

  /** `preset`: its index, or null for the floor, which is not assigned. */
  constructor(
    private readonly cap: string,
    handlers: PresetHandlers,
    private readonly preset: number | null,
  ) {
    this.label = el('label', { class: 'incoming__row' }, this.input, el('kbd', { class: 'keycap' }, cap), this.name, this.own, this.badge.element);
    this.element = el('div', { class: 'preset' }, this.label, ...(preset === null ? [] : [this.select]));
    this.input.addEventListener('change', () => handlers.choose(this.channel));
    this.label.addEventListener('pointerdown', () => !this.input.disabled && handlers.aim(this.channel));
    this.select.addEventListener('change', () => {
      handlers.assign(preset ?? 0, Number(this.select.value));
      this.select.blur(); // the keys are the desk's again
    });
  }

  /** `shown`: what this line has, of `all`; null for a preset without a channel. */
  show(all: readonly Incoming[], shown: Incoming | null, pending: boolean): void {
    const empty = shown === null || (this.preset !== null && shown.channel.number === 0);
    const channel = shown?.channel;
    this.channel = channel?.number ?? 0;
    this.input.value = String(this.channel);
    this.input.checked = !empty && (shown?.selected ?? false);
    this.input.disabled = empty || (shown?.own ?? false);
    this.label.classList.toggle('incoming__row--pending', pending && !empty);
    setText(this.name, empty ? '–' : this.preset === null ? t('consoles.floor') : (channel?.name ?? ''));
    this.name.lang = this.preset === null || empty ? '' : (channel?.language ?? '');
    const own = !empty && (shown?.own ?? false);
    this.own.classList.toggle('unseen', !own);
    this.badge.element.classList.toggle('unseen', empty || own);
    this.badge.show(shownAs(channel ?? null, channel?.label ?? 'silent'));
    if (this.preset !== null) this.offer(all);
  }

  private offer(all: readonly Incoming[]): void {
    const languages = all.filter((each) => each.channel.number !== 0);
    const key = languages.map((each) => `${each.channel.number} ${each.channel.name}`).join('\n');
    if (key !== this.options) {
      this.options = key;
      const options = languages.map(({ channel }) => el('option', { value: channel.number, lang: channel.language }, channel.name));
      this.select.replaceChildren(el('option', { value: 0 }, '–'), ...options);
    }
    this.select.value = String(this.channel);
    this.select.setAttribute('aria-label', t('booth.assign', { key: this.cap }));
  }
}
