// What this page knows of its desk: the server's truth, the wishes under way, the line, the uplink. No DOM.
//
//   session events --> DeskState --> (changed) --> the page draws it all
//   keys ----------->     |      --> session.setMic / setOutput / setInput / listen
//
// Sound follows the server's input selection, except while a wish of this person is under way: then it is heard at once, and goes
// back when the server says no.

import type { Desk, ErrorMessage, Mic, Rendition, Room } from '../../lib/protocol.js';
import type { Line, Session, Uplink } from '../../lib/session.js';
import { NO_ANSWER_MS, Wish } from '../consoles/wish.js';
import { DeskKeys } from './keys.js';
import { findDesk } from './tally.js';

export type News = { kind: 'back_on_cough' | 'back_off' | 'cut' | 'no_answer' } | { kind: 'refused'; error: ErrorMessage };

export class DeskState {
  room: Room | null = null;
  desk: Desk | null = null;
  line: Line = { state: 'connecting' };
  uplink: Uplink = { state: 'closed' };
  readonly keys: DeskKeys;
  readonly output = new Wish<'A' | 'B' | 'C'>();
  readonly input = new Wish<number>();
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
    session.on('joined', () => (this.joined = true));
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

  /** Sound may start: from the tap that opened the page's audio. */
  startHearing(): void {
    this.hears = -1;
    this.hear(this.desk?.input ?? 0);
  }

  /** A few times a second: wishes that nobody answered. */
  tick(nowMs: number): void {
    const late = [this.output.expired(nowMs), this.input.expired(nowMs)].includes(true);
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
    if (this.hears >= 0 && this.desk && this.input.pending === null) this.hear(this.desk.input);
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
      this.output.drop();
      this.input.drop();
    }
    this.changed();
  }

  /** The room as it is. Before `joined` of this line, what is known of it is old. */
  private roomIs(room: Room): void {
    this.room = room;
    const desk = findDesk(room, this.seat.booth, this.seat.desk);
    this.desk = desk;
    if (desk && this.joined) this.deskIs(desk);
    this.changed();
  }

  private deskIs(desk: Desk): void {
    const before = this.keys.state;
    const ours = this.keys.pending && this.keys.wanted === desk.mic;
    this.keys.serverSays(desk.mic);
    this.output.truth(desk.output);
    this.input.truth(desk.input);
    this.followInput();
    if (this.awayAs !== null) this.cameBack(desk.mic);
    else if (before !== null && before !== 'off' && desk.mic === 'off' && !ours) this.news({ kind: 'cut' });
  }

  private cameBack(mic: Mic): void {
    const was = this.awayAs;
    this.awayAs = null;
    if (mic === 'cough') this.news({ kind: 'back_on_cough' });
    else if (mic === 'off' && was !== 'off') this.news({ kind: 'back_off' });
  }

  private complained(error: ErrorMessage): void {
    if (error.about === 'mic') this.keys.refused();
    if (error.about === 'output') this.output.drop();
    if (error.about === 'input') {
      this.input.drop();
      this.followInput();
    }
    if (['mic', 'output', 'input'].includes(error.about)) this.news({ kind: 'refused', error });
    this.changed();
  }

  private set(change: () => void): void {
    change();
    this.changed();
  }
}
