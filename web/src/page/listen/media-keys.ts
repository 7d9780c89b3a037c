// The lock screen and the keys of a headset: what they show, and what they do. The browser's media session itself is the engine's.

import { nameOf } from '../../lib/i18n.js';
import type { Room } from '../../lib/protocol.js';
import type { Session } from '../../lib/session.js';

export interface MediaKeysEvents {
  play(): void;
  stop(): void;
}

export class MediaKeys {
  private shown = '';

  constructor(private readonly session: Session, events: MediaKeysEvents) {
    // A live sound cannot be paused: pause is stop, and play is the live sound again.
    session.on('media_action', ({ action }) => (action === 'play' ? events.play() : events.stop()));
  }

  /** `title`: the language and what is heard. */
  show(title: string, room: Room): void {
    const info = { title, artist: nameOf(room.name).text, album: nameOf(room.event.name).text };
    const text = JSON.stringify(info);
    if (!title || text === this.shown) return;
    this.shown = text;
    this.session.setMediaInfo(info);
  }
}
