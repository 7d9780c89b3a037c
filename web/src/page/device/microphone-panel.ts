// The microphone of a console: which one, its processing (all off unless ticked), its level, and a sentence about that level.
//
// One panel lives as long as its page: the booth shows it in the check before the desk is taken, and in a dialog afterwards. It
// opens the microphone through the session and never sends: that is the page's business.

import { MicrophoneError, type Microphone, type Session } from '../../lib/session.js';
import { el, setText } from '../kit/dom.js';
import { LevelBar } from '../kit/level-bar.js';
import { savePrefs, type Prefs } from './prefs.js';
import { processingTick, type ProcessingTick } from './processing-tick.js';
import { localize, text, type LocalizedText } from '../kit/text.js';

const TICKS: readonly ProcessingTick[] = [
  { option: 'echoCancellation', name: 'echo' },
  { option: 'noiseSuppression', name: 'noise' },
  { option: 'autoGainControl', name: 'gain' },
];
const GOOD_DB = -40;
const HOT_DB = -1;
const VERDICT_MS = 1500;

export class MicrophonePanel {
  readonly element: HTMLElement;
  /** The microphone that is open, or null. */
  open: Microphone | null = null;
  private readonly select = el('select', { class: 'select', id: 'microphone' });
  private readonly verdict = el('p', { class: 'microphone__verdict', role: 'status' });
  private readonly again = el('button', { class: 'button', type: 'button', hidden: true }, text('consoles.microphone.again'));
  private readonly level = new LevelBar('consoles.microphone.level');
  private loudestDb = -100;
  private judgedMs = 0;
  private sentence: LocalizedText = () => '';

  constructor(
    private readonly session: Session,
    private readonly page: string,
    private readonly prefs: Prefs,
    /** A microphone was opened, or has gone. */
    private readonly changed: (open: Microphone | null) => void,
    /** The kinds of processing that stand here; a page may have one of them in a place of its own. */
    private readonly ticks = TICKS,
  ) {
    this.element = el(
      'div',
      { class: 'microphone stack' },
      el('div', { class: 'field' }, el('label', { for: 'microphone' }, text('consoles.microphone')), this.select),
      this.level.element,
      this.verdict,
      this.again,
      this.processing(),
    );
    localize(this.verdict, () => this.write());
    this.select.append(el('option', { value: '' }, text('consoles.microphone.default')));
    this.select.addEventListener('change', () => this.choose(this.select.value));
    this.again.addEventListener('click', () => void this.start());
    session.on('microphone', ({ peak_db }) => this.judge(peak_db));
    session.on('microphone_ended', ({ reason }) => this.ended(reason));
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.listDevices());
  }

  /** Asks for the microphone: in the handler of a tap or key. False when there is none; the panel says why. */
  async start(): Promise<boolean> {
    this.say('neutral', text('consoles.microphone.opening'));
    if (window.isSecureContext && typeof AudioEncoder === 'undefined') this.failed(text('consoles.no_support'));
    else await this.openIt();
    await this.listDevices();
    this.changed(this.open);
    return this.open !== null;
  }

  /** Gives the microphone back. */
  close(): void {
    this.session.closeMicrophone();
    this.open = null;
    this.level.show(-100);
    this.say('neutral', () => '');
    this.changed(null);
  }

  /** The processing was changed: the microphone is opened anew with it. */
  async restart(): Promise<void> {
    if (this.open) await this.start();
  }

  private async openIt(): Promise<void> {
    try {
      const { deviceId, echoCancellation, noiseSuppression, autoGainControl } = this.prefs;
      this.open = await this.session.openMicrophone({
        deviceId: deviceId || undefined,
        echoCancellation,
        noiseSuppression,
        autoGainControl,
      });
      this.again.hidden = true;
      this.say('neutral', text('consoles.microphone.speak'));
    } catch (error) {
      this.failed(sentenceOf(error));
    }
  }

  private ended(reason: string): void {
    this.failed(text('consoles.microphone.ended', { reason }));
    this.changed(null);
  }

  private failed(sentence: LocalizedText): void {
    this.open = null;
    this.again.hidden = false;
    this.level.show(-100);
    this.say('bad', sentence);
  }

  private choose(deviceId: string): void {
    this.prefs.deviceId = deviceId;
    savePrefs(this.page, this.prefs);
    void this.start();
  }

  private processing(): HTMLElement {
    const ticks = this.ticks.map((tick) => processingTick(tick, this.page, this.prefs, () => void this.restart()));
    const hint = el('p', { class: 'soft small' }, text('consoles.processing.hint'));
    return el('fieldset', { class: 'microphone__processing' }, el('legend', {}, text('consoles.processing')), hint, ...ticks);
  }

  /** Labels are there only after permission was given: until then the list is what it was. */
  private async listDevices(): Promise<void> {
    const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    const inputs = devices.filter((each) => each.kind === 'audioinput' && each.deviceId !== '' && each.deviceId !== 'default');
    const options = inputs.map((each, index) =>
      el('option', { value: each.deviceId }, each.label || text('consoles.microphone.unnamed', { number: index + 1 })),
    );
    this.select.replaceChildren(el('option', { value: '' }, text('consoles.microphone.default')), ...options);
    this.select.value = inputs.some((each) => each.deviceId === this.prefs.deviceId) ? this.prefs.deviceId : '';
  }

  /** The level at once; the sentence about it calmly. */
  private judge(peakDb: number): void {
    this.level.show(peakDb);
    this.loudestDb = Math.max(this.loudestDb, peakDb);
    const now = performance.now();
    if (!this.open || now - this.judgedMs < VERDICT_MS) return;
    if (this.judgedMs > 0) this.verdictOf(this.loudestDb);
    this.judgedMs = now;
    this.loudestDb = -100;
  }

  private verdictOf(db: number): void {
    if (db >= HOT_DB) this.say('warn', text('consoles.microphone.hot'));
    else if (db >= GOOD_DB) this.say('good', text('consoles.microphone.good'));
    else if (db < -70) this.say('warn', text('consoles.microphone.quiet'));
    else this.say('neutral', text('consoles.microphone.speak'));
  }

  private say(tone: 'neutral' | 'good' | 'warn' | 'bad', sentence: LocalizedText): void {
    this.verdict.dataset['tone'] = tone;
    this.sentence = sentence;
    this.write();
  }

  private write(): void {
    setText(this.verdict, this.sentence());
  }
}

/** What to do, in the language of the page. */
function sentenceOf(error: unknown): LocalizedText {
  if (error instanceof MicrophoneError && error.reason !== 'failed') return text(`consoles.problem.${error.reason}`);
  return text('consoles.problem.failed', { message: error instanceof Error ? error.message : String(error) });
}
