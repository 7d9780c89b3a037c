// The two keys by which the server makes sound on a channel: line-up tone and break music. What is lit is the server's truth: switched
// on; whether it is heard now (music waits for the interpreter) says the badge beside it.

import { t } from '../../lib/i18n.js';
import { BEDS, type Bed, type Channel, type Room } from '../../lib/protocol.js';
import { el, setText } from '../kit/dom.js';
import { text } from '../kit/text.js';

export function isOn(channel: Channel, bed: Bed): boolean {
  return (bed === 'line_up' ? channel.line_up : channel.break_music) ?? false;
}

/** Without a file there is no music to switch on; what is on can always be switched off. */
function mayPress(bed: Bed, on: boolean, operate: boolean, music: boolean): boolean {
  return operate && (bed === 'line_up' || music || on);
}

export class MadeKeys {
  readonly element: HTMLElement;
  private readonly keys: Record<Bed, HTMLButtonElement>;
  private channel: Channel | null = null;

  constructor(press: (bed: Bed, on: boolean) => void) {
    const key = (bed: Bed): HTMLButtonElement => {
      const button = el('button', { class: 'button av-made__key av-operate', type: 'button' }, text(`consoles.label.${bed}`));
      button.addEventListener('click', () => this.channel && press(bed, !isOn(this.channel, bed)));
      return button;
    };
    this.keys = { line_up: key('line_up'), music: key('music') };
    this.element = el('div', { class: 'av-made' }, this.keys.line_up, this.keys.music);
  }

  /** `music`: the room has some. */
  show(channel: Channel, name: string, operate: boolean, music: boolean): void {
    this.channel = channel;
    for (const bed of BEDS) {
      const on = isOn(channel, bed);
      this.keys[bed].setAttribute('aria-pressed', String(on));
      this.keys[bed].setAttribute('aria-label', t(`av.made.${bed}.on`, { channel: name }));
      this.keys[bed].disabled = !mayPress(bed, on, operate, music);
    }
  }
}

/** The same for the whole room: tone on every channel, music on every language. Lit while it is so. */
export class MadeKeysForAll {
  readonly element: HTMLElement;
  private readonly keys: Record<Bed, HTMLButtonElement>;
  private readonly note = el('span', { class: 'av-made__note' });
  private room: Room | null = null;

  constructor(press: (bed: Bed, on: boolean) => void) {
    const key = (bed: Bed): HTMLButtonElement => {
      const button = el('button', { class: 'button av-operate', type: 'button', 'aria-pressed': 'false' }, text(`av.made.${bed}.all`));
      button.addEventListener('click', () => this.room && press(bed, !isOnAll(this.room, bed)));
      return button;
    };
    this.keys = { line_up: key('line_up'), music: key('music') };
    this.element = el('div', { class: 'av-floor__made' }, this.keys.line_up, this.keys.music, this.note);
  }

  show(room: Room, operate: boolean): void {
    this.room = room;
    for (const bed of BEDS) {
      const on = isOnAll(room, bed);
      this.keys[bed].setAttribute('aria-pressed', String(on));
      this.keys[bed].disabled = !mayPress(bed, on, operate, room.break_music ?? false);
    }
    setText(this.note, operate && !room.break_music ? t('av.made.no_music') : '');
  }
}

function isOnAll(room: Room, bed: Bed): boolean {
  const channels = room.channels.filter((each) => bed === 'line_up' || each.number !== 0);
  return channels.length > 0 && channels.every((each) => isOn(each, bed));
}
