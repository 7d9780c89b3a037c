// The middle of the desk: the tally lamp, the two large keys, and the level of one's own microphone.
//
// The lamp shows what the server says (lampOf); the keys show the server's state of the key, and "…" while a press waits for its
// answer. Nothing here changes its size with its state.

import { t, type TextKey } from '../../lib/i18n.js';
import { LevelBar } from '../kit/level-bar.js';
import { el, setText } from '../kit/dom.js';
import type { DeskKeys } from './keys.js';
import { lampWord, type Lamp } from './tally.js';
import { text } from '../kit/text.js';

export interface AirHandlers {
  mic(): void;
  coughDown(): void;
  coughUp(): void;
  coughPress(): void;
  latch(on: boolean): void;
  devices(): void;
}

export interface AirState {
  lamp: Lamp;
  emergency: boolean;
  lineUp: boolean; // line-up tone is on the outgoing channel
  language: string; // of the output, in its own name
  tag: string; // and its language tag
  engagedBy: string;
  overlap: boolean;
  keys: DeskKeys;
}

export class AirPart {
  readonly element: HTMLElement;
  readonly level = new LevelBar('consoles.microphone.level');
  private readonly word = el('strong', { class: 'tally__word' });
  private readonly text = el('span', { class: 'tally__text' });
  private readonly lamp = el('div', { class: 'tally', role: 'status' }, this.word, this.text);
  private readonly micState = el('span', { class: 'key__state' });
  private readonly mic = key('mic', 'booth.mic', this.micState, 'M');
  private readonly coughHint = el('span', { class: 'key__state' });
  private readonly cough = key('cough', 'consoles.mic.cough', this.coughHint, 'Space');
  private readonly device = el('span', { class: 'own__device' });

  constructor(handlers: AirHandlers, latch: boolean) {
    const tick = el('input', { type: 'checkbox', checked: latch });
    tick.addEventListener('change', () => handlers.latch(tick.checked));
    const devices = el('button', { class: 'button button--plain', type: 'button' }, text('common.settings'));
    devices.addEventListener('click', () => handlers.devices());
    this.mic.addEventListener('click', () => handlers.mic());
    holdable(this.cough, handlers);
    const own = el(
      'div',
      { class: 'own' },
      el('p', { class: 'own__name' }, el('span', {}, text('booth.own')), this.device),
      el('label', { class: 'check air__latch' }, tick, el('span', {}, text('booth.cough.latch'))),
      devices,
      this.level.element,
    );
    this.element = el('section', { class: 'air', 'aria-label': text('booth.mic') }, this.lamp, this.mic, this.cough, own);
  }

  showDevice(label: string): void {
    setText(this.device, label);
  }

  show(state: AirState): void {
    const { lamp, keys } = state;
    this.lamp.dataset['lamp'] = state.emergency ? 'emergency' : lamp;
    this.lamp.dataset['flash'] = String(state.overlap);
    setText(this.word, t(lampWord(lamp)));
    setText(this.text, this.sentence(state));
    const mic = keys.state ?? 'unknown';
    this.mic.dataset['state'] = mic;
    this.mic.classList.toggle('key--pending', keys.pending);
    this.mic.setAttribute('aria-pressed', String(mic === 'on'));
    this.mic.setAttribute('aria-disabled', String(keys.state === null));
    setText(this.micState, t(micWord(keys)));
    this.cough.dataset['state'] = mic === 'cough' ? 'on' : 'off';
    this.cough.classList.toggle('key--down', keys.coughing);
    this.cough.setAttribute('aria-pressed', String(mic === 'cough'));
    this.cough.setAttribute('aria-disabled', String(mic !== 'on' && mic !== 'cough'));
    setText(this.coughHint, t(keys.latch ? 'booth.cough.press' : 'booth.cough.hold'));
  }

  private sentence({ lamp, emergency, lineUp, language, engagedBy, keys }: AirState): string {
    if (emergency) return t('booth.lamp.emergency_text');
    if (lamp === 'not_heard' && lineUp) return t('booth.lamp.line_up_text', { language });
    if (lamp === 'cough' && keys.coughing && !keys.latch) return t('booth.lamp.cough_held');
    return t(`booth.lamp.${lamp}_text`, { language, who: engagedBy });
  }
}

function micWord({ state, pending }: DeskKeys): TextKey {
  if (pending) return 'booth.mic.pending';
  return state === null ? 'booth.mic.unknown' : `consoles.mic.${state}`;
}

function key(kind: 'mic' | 'cough', name: TextKey, state: HTMLElement, shortcut: string): HTMLButtonElement {
  const cap = el('kbd', { class: 'keycap key__cap', 'aria-hidden': 'true' }, shortcut);
  return el(
    'button',
    { class: `key key--${kind}`, type: 'button', 'aria-keyshortcuts': shortcut },
    el('span', { class: 'key__name' }, text(name)),
    state,
    cap,
  );
}

/**
 * A key that works while it is held: by pointer, and by Enter for those who walk by Tab. Assistive technology has no hold: its
 * click comes without a pointer.
 */
function holdable(node: HTMLButtonElement, { coughDown, coughUp, coughPress }: AirHandlers): void {
  node.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    node.setPointerCapture(event.pointerId);
    coughDown();
  });
  for (const end of ['pointerup', 'pointercancel'] as const) node.addEventListener(end, () => coughUp());
  node.addEventListener('contextmenu', (event) => event.preventDefault());
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') event.preventDefault();
    if (event.key === 'Enter' && !event.repeat) coughDown();
  });
  node.addEventListener('keyup', (event) => event.key === 'Enter' && coughUp());
  node.addEventListener('click', (event) => event.detail === 0 && coughPress());
}
