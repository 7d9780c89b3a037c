// The desk at work: composes its parts, draws the state, brings hands and keys to it. The rules are elsewhere: keys.ts, tally.ts,
// watch.ts, desk-state.ts; here they only meet.

import { t } from '../../lib/i18n.js';
import { eventTime } from '../../lib/programme.js';
import type { Session } from '../../lib/session.js';
import type { MicrophonePanel } from '../consoles/microphone-panel.js';
import { savePrefs, type Prefs } from '../consoles/prefs.js';
import { named, said } from '../consoles/said.js';
import { el } from '../parts/dom.js';
import { errorText } from '../parts/error-text.js';
import { themeField } from '../parts/theme.js';
import { AirPart } from './air-part.js';
import { AlertPart, type Sentence } from './alert-part.js';
import type { DeskState, News } from './desk-state.js';
import { IncomingPart } from './incoming-part.js';
import { listenToKeys } from './keyboard.js';
import { MatesPart } from './mates-part.js';
import { OutputPart } from './output-part.js';
import { ProgrammePart } from './programme-part.js';
import { makeSheet } from './sheet.js';
import type { Action } from './shortcuts.js';
import { incomingOf, lampOf, matesOf, outputsOf } from './tally.js';
import { TopPart } from './top-part.js';
import { SoundWatch } from './watch.js';

export class DeskConsole {
  readonly element: HTMLElement;
  private readonly top: TopPart;
  private readonly alert = new AlertPart();
  private readonly air: AirPart;
  private readonly incoming: IncomingPart;
  private readonly output: OutputPart;
  private readonly mates = new MatesPart();
  private readonly programme = new ProgrammePart();
  private readonly watch = new SoundWatch();
  private readonly sheet: HTMLDialogElement;
  private readonly devices: HTMLDialogElement;

  constructor(
    private readonly session: Session,
    private readonly state: DeskState,
    private readonly panel: MicrophonePanel,
    private readonly prefs: Prefs,
    seat: { booth: string; desk: number },
    tools: HTMLElement[],
  ) {
    const { keys } = state;
    keys.latch = prefs.latch;
    const hands = {
      mic: () => this.hand(() => keys.pressMic()),
      coughDown: () => this.hand(() => keys.coughDown()),
      coughUp: () => this.hand(() => keys.coughUp()),
      coughPress: () => this.hand(() => keys.pressCough()),
      coughLost: () => this.hand(() => keys.coughLost()),
      latch: (on: boolean) => this.hand(() => this.remember({ latch: (keys.latch = on) })),
      devices: () => this.openDevices(),
    };
    this.air = new AirPart(hands, prefs.latch);
    this.incoming = new IncomingPart({
      choose: (channel) => state.chooseInput(channel),
      aim: (channel) => session.prefetch(channel),
      volume: (volume) => session.setVolume(volume),
    });
    this.output = new OutputPart((key) => state.chooseOutput(key));
    this.sheet = makeSheet(prefs.shortcuts, (shortcuts) => this.hand(() => this.remember({ shortcuts })));
    this.devices = el('dialog', { class: 'dialog', ...named('booth.devices') });
    this.top = new TopPart(seat, tools, () => this.sheet.showModal());
    const side = el('div', { class: 'desk__side' }, this.output.element, this.mates.element, this.programme.element);
    const parts = el('main', { class: 'desk__parts' }, this.incoming.element, this.air.element, side);
    this.element = el('div', { class: 'desk' }, this.top.element, this.alert.element, parts, this.sheet, this.devices);
    listenToKeys({ ...hands, enabled: () => this.prefs.shortcuts, act: (action) => this.act(action) });
    this.listen();
  }

  /** Everything that the state says, drawn. */
  show(): void {
    const { room, desk, keys, known } = this.state;
    if (!room) return;
    const outputs = desk ? outputsOf(room, desk) : [];
    const output = outputs.find((each) => each.selected);
    const lamp = lampOf(desk, known);
    this.top.showLine(this.state.line);
    this.top.showRoom(room);
    this.air.show({
      lamp,
      emergency: room.emergency && known,
      language: output?.name ?? '',
      tag: output?.language ?? '',
      engagedBy: output?.engagedBy.join(', ') ?? '',
      keys,
    });
    this.incoming.show(incomingOf(room, desk), this.state.input.pending);
    this.output.show(outputs, this.state.output.pending);
    this.mates.show(desk ? matesOf(room, desk) : []);
    this.element.dataset['shortcuts'] = String(this.prefs.shortcuts);
    this.element.dataset['line'] = known ? 'open' : 'down';
    document.title = `${t(`booth.lamp.${lamp}`)} · ${t('booth.title')}`;
    this.showTrouble();
  }

  tell(news: News): void {
    if (news.kind === 'refused') this.alert.tell('warn', t('booth.trouble.refused', { message: errorText(news.error) }));
    else this.alert.tell('warn', t(`booth.trouble.${TROUBLE_OF[news.kind]}`));
  }

  microphoneIs(label: string | null): void {
    this.watch.microphone(label !== null, performance.now());
    this.air.showDevice(label ?? '–');
  }

  private listen(): void {
    this.session.on('microphone', ({ peak_db }) => {
      this.watch.level(peak_db, performance.now());
      this.air.level.show(peak_db);
    });
    this.session.on('microphone_muted', ({ muted }) => this.watch.muted(muted));
    this.session.on('playing', ({ peak_db }) => this.incoming.level.show(peak_db));
    this.session.on('stats', ({ delay_ms }) => this.top.showDelay(delay_ms));
    window.addEventListener('beforeunload', (event) => {
      if (this.state.keys.wanted !== null && this.state.keys.wanted !== 'off') event.preventDefault();
    });
    window.setInterval(() => this.tick(), 250);
    this.tick();
  }

  private tick(): void {
    const { room } = this.state;
    this.state.tick(performance.now());
    this.showTrouble();
    if (!room) return;
    const now = new Date();
    this.top.showTime(now, room.event.timezone);
    this.programme.show(room.programme, eventTime(now, room.event.timezone));
  }

  private showTrouble(): void {
    this.alert.keep(this.trouble());
  }

  private trouble(): Sentence | null {
    const { line, keys, uplink } = this.state;
    if (line.state === 'refused') return { tone: 'bad', text: errorText(line.error) };
    if (line.state !== 'open') return { tone: 'bad', text: t('booth.trouble.line') };
    const trouble = this.watch.trouble(keys.state === 'on', uplink, performance.now());
    return trouble ? { tone: 'bad', text: t(`booth.trouble.${trouble}`) } : null;
  }

  private act(action: Exclude<Action, { do: 'cough' }>): void {
    switch (action.do) {
      case 'mic':
        return this.hand(() => this.state.keys.pressMic());
      case 'output':
        return this.state.chooseOutput(action.key);
      case 'input':
        return this.state.chooseInput(action.channel);
      case 'volume':
        return this.incoming.turn(action.step);
      case 'sheet':
        return this.sheet.showModal();
    }
  }

  private hand(press: () => void): void {
    this.alert.seen();
    press();
    this.show();
  }

  private remember(change: Partial<Prefs>): void {
    Object.assign(this.prefs, change);
    savePrefs('booth', this.prefs);
  }

  private openDevices(): void {
    const close = el(
      'form',
      { method: 'dialog' },
      said('button', 'booth.check.close', { class: 'button button--main', type: 'submit' }),
    );
    this.devices.replaceChildren(said('h2', 'booth.check.title'), this.panel.element, themeField(), close);
    this.devices.showModal();
  }
}

const TROUBLE_OF = { back_on_cough: 'came_back_cough', back_off: 'came_back_off', cut: 'cut', no_answer: 'no_answer' } as const;
