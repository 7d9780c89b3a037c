// The desk at work: composes its parts, draws the state, brings hands and keys to it. The rules are elsewhere: keys.ts, tally.ts,
// feed.ts, handover.ts, warnings.ts, watch.ts, desk-state.ts; here they only meet.

import { t } from '../../lib/i18n.js';
import { eventTime } from '../../lib/programme.js';
import type { Session } from '../../lib/session.js';
import { text } from '../kit/text.js';
import { ChatPart } from '../room/chat-part.js';
import type { HeadphonesPanel } from '../device/headphones-panel.js';
import type { MicrophonePanel } from '../device/microphone-panel.js';
import { savePrefs, type Prefs } from '../device/prefs.js';
import { Voice } from '../kit/voice.js';
import { el } from '../kit/dom.js';
import { EmergencyBanner } from '../room/emergency-banner.js';
import { errorText } from '../room/error-text.js';
import { themeField } from '../kit/theme.js';
import { AirPart } from './air-part.js';
import { AlertPart } from './alert-part.js';
import { CallsPart } from './calls-part.js';
import { DeskSound } from './desk-sound.js';
import type { DeskState, News } from './desk-state.js';
import { HandoverPart } from './handover-part.js';
import { IncomingPart } from './incoming-part.js';
import { listenToKeys } from './keyboard.js';
import { OutputPart } from './output-part.js';
import { PresetMemory } from './preset-memory.js';
import { ProgrammePart } from './programme-part.js';
import { makeSheet } from './sheet.js';
import type { Action } from './shortcuts.js';
import { hearing, speaking, summaryOf } from './summary.js';
import { lampOf, lampWord, outputsOf } from './tally.js';
import { TopPart } from './top-part.js';
import { sentenceOf } from './trouble.js';
import { warningsOf } from './warnings.js';
import { SoundWatch } from './watch.js';

type Act = Exclude<Action, { do: 'cough' }>;

export interface Devices {
  microphone: MicrophonePanel;
  headphones: HeadphonesPanel;
}

export class DeskConsole {
  readonly element: HTMLElement;
  private readonly top: TopPart;
  private readonly emergency = new EmergencyBanner();
  private readonly alert = new AlertPart();
  private readonly air: AirPart;
  private readonly incoming: IncomingPart;
  private readonly output: OutputPart;
  private readonly calls: CallsPart;
  private readonly handover: HandoverPart;
  private readonly chat: ChatPart;
  private readonly programme = new ProgrammePart();
  private readonly voice = new Voice();
  private readonly sound: DeskSound;
  private readonly presets: PresetMemory;
  private readonly watch = new SoundWatch();
  private readonly sheet: HTMLDialogElement;
  private readonly settings = el('dialog', { class: 'dialog', 'aria-label': text('common.settings') });

  constructor(
    private readonly session: Session,
    private readonly state: DeskState,
    private readonly devices: Devices,
    private readonly prefs: Prefs,
    seat: { booth: string; desk: number },
    tools: HTMLElement[],
  ) {
    const { keys } = state;
    keys.latch = prefs.latch;
    this.sound = new DeskSound(session);
    this.presets = new PresetMemory(seat.booth);
    const hands = this.hands();
    this.air = new AirPart(hands, prefs.latch);
    this.incoming = this.makeIncoming();
    this.output = new OutputPart((key) => state.chooseOutput(key));
    this.calls = new CallsPart({
      call: (what) => session.signal(what),
      toFloor: (on) => state.chooseToFloor(on),
      say: (text) => this.voice.say(text),
    });
    this.handover = new HandoverPart((key) => this.hand(() => state.pressHandover(key)));
    const came = (name: string): void => this.voice.say(t('consoles.chat.came', { name }));
    this.chat = new ChatPart(session, { own: `${seat.booth}/${seat.desk}`, leaves: true, came });
    this.sheet = makeSheet(prefs.shortcuts, (shortcuts) => this.hand(() => this.remember({ shortcuts })));
    this.top = new TopPart(seat, tools, () => this.sheet.showModal());
    this.emergency.element.classList.add('desk__emergency');
    this.element = this.layout();
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
    if (desk && known) this.presets.seen(desk.input);
    this.sound.follow(room, desk, known);
    this.top.showLine(this.state.line);
    this.top.showRoom(room);
    this.air.show({
      lamp,
      emergency: room.emergency && known,
      lineUp: room.channels.some((each) => each.number === output?.channel && each.bed === 'line_up'),
      language: output?.name ?? '',
      tag: output?.language ?? '',
      engagedBy: output?.engagedBy.join(', ') ?? '',
      overlap: desk?.overlap ?? false,
      keys,
    });
    this.emergency.show(room.emergency && known, room.emergency_text);
    this.showIncoming();
    this.output.show(outputs, this.state.output.pending, desk?.wrong_direction ?? false);
    this.calls.show(desk, known, this.state.toFloor.pending !== null);
    this.handover.show(room, known ? desk : null, this.state.handover.pending);
    this.handover.tick(this.state.time.nowUs(performance.now()), performance.now());
    this.showChat();
    this.element.dataset['shortcuts'] = String(this.prefs.shortcuts);
    this.element.dataset['line'] = known ? 'open' : 'down';
    document.title = `${t(lampWord(lamp))} · ${t('booth.title')}`;
    this.showTrouble();
  }

  tell(news: News): void {
    const { room, desk } = this.state;
    switch (news.kind) {
      case 'refused':
        if (news.error.about === 'signal') this.calls.refused();
        return this.alert.tell('warn', t('consoles.not_possible', { message: errorText(news.error) }));
      case 'handover':
        return this.handover.tell(news.ended, performance.now());
      case 'output':
        return void (room && desk && this.voice.say(speaking(room, desk)));
      case 'input':
        return void (room && desk && this.voice.say(hearing(room, desk)));
      default:
        return this.alert.tell('warn', t(TROUBLES[news.kind]));
    }
  }

  /** What a device says of itself: headphones that have gone. */
  warn(sentence: string): void {
    this.alert.tell('warn', sentence);
  }

  microphoneIs(label: string | null): void {
    this.watch.microphone(label !== null, performance.now());
    this.air.showDevice(label ?? '–');
  }

  private layout(): HTMLElement {
    const middle = el('div', { class: 'desk__middle' }, this.air.element, this.output.element, this.calls.element);
    const side = el('div', { class: 'desk__side' }, this.handover.element, this.chat.element, this.programme.element);
    const parts = el('main', { class: 'desk__parts' }, this.incoming.element, middle, side);
    return el('div', { class: 'desk' }, this.emergency.element, this.top.element, this.alert.element, parts, this.voice.element, this.sheet, this.settings);
  }

  private hands() {
    const { keys } = this.state;
    return {
      mic: () => this.hand(() => keys.pressMic()),
      coughDown: () => this.hand(() => keys.coughDown()),
      coughUp: () => this.hand(() => keys.coughUp()),
      coughPress: () => this.hand(() => keys.pressCough()),
      coughLost: () => this.hand(() => keys.coughLost()),
      latch: (on: boolean) => this.hand(() => this.remember({ latch: (keys.latch = on) })),
      devices: () => this.openSettings(),
    };
  }

  private makeIncoming(): IncomingPart {
    const { sound, state } = this;
    return new IncomingPart({
      choose: (channel) => state.chooseInput(channel),
      aim: (channel) => this.session.prefetch(channel),
      assign: (preset, channel) => this.assign(preset, channel),
      toggle: () => this.toggle(),
      trueFloor: (on) => state.chooseTrueFloor(on),
      volume: (volume) => sound.volume(volume),
      bass: (db) => sound.bass(db),
      treble: (db) => sound.treble(db),
      mate: (volume) => sound.mate(volume),
    });
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
    const nowMs = performance.now();
    this.state.tick(nowMs);
    this.calls.tick(nowMs);
    this.handover.tick(this.state.time.nowUs(nowMs), nowMs);
    this.showTrouble();
    if (!room) return;
    const now = new Date();
    this.top.showTime(now, room.event.timezone);
    this.programme.show(room.programme, eventTime(now, room.event.timezone));
  }

  private showIncoming(): void {
    const { room, desk, input, trueFloor } = this.state;
    if (!room) return;
    const presets = this.presets.of(room);
    this.incoming.show({ room, desk, presets, pending: input.pending, trueFloorPending: trueFloor.pending !== null, muted: this.sound.muted });
  }

  private showChat(): void {
    const { room, known } = this.state;
    const threads = [
      { id: 'booth', name: t('booth.mate') },
      { id: 'av', name: t('consoles.chat.av') },
    ];
    this.chat.show(threads, known, room?.event.timezone ?? 'UTC');
  }

  private showTrouble(): void {
    const { room, desk, keys, uplink, line, known } = this.state;
    const sound = this.watch.trouble(keys.state === 'on', uplink, performance.now());
    this.alert.keep(sentenceOf(line, sound, room && desk && known ? warningsOf(room, desk) : []));
  }

  private act(action: Act): void {
    if (action.do === 'output') this.state.chooseOutput(action.key);
    else if (action.do === 'preset') this.choosePreset(action.index);
    else if (action.do === 'volume') this.turnVolume(action.step);
    else this.letters[action.do]();
  }

  /** What each letter of shortcuts.ts does. */
  private readonly letters: Record<Exclude<Act['do'], 'output' | 'preset' | 'volume'>, () => void> = {
    mic: () => this.hand(() => this.state.keys.pressMic()),
    floor: () => this.state.chooseInput(0),
    toggle: () => this.toggle(),
    true_floor: () => this.trueFloor(),
    handover: () => this.handover.pressMain(),
    no: () => this.handover.pressNo(),
    take: () => this.handover.pressTake(),
    slow_down: () => this.calls.call('slow_down'),
    technician: () => this.calls.call('technician'),
    to_floor: () => this.calls.toFloor(),
    write: () => this.chat.focus(),
    say: () => this.sayAll(),
    sheet: () => this.sheet.showModal(),
  };

  private turnVolume(steps: number): void {
    this.incoming.volume.turn(steps);
    this.voice.say(this.incoming.volume.words);
  }

  private trueFloor(): void {
    const { room, desk } = this.state;
    if (room && desk && room.auto_relay !== 0) this.state.chooseTrueFloor(!desk.true_floor);
  }

  private sayAll(): void {
    const { room, desk, known } = this.state;
    if (room && desk) this.voice.say(summaryOf(room, desk, known));
  }

  private toggle(): void {
    const { room, desk, input } = this.state;
    if (room && desk) this.state.chooseInput(this.presets.toggled(room, input.pending ?? desk.input));
  }

  private choosePreset(index: number): void {
    const { room } = this.state;
    const channel = room ? (this.presets.of(room)[index] ?? 0) : 0;
    if (channel !== 0) this.state.chooseInput(channel);
  }

  /** The preset that is heard is heard on as what it has become. */
  private assign(preset: number, channel: number): void {
    const { room, desk } = this.state;
    if (!room) return;
    const heard = desk !== null && desk.input !== 0 && desk.input === this.presets.of(room)[preset];
    this.presets.assign(room, preset, channel);
    if (heard) this.state.chooseInput(channel);
    this.show();
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

  private openSettings(): void {
    const { microphone, headphones } = this.devices;
    const close = el('form', { method: 'dialog' }, el('button', { class: 'button button--main', type: 'submit' }, text('booth.check.close')));
    const limiter = el('p', { class: 'soft small' }, text('booth.limiter'));
    this.settings.replaceChildren(el('h2', {}, text('booth.check.title')), microphone.element, headphones.element, limiter, themeField(), close);
    this.settings.showModal();
  }
}

const TROUBLES = {
  back_on_cough: 'booth.trouble.came_back_cough',
  back_off: 'booth.trouble.came_back_off',
  cut: 'booth.trouble.cut',
  no_answer: 'consoles.no_answer',
} as const;
