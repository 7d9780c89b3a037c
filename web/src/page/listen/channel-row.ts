// One language to tap: its channel number, its name in itself, its name in the page's language, and what is on it now.

import { shownAs } from '../../lib/explain.js';
import { languageName, t } from '../../lib/i18n.js';
import type { Offer } from '../../lib/offer.js';
import type { Channel, Label } from '../../lib/protocol.js';
import { el, setText } from '../kit/dom.js';
import { localize } from '../kit/text.js';
import { LabelBadge } from '../room/label-badge.js';
import { languageNameElement, showLanguageName } from '../room/language-name.js';

export class ChannelRow {
  readonly element: HTMLButtonElement;
  private readonly name = languageNameElement('');
  private readonly hint = el('span', { class: 'channel__hint' });
  private readonly badge = new LabelBadge('silent');
  private heard: Label | null = null;

  constructor(private channel: Channel, private readonly reason: Offer['reason']) {
    const bars = el('span', { class: 'channel__bars' }, el('span'), el('span'), el('span'));
    const mark = el('span', { class: 'channel__mark figures', 'aria-hidden': 'true' }, el('span', { class: 'channel__number' }, String(channel.number)), bars);
    const names = el('span', { class: 'channel__names' }, this.name, ' ', this.hint);
    this.element = el('button', { type: 'button', role: 'radio', class: 'channel', 'aria-checked': 'false', tabindex: -1 }, mark, names, this.badge.element);
    localize(this.element, () => this.write());
  }

  get number(): number {
    return this.channel.number;
  }

  /** What the room says of the channel now. */
  update(channel: Channel): void {
    this.channel = channel;
    this.write();
  }

  /** This is the channel that plays (`label`: what is heard), or it is not (null). */
  playing(label: Label | null): void {
    this.heard = label;
    this.element.setAttribute('aria-checked', String(label !== null));
    this.write();
  }

  private write(): void {
    const { channel, reason } = this;
    this.badge.show(shownAs(channel, this.heard ?? channel.label));
    if (channel.number === 0) setText(this.name, t('common.floor'));
    else showLanguageName(this.name, channel.language, channel.name);
    const also = channel.number === 0 ? t('listen.floor_hint') : languageName(channel.language);
    const same = also.toLowerCase() === this.name.textContent?.toLowerCase();
    const why = { last: t('listen.last_time'), suggested: t('listen.suggested'), '': '' }[reason];
    setText(this.hint, [same ? '' : also, why].filter(Boolean).join(' · '));
  }
}
