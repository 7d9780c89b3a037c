// What is heard: the language, whether it is the interpreter, how loud, and how loud the other's own voice is under it. Has the same size
// in all its states.

import { milliseconds, percent, t } from '../../lib/i18n.js';
import type { Channel, Label } from '../../lib/protocol.js';
import { LevelBar } from '../kit/level-bar.js';
import { Slider } from '../kit/slider.js';
import { Announcer } from '../kit/announcer.js';
import { el, setAttribute, setText } from '../kit/dom.js';
import { localize, text } from '../kit/text.js';
import { LabelBadge } from '../room/label-badge.js';
import { languageNameElement, showLanguageName } from '../room/language-name.js';
import { VOLUME_MAX } from '../kit/volume.js';
import { Words } from '../kit/words.js';
import { HEARINGS, type Hearing } from './hearing.js';

const ORIGINAL = 0.15; // a voice that is there, and in nobody's way
const STEP = 0.05;
const DELAY_STEP_MS = 10; // finer would flicker

export interface HearHandlers {
  original(level: number): void;
  volume(volume: number): void;
  channel(number: number): void;
  /** Within the tap. */
  again(): void;
}

export class HearPart {
  readonly element: HTMLElement;
  readonly level = new LevelBar('consoles.headphones.level');
  private readonly name = languageNameElement('');
  private readonly choice = el('select', { class: 'select', 'aria-label': text('talk.language'), hidden: true });
  private readonly badge = new LabelBadge('silent');
  private readonly words = new Words<Hearing>(HEARINGS, 'div');
  private readonly again = el('button', { class: 'button button--main talk-hear__again', type: 'button' }, text('listen.continue'));
  private readonly delay = el('span', { class: 'small soft figures' });
  private readonly announcer = new Announcer();
  private hearing: Hearing = 'out';

  constructor(handlers: HearHandlers) {
    const share = (value: number): string => (value > 0 ? percent(value) : t('listen.bed_off'));
    const original = new Slider(
      { name: 'talk.original', memory: 'talk.original', min: 0, max: 1, step: STEP, value: ORIGINAL, text: share },
      handlers.original,
    );
    const volume = new Slider(
      { name: 'common.volume', memory: 'talk.volume', min: 0, max: VOLUME_MAX, step: STEP, value: 1, text: percent },
      handlers.volume,
    );
    this.again.addEventListener('click', handlers.again);
    this.choice.addEventListener('change', () => handlers.channel(Number(this.choice.value)));
    const head = el('div', { class: 'talk-hear__head' }, el('p', { class: 'talk-hear__name' }, this.name, this.choice), this.badge.element);
    this.element = el(
      'section',
      { class: 'panel talk-hear', 'aria-label': text('talk.hear') },
      el('h2', {}, text('talk.hear')),
      head,
      this.words.element,
      this.level.element,
      original.element,
      volume.element,
      el('p', { class: 'talk-hear__foot' }, this.delay, this.again),
      this.announcer.element,
    );
    localize(this.element, () => this.write());
  }

  /** `channels`: what this person may choose among; `channel`: what they hear of it. */
  show(hearing: Hearing, channels: readonly Channel[], channel: Channel | null, label: Label): void {
    this.hearing = hearing;
    this.element.dataset['hearing'] = hearing;
    this.badge.show(hearing === 'cut' || hearing === 'out' ? 'silent' : label);
    showLanguageName(this.name, channel?.language ?? '', channel ? channel.name : '–');
    this.name.hidden = channels.length > 1;
    this.choice.hidden = channels.length < 2;
    this.showChoice(channels, channel);
    if (hearing === 'out' || hearing === 'cut') this.measured(NaN);
    this.write();
    if (hearing !== 'out') this.announcer.say(this.words.textOf(hearing));
  }

  /** From the server's beat to the ear; NaN when it is not known. */
  measured(delayMs: number): void {
    const known = Number.isFinite(delayMs) && delayMs >= 0;
    setText(this.delay, known ? t('listen.delay', { time: milliseconds(Math.round(delayMs / DELAY_STEP_MS) * DELAY_STEP_MS) }) : '');
  }

  private showChoice(channels: readonly Channel[], channel: Channel | null): void {
    if (this.choice.options.length !== channels.length)
      this.choice.replaceChildren(...channels.map(({ number, language, name }) => el('option', { value: number, lang: language }, name)));
    this.choice.value = String(channel?.number ?? '');
  }

  private write(): void {
    for (const hearing of HEARINGS) this.words.write(hearing, t(`talk.hear.${hearing}`));
    this.words.show(this.hearing);
    setAttribute(this.choice, 'aria-label', t('talk.language'));
  }
}
