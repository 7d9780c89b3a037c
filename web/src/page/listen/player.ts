// The bar below the languages: what plays, why it sounds as it does, one button, volume, delay and line. It has the same size in
// all its states.

import { milliseconds, t } from '../../lib/i18n.js';
import { EXPLANATIONS, explain, shownAs } from '../../lib/explain.js';
import type { Channel, Label } from '../../lib/protocol.js';
import { el, setText } from '../kit/dom.js';
import { icon } from '../kit/icon.js';
import { localize, text } from '../kit/text.js';
import { LabelBadge } from '../room/label-badge.js';
import { languageNameElement, showLanguageName } from '../room/language-name.js';
import { LineState } from '../room/line-state.js';
import { Meter } from '../kit/meter.js';
import { VolumeSlider } from '../kit/volume.js';
import { Words } from '../kit/words.js';

/** Nothing chosen yet; chosen and silent; on its way; heard; stopped by the phone. */
export type PlayerState = 'idle' | 'ready' | 'starting' | 'playing' | 'interrupted';

const NOTES = [...EXPLANATIONS, 'idle', 'ready', 'starting', 'interrupted'] as const;
type Note = (typeof NOTES)[number];
const DELAY_STEP_MS = 10; // finer would flicker

export class Player {
  readonly element: HTMLElement;
  readonly line = new LineState();
  readonly meter = new Meter();
  private readonly name = languageNameElement('');
  private readonly badge = new LabelBadge('silent');
  private readonly notes = new Words<Note>(NOTES, 'div');
  private readonly delay = el('span', { class: 'player__delay small soft figures' });
  private readonly button = el('button', { type: 'button', class: 'button button--main player__button' });
  private state: PlayerState = 'idle';
  private channel: Channel | null = null;
  private label: Label = 'silent';
  private delayMs: number | null = null;

  /** `grown` is called when the bar has got another size. */
  constructor(toggle: () => void, volume: (volume: number) => void, grown: () => void) {
    const slider = new VolumeSlider('volume', volume);
    this.notes.element.classList.add('player__note');
    this.element = el(
      'section',
      { class: 'player card', 'aria-label': text('listen.player') },
      this.meter.element,
      el('div', { class: 'player__head' }, el('div', { class: 'player__what' }, el('p', { class: 'player__name' }, this.name), this.badge.element), this.button),
      this.notes.element,
      el('div', { class: 'player__volume' }, slider.element),
      el('div', { class: 'player__foot' }, this.line.element, this.delay),
    );
    this.button.addEventListener('click', toggle);
    new ResizeObserver(() => {
      this.cover();
      grown();
    }).observe(this.element);
    localize(this.element, () => this.write());
  }

  show(state: PlayerState, channel: Channel | null, label: Label): void {
    this.state = state;
    this.channel = channel;
    this.label = label;
    if (state !== 'playing') this.delayMs = null;
    this.write();
  }

  /** From the server's beat to the ear; NaN when it is not known. */
  measured(delayMs: number): void {
    const known = Number.isFinite(delayMs) && delayMs >= 0;
    this.delayMs = known ? Math.round(delayMs / DELAY_STEP_MS) * DELAY_STEP_MS : null;
    this.writeDelay();
  }

  private write(): void {
    const { state, channel } = this;
    this.element.dataset['state'] = state;
    if (channel && channel.number !== 0) showLanguageName(this.name, channel.language, channel.name);
    else showLanguageName(this.name, '', channel ? t('common.floor') : '');
    this.badge.show(shownAs(channel, this.label));
    for (const one of EXPLANATIONS) this.notes.write(one, t(`listen.explain.${one}`));
    for (const one of ['idle', 'ready', 'starting', 'interrupted'] as const) this.notes.write(one, t(`listen.state.${one}`));
    this.notes.show(this.note());
    this.writeButton();
    this.writeDelay();
  }

  private note(): Note {
    if (this.state !== 'playing') return this.state;
    return this.channel ? explain(this.channel, shownAs(this.channel, this.label)) : 'ready';
  }

  /** Tells the page how much of its lower edge the bar covers, so that a focused row is scrolled out from under it. */
  private cover(): void {
    const covers = getComputedStyle(this.element).insetBlockEnd !== 'auto';
    document.documentElement.style.setProperty('--covered', covers ? `${this.element.offsetHeight + 8}px` : '0px');
  }

  private writeButton(): void {
    const stops = this.state === 'playing' || this.state === 'starting';
    const text = el('span', {}, t(stops ? 'listen.stop' : 'listen.continue'));
    this.button.replaceChildren(icon(stops ? 'stop' : 'play', 18), text);
  }

  private writeDelay(): void {
    setText(this.delay, this.delayMs === null ? '' : t('listen.delay', { time: milliseconds(this.delayMs) }));
  }
}
