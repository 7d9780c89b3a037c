// Where this microphone is: the room and its event.

import { nameOf } from '../../lib/i18n.js';
import type { Room } from '../../lib/protocol.js';
import { el, setText } from '../kit/dom.js';
import { text } from '../kit/text.js';

export class SpeakerTop {
  private readonly room = el('p', { class: 'speak__room' });
  readonly element = el('header', {}, el('h1', {}, text('speak.title')), this.room);

  show(room: Room): void {
    setText(this.room, `${nameOf(room.name).text} · ${nameOf(room.event.name).text}`);
  }
}
