// What concerns the whole room: the language that is spoken on the floor, the auto-relay, the volume of listening here, and the
// emergency announcement.

import { language, ownLanguageName, t } from '../../lib/i18n.js';
import type { Room } from '../../lib/protocol.js';
import { said } from '../consoles/said.js';
import { el, setText } from '../parts/dom.js';
import { VolumeSlider } from '../parts/volume.js';
import { confirm } from './confirm.js';

export interface FloorHandlers {
  language(tag: string): void;
  autoRelay(channel: number): void; // 0 none
  emergency(on: boolean): void;
  volume(volume: number): void;
}

export class FloorPart {
  readonly element: HTMLElement;
  private readonly select = el('select', { class: 'select', id: 'floor-language' });
  private readonly relay = el('select', { class: 'select', id: 'auto-relay' });
  private readonly emergency = el(
    'button',
    { class: 'button button--danger av-operate', type: 'button', disabled: true },
    t('av.emergency'),
  );
  private truth = '';
  private options = '';
  private pivot = 0;
  private pivots = '';
  private on = false;

  constructor(private readonly handlers: FloorHandlers) {
    const volume = new VolumeSlider('av.volume', handlers.volume, 'av.volume');
    this.select.addEventListener('change', () => {
      const wanted = this.select.value;
      this.select.value = this.truth; // the server's word changes it
      handlers.language(wanted);
    });
    this.relay.addEventListener('change', () => {
      const wanted = Number(this.relay.value);
      this.relay.value = String(this.pivot);
      handlers.autoRelay(wanted);
    });
    this.emergency.addEventListener('click', () => void this.ask());
    this.element = el(
      'section',
      { class: 'av-floor' },
      el('div', { class: 'av-floor__language' }, said('label', 'av.floor_language', { for: 'floor-language' }), this.select),
      el('div', { class: 'av-floor__language' }, said('label', 'av.auto_relay', { for: 'auto-relay' }), this.relay),
      el('div', { class: 'av-floor__volume' }, volume.element),
      this.emergency,
    );
  }

  /** `operate`: this person may; `asked`: what is asked for and not answered. */
  show(room: Room, operate: boolean, asked: { language: boolean; relay: boolean }): void {
    this.offer(room);
    this.offerPivots(room);
    this.pivot = room.auto_relay;
    this.relay.value = String(this.pivot);
    this.relay.disabled = !operate;
    this.relay.setAttribute('aria-busy', String(asked.relay));
    this.truth = room.floor.language;
    this.select.value = this.truth;
    this.select.disabled = !operate;
    this.select.setAttribute('aria-busy', String(asked.language));
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

  private offerPivots(room: Room): void {
    const channels = room.channels.filter((each) => each.number !== 0);
    const key = [language().code, ...channels.map((each) => `${each.number} ${each.name}`)].join('\n');
    if (key === this.pivots) return;
    this.pivots = key;
    const none = el('option', { value: 0 }, t('av.auto_relay.none'));
    this.relay.replaceChildren(none, ...channels.map((each) => el('option', { value: each.number, lang: each.language }, each.name)));
  }

  private async ask(): Promise<void> {
    const on = !this.on;
    const question = on
      ? { title: 'av.emergency.title', text: 'av.emergency.text', go: 'av.emergency.go' }
      : { title: 'av.emergency.end_title', text: 'av.emergency.end_text', go: 'av.emergency.end_go' };
    if (await confirm(question)) this.handlers.emergency(on);
  }
}
