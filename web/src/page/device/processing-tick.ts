// One kind of processing of the microphone, to be ticked: what it is, and when it helps.

import { el } from '../kit/dom.js';
import { savePrefs, type Prefs } from './prefs.js';
import { text } from '../kit/text.js';

export type Processing = 'echoCancellation' | 'noiseSuppression' | 'autoGainControl';

export interface ProcessingTick {
  option: Processing;
  name: 'echo' | 'loudspeaker' | 'noise' | 'gain'; // what it is called
}

/** The tick; `changed` is called after it was remembered. */
export function processingTick({ option, name }: ProcessingTick, page: string, prefs: Prefs, changed: () => void): HTMLElement {
  const input = el('input', { type: 'checkbox', checked: prefs[option] });
  input.addEventListener('change', () => {
    prefs[option] = input.checked;
    savePrefs(page, prefs);
    changed();
  });
  const hint = el('span', { class: 'microphone__hint' }, text(`consoles.processing.${name}_hint`));
  const words = el('span', { class: 'microphone__tick' }, el('span', {}, text(`consoles.processing.${name}`)), hint);
  return el('label', { class: 'check' }, input, words);
}
