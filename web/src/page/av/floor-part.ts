// What concerns the whole room: the language that is spoken on the floor and who says so, the auto-relay, the volume of listening
// here, tone and music on all channels, and the emergency announcement.

import { language, ownLanguageName, t } from '../../lib/i18n.js';
import type { Bed, Floor, Room } from '../../lib/protocol.js';
import { el, setText } from '../kit/dom.js';
import { text } from '../kit/text.js';
import { VolumeSlider } from '../kit/volume.js';
import { confirm } from './confirm.js';
import { askForEmergency, type Emergency } from './emergency-dialog.js';
import { MadeKeysForAll } from './generated-sound-keys.js';

export interface FloorHandlers {
  language(tag: string): void; // '' leaves it to the programme, and to what can be concluded
  autoRelay(channel: number): void; // 0 none
  emergency(announcement: Emergency | { on: false }): void;
  made(bed: Bed, on: boolean): void; // on all channels
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
  private readonly from = el('span', { class: 'av-floor__from' });
  private readonly made: MadeKeysForAll;
  private room: Room | null = null;
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
    this.made = new MadeKeysForAll((bed, on) => handlers.made(bed, on));
    this.emergency.addEventListener('click', () => void this.ask());
    this.element = el(
      'section',
      { class: 'av-floor' },
      el('div', { class: 'av-floor__language' }, el('label', { for: 'floor-language' }, text('consoles.floor_language')), this.select, this.from),
      el('div', { class: 'av-floor__language' }, el('label', { for: 'auto-relay' }, text('av.auto_relay')), this.relay),
      el('div', { class: 'av-floor__volume' }, volume.element),
      this.made.element,
      this.emergency,
    );
  }

  /** `operate`: this person may; `asked`: what is asked for and not answered. */
  show(room: Room, operate: boolean, asked: { language: boolean; relay: boolean }): void {
    this.room = room;
    this.offer(room);
    this.offerPivots(room);
    this.made.show(room, operate);
    this.pivot = room.auto_relay;
    this.relay.value = String(this.pivot);
    this.relay.disabled = !operate;
    this.relay.setAttribute('aria-busy', String(asked.relay));
    this.truth = setLanguage(room.floor);
    setText(this.from, fromText(room.floor));
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
    const key = [language().code, ...tags].join(' ');
    if (key === this.options) return;
    this.options = key;
    this.select.replaceChildren(
      ...tags.map((tag) => el('option', { value: tag, lang: tag || undefined }, ownLanguageName(tag) || t('av.floor_language.auto'))),
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
    if (!this.room) return;
    const announcement = this.on ? await this.askToEnd() : await askForEmergency(this.room);
    if (announcement) this.handlers.emergency(announcement);
  }

  private async askToEnd(): Promise<{ on: false } | null> {
    return (await confirm({ title: 'av.emergency.end_title', explanation: 'av.emergency.end_text', go: 'av.emergency.end_go' })) ? { on: false } : null;
  }
}

/** What the operator chose: '' while it is left to programme and conclusion. A server that does not say who says so means the operator. */
export function setLanguage(floor: Floor): string {
  return (floor.from ?? 'set') === 'set' ? floor.language : '';
}

/** "中文 (by the programme)", where the selection does not say it. */
function fromText({ language: tag, from = 'set' }: Floor): string {
  if (from === 'set' || from === '') return '';
  return `${ownLanguageName(tag)} (${t(`av.floor_language.${from}`)})`;
}
