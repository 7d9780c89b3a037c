// What a listener may set: data to be saved, sound with a locked phone, a screen that stays on, the appearance.

import type { RenditionWish, Room } from '../../lib/protocol.js';
import { el } from '../kit/dom.js';
import { keep, recall } from '../kit/storage.js';
import { Switch } from '../kit/switch.js';
import { text } from '../kit/text.js';
import { themeField } from '../kit/theme.js';
import { DataSaver } from './data-saver.js';
import { WakeLock } from './wake-lock.js';

export class Settings {
  readonly element: HTMLElement;
  private readonly wakeLock = new WakeLock();
  private readonly locked: Switch;
  private readonly saver: DataSaver;
  private awake = recall('awake') === 'yes';
  private playing = false;

  /** `lockedChanged` is called within the tap, because sound may only start in one; `saverChanged` asks again for what is heard. */
  constructor(lockedChanged: () => void, saverChanged: () => void) {
    this.saver = new DataSaver(saverChanged);
    this.locked = new Switch('listen.locked', 'listen.locked_hint', lockedByDefault(), (on) => {
      keep('locked', on ? 'yes' : 'no');
      lockedChanged();
    });
    const awake = new Switch('listen.awake', 'listen.awake_hint', this.awake, (on) => {
      keep('awake', on ? 'yes' : 'no');
      this.awake = on;
      this.apply();
    });
    awake.element.hidden = !WakeLock.supported();
    const body = el('div', { class: 'stack' }, this.saver.element, this.locked.element, awake.element, themeField());
    this.element = el('details', { class: 'more' }, el('summary', {}, text('common.settings')), body);
  }

  /** Whether the sound goes through a media element. */
  get mediaElement(): boolean {
    return this.locked.on;
  }

  /** What to ask the server for. */
  get rendition(): RenditionWish {
    return this.saver.rendition;
  }

  show(room: Room): void {
    this.saver.show(room);
  }

  /** The screen is only kept on while something plays. */
  plays(playing: boolean): void {
    this.playing = playing;
    this.apply();
  }

  private apply(): void {
    this.wakeLock.want(this.awake && this.playing);
  }
}

/** On phones and tablets from the start: the lock screen is what listeners lose their sound to. */
function lockedByDefault(): boolean {
  const kept = recall('locked');
  return kept ? kept === 'yes' : matchMedia('(pointer: coarse)').matches;
}
