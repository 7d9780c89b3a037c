// The headphones of a console: which ones, and a test sound in them. The browser moves to another device in silence when they are
// unplugged, so this panel watches and says so.

import { t } from '../../lib/i18n.js';
import type { Session } from '../../lib/session.js';
import { el, setText } from '../kit/dom.js';
import { OutputWatch } from './output-watch.js';
import { savePrefs, type Prefs } from './prefs.js';
import { playTest } from './test-sound.js';
import { localize, text, type LocalizedText } from '../kit/text.js';

export class HeadphonesPanel {
  readonly element: HTMLElement;
  private readonly select = el('select', { class: 'select', id: 'headphones' });
  private readonly answer = el('p', { class: 'headphones__answer small', role: 'status' });
  private readonly watch = new OutputWatch();
  private using = ''; // what the session was told last
  private sentence: LocalizedText = () => '';

  constructor(
    private readonly session: Session,
    private readonly page: string,
    private readonly prefs: Prefs,
    /** The headphones have gone, or are other ones now. */
    private readonly lost: (sentence: string) => void,
  ) {
    const test = el('button', { class: 'button', type: 'button' }, text('consoles.headphones.test'));
    test.addEventListener('click', () => void this.test());
    this.select.append(el('option', { value: '' }, text('consoles.microphone.default')));
    this.select.addEventListener('change', () => void this.choose(this.select.value));
    this.select.disabled = !('setSinkId' in AudioContext.prototype);
    this.element = el(
      'div',
      { class: 'headphones stack' },
      el('div', { class: 'field' }, el('label', { for: 'headphones' }, text('consoles.headphones')), this.select),
      el('div', { class: 'row' }, test, this.answer),
    );
    localize(this.answer, () => this.write());
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.devices());
  }

  /** After the microphone was allowed: before, the browser names no device. */
  async start(): Promise<void> {
    await this.devices();
  }

  private async devices(): Promise<void> {
    const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    const outputs = all.filter((each) => each.kind === 'audiooutput' && each.deviceId !== '');
    const named = outputs.filter((each) => each.deviceId !== 'default' && each.deviceId !== 'communications');
    const options = named.map((each, index) => el('option', { value: each.deviceId }, each.label || text('consoles.headphones.unnamed', { number: index + 1 })));
    this.select.replaceChildren(el('option', { value: '' }, text('consoles.microphone.default')), ...options);
    this.select.value = named.some((each) => each.deviceId === this.prefs.outputId) ? this.prefs.outputId : '';
    const what = this.watch.seen(outputs, this.prefs.outputId);
    if (this.select.value !== this.using) await this.use(this.select.value); // gone: the system's choice; back: they are wanted
    if (what === null) return;
    this.say(text(`consoles.headphones.${what}`));
    this.lost(t(`consoles.headphones.${what}`));
  }

  private async choose(deviceId: string): Promise<void> {
    this.prefs.outputId = deviceId;
    savePrefs(this.page, this.prefs);
    await this.devices();
  }

  private async use(deviceId: string): Promise<void> {
    this.using = deviceId;
    try {
      await this.session.setHeadphones(deviceId);
      this.say(() => '');
    } catch {
      this.say(text('consoles.headphones.failed'));
    }
  }

  private async test(): Promise<void> {
    try {
      await playTest(this.select.value);
      this.say(text('consoles.headphones.played'));
    } catch {
      this.say(text('consoles.headphones.failed'));
    }
  }

  private say(sentence: LocalizedText): void {
    this.sentence = sentence;
    this.write();
  }

  private write(): void {
    setText(this.answer, this.sentence());
  }
}
