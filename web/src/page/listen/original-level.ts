// The original under the interpretation, at a level of the listener's own: off until they move the slider, remembered, and muted
// while the channel carries the original anyway.

import { percent, t } from '../../lib/i18n.js';
import type { Channel, Label } from '../../lib/protocol.js';
import type { Session } from '../../lib/session.js';
import { el, newId, setText } from '../kit/dom.js';
import { keep, recall } from '../kit/storage.js';
import { localize, text } from '../kit/text.js';

const MEMORY = 'bed';

/** What the session is told: no bed, or the floor at this level. Pure. */
export function bedLevel(playing: boolean, channel: number | null, label: Label, level: number): number | null {
  if (!playing || channel === null || channel === 0 || level <= 0) return null;
  return label === 'direct' || label === 'relay' ? level : 0;
}

export class Bed {
  readonly element: HTMLElement;
  private readonly range = el('input', { type: 'range', class: 'range', min: 0, max: 1, step: 0.05, id: newId('bed') });
  private readonly figure = el('span', { class: 'small soft figures' });
  private playing = false;
  private channel: Channel | null = null;
  private label: Label = 'silent';
  private on = false;
  private told = -1;

  constructor(private readonly session: Session) {
    const name = el('label', { for: this.range.id }, text('listen.bed'));
    const hint = el('p', { class: 'small soft', id: newId('hint') }, text('listen.bed_hint'));
    this.range.setAttribute('aria-describedby', hint.id);
    this.range.value = String(remembered());
    this.range.addEventListener('input', () => {
      keep(MEMORY, this.range.value);
      this.apply();
    });
    this.element = el('div', { class: 'bed', hidden: true }, el('div', { class: 'bed__head' }, name, this.figure), this.range, hint);
    localize(this.element, () => this.write());
  }

  /** What plays, and what it sounds as. */
  show(playing: boolean, channel: Channel | null, label: Label): void {
    this.playing = playing;
    this.channel = channel;
    this.label = label;
    this.element.hidden = channel === null || channel.number === 0;
    this.apply();
  }

  /** The level goes before the bed, so that it never begins too loud. */
  private apply(): void {
    this.write();
    const level = bedLevel(this.playing, this.channel?.number ?? null, this.label, Number(this.range.value));
    if (level !== null && level !== this.told) this.session.setBedVolume((this.told = level));
    const on = level !== null;
    if (on !== this.on) this.session.setBed(on ? 0 : null);
    this.on = on;
  }

  private write(): void {
    const value = Number(this.range.value);
    const text = value > 0 ? percent(value) : t('listen.bed_off');
    setText(this.figure, text);
    this.range.setAttribute('aria-valuetext', text);
    this.range.style.setProperty('--share', `${value * 100}%`);
  }
}

function remembered(): number {
  const kept = Number(recall(MEMORY) ?? '0');
  return kept >= 0 && kept <= 1 ? kept : 0;
}
