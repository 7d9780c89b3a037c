// What the interpreter hears: the floor and every channel with its quality, one of them selected; level and volume.
// A radio group: arrows move within it, Tab leaves it. Rows stay the same elements, so that focus survives a change of the room.

import { ownLanguageName } from '../../lib/i18n.js';
import { LevelBar } from '../consoles/level-bar.js';
import { qualityBadge } from '../consoles/quality-badge.js';
import { said } from '../consoles/said.js';
import { el, setText } from '../parts/dom.js';
import type { LabelBadge } from '../parts/label-badge.js';
import { VolumeSlider } from '../parts/volume.js';
import type { Incoming } from './tally.js';

export interface IncomingHandlers {
  choose(channel: number): void;
  aim(channel: number): void; // the pointer is down: fetch ahead
  volume(volume: number): void;
}

interface Row {
  node: HTMLElement;
  input: HTMLInputElement;
  own: HTMLElement;
  badge: LabelBadge;
  language: HTMLElement;
}

export class IncomingPart {
  readonly element: HTMLElement;
  readonly level = new LevelBar('booth.incoming.level');
  private readonly list = el('div', { class: 'incoming__list', role: 'radiogroup', 'aria-labelledby': 'incoming' });
  private readonly slider: VolumeSlider;
  private rows = new Map<number, Row>();

  constructor(private readonly handlers: IncomingHandlers) {
    this.slider = new VolumeSlider('booth.volume', handlers.volume, 'consoles.volume');
    this.element = el(
      'section',
      { class: 'panel incoming' },
      said('h2', 'booth.incoming', { id: 'incoming' }),
      this.list,
      this.level.element,
      this.slider.element,
    );
  }

  /** `pending`: asked for and not answered. */
  show(list: Incoming[], pending: number | null): void {
    if (list.length !== this.rows.size || list.some((each) => !this.rows.has(each.channel.number))) this.build(list);
    for (const each of list) this.update(each, pending);
  }

  /** Louder or softer by a step of the slider. */
  turn(steps: number): void {
    this.slider.turn(steps);
  }

  private build(list: Incoming[]): void {
    this.rows = new Map(list.map((each) => [each.channel.number, this.row(each)]));
    this.list.replaceChildren(...[...this.rows.values()].map((row) => row.node));
  }

  private row({ channel }: Incoming): Row {
    const { number } = channel;
    const input = el('input', { class: 'sr-only', type: 'radio', name: 'incoming', value: number });
    const own = said('span', 'booth.incoming.own', { class: 'incoming__own', hidden: true });
    const badge = qualityBadge(channel.label);
    const language = el('span', { class: 'incoming__floor', lang: channel.language });
    const name = number === 0 ? said('span', 'booth.incoming.floor') : el('span', { lang: channel.language }, channel.name);
    const node = el(
      'label',
      { class: 'incoming__row' },
      input,
      el('kbd', { class: 'keycap' }, String(number)),
      el('span', { class: 'incoming__name' }, name, language),
      own,
      badge.element,
    );
    input.addEventListener('change', () => this.handlers.choose(number));
    node.addEventListener('pointerdown', () => !input.disabled && this.handlers.aim(number));
    return { node, input, own, badge, language };
  }

  private update(each: Incoming, pending: number | null): void {
    const row = this.rows.get(each.channel.number);
    if (!row) return;
    const { channel } = each;
    row.input.checked = each.selected;
    row.input.disabled = each.own;
    row.node.classList.toggle('incoming__row--pending', pending === channel.number);
    row.own.hidden = !each.own;
    row.badge.element.hidden = each.own;
    row.badge.show(channel.label);
    if (channel.number === 0) row.language.lang = channel.language;
    if (channel.number === 0) setText(row.language, ownLanguageName(channel.language));
  }
}
