// What a phone is told so that sound goes on when it is locked, and what its lock screen shows. All of it is optional in browsers.

import type { MediaInfo, SessionEvents } from '../lib/session.js';

type Action = SessionEvents['media_action']['action'];
const ACTIONS: readonly Action[] = ['play', 'pause', 'stop'];

/** The Audio Session API, which TypeScript's DOM library does not know yet. */
interface WithAudioSession {
  audioSession?: { type: string };
}

/** Listening is playback, which goes on in the background; whoever also speaks needs both, or the phone would end the microphone. */
export function setAudioSession(speaks: boolean): void {
  const { audioSession } = navigator as WithAudioSession;
  if (audioSession) audioSession.type = speaks ? 'play-and-record' : 'playback';
}

export function setMediaInfo(info: MediaInfo): void {
  if ('mediaSession' in navigator) navigator.mediaSession.metadata = new MediaMetadata({ ...info });
}

export function setPlaybackState(playing: boolean): void {
  if ('mediaSession' in navigator) navigator.mediaSession.playbackState = playing ? 'playing' : 'paused';
}

export function onMediaAction(handler: (action: Action) => void): void {
  if (!('mediaSession' in navigator)) return;
  for (const action of ACTIONS) {
    try {
      navigator.mediaSession.setActionHandler(action, () => handler(action));
    } catch {
      // This browser does not have this key.
    }
  }
}
