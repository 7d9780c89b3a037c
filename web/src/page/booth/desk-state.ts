// What this page knows of its desk: the server's truth, the wishes under way, the line, the uplink. No DOM.
//
//   session events --> DeskState --> (changed) --> the page draws it all
//   keys ----------->     |      --> session.setMic / setOutput / setInput / listen
//
// Sound follows what the server says that this desk hears (feed.ts), except while a wish of this person is under way: then it is
// heard at once, and goes back when the server says no.

import type { Booth, Desk, ErrorMessage, Mic, Rendition, Room } from '../../lib/protocol.js';
import type { Line, Session, Uplink } from '../../lib/session.js';
import { NO_ANSWER_MS, Wish } from '../../lib/requested-state.js';
import { ServerTime } from '../../lib/server-time.js';
import { feedOf } from './feed.js';
import { HandoverEnds, boothOf, type Ended } from './handover.js';
import { DeskKeys } from './keys.js';
import { findDesk, matesOf } from './tally.js';

export type HandoverKey = Parameters<Session['handover']>[0];
export type News =
  | { kind: 'back_on_cough' | 'back_off' | 'cut' | 'no_answer' | 'output' | 'input' }
  | { kind: 'handover'; ended: Ended }
  | { kind: 'refused'; error: ErrorMessage };

/** What the server may refuse to a desk, by the `about` of its error. */
const KEYS = ['mic', 'output', 'input', 'handover', 'true_floor', 'speak_to_floor', 'signal', 'chat'];

export class DeskState {
  room: Room | null = null;
  desk: Desk | null = null;
  line: Line = { state: 'connecting' };
  uplink: Uplink = { state: 'closed' };
  readonly keys: DeskKeys;
  readonly output = new Wish<'A' | 'B' | 'C'>();
  readonly input = new Wish<number>();
  readonly trueFloor = new Wish<boolean>();
  readonly toFloor = new Wish<boolean>();
  readonly handover = new Wish<HandoverKey>();
  readonly time = new ServerTime();
  private readonly ends = new HandoverEnds();
  private boothWas = '';
  private hears = -1;
  private awayAs: Mic | null = null; // the key when the line went down
  private joined = false;
  private micTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly session: Session,
    private readonly seat: { booth: string; desk: number },
    private readonly changed: () => void,
    private readonly news: (news: News) => void,
  ) {
    this.keys = new DeskKeys((state) => this.askMic(state));
    session.on('line', (line) => this.lineIs(line));
    session.on('joined', ({ server_us }) => {
      this.joined = true;
      this.time.reset();
      this.time.seen(server_us, performance.now());
    });
    session.on('chat', ({ at_us }) => this.time.seen(at_us, performance.now()));
    session.on('room', (room) => this.roomIs(room));
    session.on('uplink', (uplink) => this.set(() => (this.uplink = uplink)));
    session.on('error', (error) => this.complained(error));
  }

  /** What the server says holds now: the line is open and the room has come over it. */
  get known(): boolean {
    return this.line.state === 'open' && this.desk !== null && this.keys.state !== null;
  }

  chooseOutput(key: 'A' | 'B' | 'C'): void {
    const outputs = this.room?.booths.find((each) => each.id === this.seat.booth)?.outputs ?? [];
    if (!this.known || !outputs.some((each) => each.key === key) || (this.output.pending ?? this.desk?.output) === key) return;
    this.output.ask(key, performance.now());
    this.session.setOutput(key);
    this.changed();
  }

  chooseInput(channel: number): void {
    if (!this.known || !this.room?.channels.some((each) => each.number === channel)) return;
    if ((this.input.pending ?? this.desk?.input) === channel) return;
    this.input.ask(channel, performance.now());
    this.hear(channel);
    this.session.setInput(channel);
    this.changed();
  }

  chooseTrueFloor(on: boolean): void {
    this.wish(this.trueFloor, on, this.desk?.true_floor, () => this.session.setTrueFloor(on));
  }

  chooseToFloor(on: boolean): void {
    this.wish(this.toFloor, on, this.desk?.to_floor, () => this.session.setSpeakToFloor(on));
  }

  pressHandover(key: HandoverKey): void {
    this.wish(this.handover, key, undefined, () => this.session.handover(key));
  }

  /** Sound may start: from the tap that opened the page's audio. */
  startHearing(): void {
    this.hears = -1;
    this.hear(this.room && this.desk ? feedOf(this.room, this.desk) : 0);
  }

  /** A few times a second: wishes that nobody answered. */
  tick(nowMs: number): void {
    const late = this.wishes.map((each) => each.expired(nowMs)).includes(true);
    if (!late) return;
    this.news({ kind: 'no_answer' });
    this.followInput();
    this.changed();
  }

  private hear(channel: number): void {
    if (this.hears === channel) return;
    this.hears = channel;
    const offered = this.room?.channels.find((each) => each.number === channel)?.renditions ?? [];
    const rendition: Rendition = offered.length === 0 || offered.includes('high') ? 'high' : 'standard';
    this.session.listen(channel, rendition).catch(() => undefined); // the line shows what is wrong
  }

  private followInput(): void {
    if (this.hears >= 0 && this.room && this.desk && this.input.pending === null) this.hear(feedOf(this.room, this.desk));
  }

  private get wishes(): Wish<unknown>[] {
    return [this.output, this.input, this.trueFloor, this.toFloor, this.handover] as Wish<unknown>[];
  }

  private wish<T>(wish: Wish<T>, value: T, truth: T | undefined, send: () => void): void {
    if (!this.known || (wish.pending ?? truth) === value) return;
    wish.ask(value, performance.now());
    send();
    this.changed();
  }

  private askMic(state: Mic): void {
    this.session.setMic(state);
    clearTimeout(this.micTimer);
    this.micTimer = setTimeout(() => {
      if (!this.keys.pending) return;
      this.keys.refused();
      this.news({ kind: 'no_answer' });
      this.changed();
    }, NO_ANSWER_MS);
    this.changed();
  }

  private lineIs(line: Line): void {
    this.line = line;
    if (line.state !== 'open') {
      this.awayAs ??= this.keys.state;
      this.joined = false;
      this.keys.lineLost();
      this.ends.forget();
      for (const wish of this.wishes) wish.drop();
    }
    this.changed();
  }

  /** The room as it is. Before `joined` of this line, what is known of it is old. */
  private roomIs(room: Room): void {
    this.room = room;
    const desk = findDesk(room, this.seat.booth, this.seat.desk);
    this.desk = desk;
    if (desk && this.joined) {
      this.deskIs(desk);
      this.boothIs(boothOf(room, desk));
    }
    this.changed();
  }

  private deskIs(desk: Desk): void {
    const before = this.keys.state;
    const ours = this.keys.pending && this.keys.wanted === desk.mic;
    this.keys.serverSays(desk.mic);
    this.settle(desk);
    this.followInput();
    if (this.awayAs !== null) this.cameBack(desk.mic);
    else if (before !== null && before !== 'off' && desk.mic === 'off' && !ours && !this.explained(desk)) this.news({ kind: 'cut' });
  }

  private settle(desk: Desk): void {
    if (this.output.pending === desk.output) this.news({ kind: 'output' });
    if (this.input.pending === desk.input) this.news({ kind: 'input' });
    this.output.truth(desk.output);
    this.input.truth(desk.input);
    this.trueFloor.truth(desk.true_floor);
    this.toFloor.truth(desk.to_floor);
  }

  /**
   * A microphone that went OFF by itself: AV's cut has a warning that stays, a handover has its own words. What the handover says and
   * what the keys say may come in either order; in both the boothmate is ON then.
   */
  private explained(desk: Desk): boolean {
    const { room } = this;
    const handover = room && boothOf(room, desk)?.handover;
    if (desk.cut || !handover) return desk.cut;
    const handed = handover.state !== 'idle' || handover.ended === 'switched';
    return handed && matesOf(room, desk).some((each) => each.mic === 'on');
  }

  /** Any answer of the booth settles a key of a handover. */
  private boothIs(booth: Booth | undefined): void {
    if (!booth) return;
    const now = JSON.stringify(booth.handover);
    if (now !== this.boothWas) this.handover.drop();
    this.boothWas = now;
    const ended = this.ends.seen(booth.handover);
    if (ended) this.news({ kind: 'handover', ended });
  }

  private cameBack(mic: Mic): void {
    const was = this.awayAs;
    this.awayAs = null;
    if (mic === 'cough') this.news({ kind: 'back_on_cough' });
    else if (mic === 'off' && was !== 'off') this.news({ kind: 'back_off' });
  }

  private complained(error: ErrorMessage): void {
    const wish = WISH_OF[error.about];
    if (error.about === 'mic') this.keys.refused();
    if (wish) this[wish].drop();
    if (wish === 'input') this.followInput();
    if (KEYS.includes(error.about)) this.news({ kind: 'refused', error });
    this.changed();
  }

  private set(change: () => void): void {
    change();
    this.changed();
  }
}

const WISH_OF: Record<string, 'output' | 'input' | 'trueFloor' | 'toFloor' | 'handover' | undefined> = {
  output: 'output',
  input: 'input',
  true_floor: 'trueFloor',
  speak_to_floor: 'toFloor',
  handover: 'handover',
};
