// What concerns the whole room: the language that is spoken on the floor, the volume of listening here, and the emergency
// announcement.

import { ownLanguageName, t } from '../../lib/i18n.js';
import type { Room } from '../../lib/protocol.js';
import { said } from '../consoles/said.js';
import { el, setText } from '../parts/dom.js';
import { VolumeSlider } from '../parts/volume.js';
import { confirm } from './confirm.js';

export interface FloorHandlers {
  language(tag: string): void;
  emergency(on: boolean): void;
  volume(volume: number): void;
}

export class FloorPart {
  readonly element: HTMLElement;
  private readonly select = el('select', { class: 'select', id: 'floor-language' });
  private readonly emergency = el(
    'button',
    { class: 'button button--danger av-operate', type: 'button', disabled: true },
    t('av.emergency'),
  );
  private truth = '';
  private options = '';
  private on = false;

  constructor(private readonly handlers: FloorHandlers) {
    const volume = new VolumeSlider('av.volume', handlers.volume, 'av.volume');
    this.select.addEventListener('change', () => {
      const wanted = this.select.value;
      this.select.value = this.truth; // the server's word changes it
      handlers.language(wanted);
    });
    this.emergency.addEventListener('click', () => void this.ask());
    this.element = el(
      'section',
      { class: 'av-floor' },
      el('div', { class: 'av-floor__language' }, said('label', 'av.floor_language', { for: 'floor-language' }), this.select),
      el('div', { class: 'av-floor__volume' }, volume.element),
      this.emergency,
    );
  }

  /** `operate`: this person may; `asked`: a language is asked for and not answered. */
  show(room: Room, operate: boolean, asked: boolean): void {
    this.offer(room);
    this.truth = room.floor.language;
    this.select.value = this.truth;
    this.select.disabled = !operate;
    this.select.setAttribute('aria-busy', String(asked));
    this.on = room.emergency;
    this.emergency.disabled = !operate;
    setText(this.emergency, t(this.on ? 'av.emergency.end' : 'av.emergency'));
  }

  private offer(room: Room): void {
    const tags = [
      ...new Set(['', room.floor.language, ...room.channels.filter((each) => each.number !== 0).map((each) => each.language)]),
    ];
    const key = tags.join(' ');
    if (key === this.options) return;
    this.options = key;
    this.select.replaceChildren(
      ...tags.map((tag) => el('option', { value: tag, lang: tag || undefined }, ownLanguageName(tag) || '–')),
    );
  }

  private async ask(): Promise<void> {
    const on = !this.on;
    const question = on
      ? { title: 'av.emergency.title', text: 'av.emergency.text', go: 'av.emergency.go' }
      : { title: 'av.emergency.end_title', text: 'av.emergency.end_text', go: 'av.emergency.end_go' };
    if (await confirm(question)) this.handlers.emergency(on);
  }
}
