// What the page of a floor microphone says of itself: a pure function of the server's word and of this page's own uplink.
//
// "On air" is the server's word alone: the input is up and it is the one that the floor takes. Everything else has a sentence of
// its own, because a speaker cannot hear whether the hall hears.

import type { Input, Room } from '../../lib/protocol.js';
import type { Uplink } from '../../lib/session.js';

export type Air =
  | 'ready' // nothing is sent
  | 'opening' // asked for, no sound has arrived yet
  | 'on_air'
  | 'standby' // it arrives, and another input is the floor now
  | 'late' // the server waits for sound
  | 'interrupted' // the line is down; it comes back by itself
  | 'no_microphone' // it was taken away while it was sent
  | 'failed'; // the server said no

export function airOf(uplink: Uplink, input: Input | null, lineOpen: boolean, microphoneOpen: boolean): Air {
  if (!microphoneOpen && uplink.state !== 'closed' && uplink.state !== 'failed') return 'no_microphone';
  switch (uplink.state) {
    case 'closed':
      return 'ready';
    case 'failed':
      return 'failed';
    case 'interrupted':
      return 'interrupted';
    case 'opening':
      return lineOpen ? 'opening' : 'interrupted';
    case 'open':
      return lineOpen ? arrived(input) : 'interrupted';
  }
}

function arrived(input: Input | null): Air {
  if (!input || input.link === 'down') return 'opening';
  if (input.link === 'late' || input.link === 'lost') return 'late';
  return input.active ? 'on_air' : 'standby';
}

export function inputOf(room: Room | null, id: string): Input | null {
  return room?.floor.inputs.find((each) => each.id === id) ?? null;
}

/** The input to offer first: one where nobody is, in the order of the settings. */
export function freeInput(room: Room): string {
  const inputs = room.floor.inputs;
  return (inputs.find((each) => each.link === 'down') ?? inputs[0])?.id ?? '';
}
