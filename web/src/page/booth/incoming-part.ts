// What the interpreter hears: the floor and three relay presets with their quality, the key between the two, the true floor while an
// auto-relay is set, RELAY LOST, level, volume and tone, and the boothmate under it.
//
// Floor and presets are a radio group: arrows move within it, Tab leaves it. The small selection beside a preset assigns it.
// Rows stay the same elements, so that focus survives a change of the room; nothing changes its size with its state.

import { number, ownLanguageName, percent, t, type TextKey } from '../../lib/i18n.js';
import type { Desk, Room } from '../../lib/protocol.js';
import { LevelBar } from '../kit/level-bar.js';
import { Slider } from '../kit/slider.js';
import { el, setText } from '../kit/dom.js';
import { PRESETS } from './presets.js';
import { PresetRow } from './preset-row.js';
import { incomingOf } from './tally.js';
import { text } from '../kit/text.js';

export interface IncomingHandlers {
  choose(channel: number): void;
  aim(channel: number): void; // the pointer is down: fetch ahead
  assign(preset: number, channel: number): void;
  toggle(): void;
  trueFloor(on: boolean): void;
  volume(volume: number): void;
  bass(db: number): void;
  treble(db: number): void;
  mate(volume: number): void;
}

export interface IncomingState {
  room: Room;
  desk: Desk | null;
  presets: readonly number[];
  pending: number | null; // asked for and not answered
  trueFloorPending: boolean;
  muted: boolean; // this desk speaks to the floor
}

export class IncomingPart {
  readonly element: HTMLElement;
  readonly level = new LevelBar('consoles.headphones.level');
  readonly volume: Slider;
  private readonly floor: PresetRow;
  private readonly presets: PresetRow[];
  private readonly lamp = el('strong', { class: 'lamp-small', 'data-lit': 'false' }, text('booth.relay_lost'));
  private readonly note = el('p', { class: 'incoming__note' });
  private readonly trueFloor = key('booth.true_floor', 'G');
  private readonly toggle = key('booth.toggle', 'F');
  private desk: Desk | null = null;

  constructor(handlers: IncomingHandlers) {
    this.floor = new PresetRow('0', handlers, null);
    this.presets = Array.from({ length: PRESETS }, (_, index) => new PresetRow(String(index + 1), handlers, index));
    this.toggle.addEventListener('click', () => handlers.toggle());
    this.trueFloor.addEventListener('click', () => handlers.trueFloor(!(this.desk?.true_floor ?? false)));
    this.volume = new Slider({ name: 'consoles.headphones', memory: 'booth.volume', min: 0, max: 1.5, step: 0.05, value: 1, text: percent }, handlers.volume);
    const tone = (name: 'booth.bass' | 'booth.treble', changed: (db: number) => void): HTMLElement =>
      new Slider({ name, memory: name, min: -12, max: 12, step: 1, value: 0, text: decibels }, changed).element;
    const mate = new Slider({ name: 'booth.mate_level', memory: 'booth.mate_level', min: 0, max: 1, step: 0.05, value: 0.4, text: percent }, handlers.mate);
    this.element = el(
      'section',
      { class: 'panel incoming' },
      el('div', { class: 'incoming__head' }, el('h2', { id: 'incoming' }, text('booth.incoming')), this.lamp),
      el(
        'div',
        { class: 'incoming__list', role: 'radiogroup', 'aria-labelledby': 'incoming' },
        this.floor.element,
        ...this.presets.map((row) => row.element),
      ),
      el('div', { class: 'incoming__keys' }, this.toggle, this.trueFloor),
      this.note,
      this.level.element,
      el('div', { class: 'sliders' }, this.volume.element, tone('booth.bass', handlers.bass), tone('booth.treble', handlers.treble), mate.element),
    );
  }

  show({ room, desk, presets, pending, trueFloorPending, muted }: IncomingState): void {
    this.desk = desk;
    const all = incomingOf(room, desk);
    const rowOf = (row: PresetRow, channel: number): void =>
      row.show(all, all.find((each) => each.channel.number === channel) ?? null, pending !== null && pending === channel);
    rowOf(this.floor, 0);
    this.presets.forEach((row, index) => rowOf(row, presets[index] ?? 0));
    this.lamp.dataset['lit'] = String(desk?.relay_lost ?? false);
    this.trueFloor.classList.toggle('unseen', room.auto_relay === 0);
    this.trueFloor.classList.toggle('key--pending', trueFloorPending);
    this.trueFloor.setAttribute('aria-pressed', String(desk?.true_floor ?? false));
    setText(this.note, noteOf(room, desk, muted));
  }
}

/** The truth of the feed, where the selection alone does not say it. */
function noteOf(room: Room, desk: Desk | null, muted: boolean): string {
  if (muted) return t('booth.incoming.muted');
  if (!desk) return '';
  const heard = room.channels.find((each) => each.number === desk.hears);
  if (desk.auto_relay) return t('booth.incoming.auto', { language: heard?.name ?? '' });
  if (desk.hears !== desk.input) return t('booth.incoming.floor_instead');
  const language = ownLanguageName(room.floor.language);
  return language ? `${t('consoles.floor')}: ${language}` : '';
}

function key(name: TextKey, shortcut: string): HTMLButtonElement {
  return el(
    'button',
    { class: 'button small-key', type: 'button', 'aria-keyshortcuts': shortcut },
    el('span', { class: 'small-key__name' }, text(name)),
    el('kbd', { class: 'keycap key__cap-inline', 'aria-hidden': 'true' }, shortcut),
  );
}

function decibels(db: number): string {
  return `${number(db, { signDisplay: 'exceptZero' })} dB`;
}
