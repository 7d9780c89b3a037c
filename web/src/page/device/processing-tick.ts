// One kind of processing of the microphone, to be ticked: what it is, and when it helps.

import { el } from '../kit/dom.js';
import { savePrefs, type Prefs } from './prefs.js';
import { said } from '../kit/text.js';

export type Processing = 'echoCancellation' | 'noiseSuppression' | 'autoGainControl';

export interface ProcessingTick {
  option: Processing;
  text: 'echo' | 'loudspeaker' | 'noise' | 'gain'; // what it is called
}

/** The tick; `changed` is called after it was remembered. */
export function processingTick({ option, text }: ProcessingTick, page: string, prefs: Prefs, changed: () => void): HTMLElement {
  const input = el('input', { type: 'checkbox', checked: prefs[option] });
  input.addEventListener('change', () => {
    prefs[option] = input.checked;
    savePrefs(page, prefs);
    changed();
  });
  const hint = said('span', `consoles.processing.${text}_hint`, { class: 'microphone__hint' });
  const words = el('span', { class: 'microphone__tick' }, said('span', `consoles.processing.${text}`), hint);
  return el('label', { class: 'check' }, input, words);
}
