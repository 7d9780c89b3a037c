// The MIC and COUGH keys of a desk, as a machine without DOM, clock or socket.
//
//   hand ----> pressMic / coughDown / coughUp ----> send(state)          the wish, to the server
//   server --> serverSays(mic) -------------------> `state`              the truth, on the key
//
// The wish is never shown as truth: while the two differ the key says "pending". What a press means depends on the latest wish, so
// that quick presses are not judged by an answer that is still under way. It never decides who is on air: the server does.

import type { Mic } from '../../lib/protocol.js';

export class DeskKeys {
  /** As the server has it; null while it is not known: before the first answer, and while the line is down. */
  state: Mic | null = null;
  /** With a latch, each press of COUGH changes it; without, it coughs while it is held. */
  latch = false;
  private wish: Mic | null = null;
  private held = false;

  constructor(private readonly send: (state: Mic) => void) {}

  /** The server has been asked for another state, and has not answered yet. */
  get pending(): boolean {
    return this.wish !== null;
  }

  /** What was asked for last: for the caption of a pending key. */
  get wanted(): Mic | null {
    return this.wish ?? this.state;
  }

  /** COUGH is down now: the key is drawn pressed. */
  get coughing(): boolean {
    return this.held;
  }

  /** OFF goes ON, ON goes OFF. From COUGH: a hand on the key means "I am done" (OFF), no hand on it means "hear me again" (ON). */
  pressMic(): void {
    const now = this.wanted;
    if (now === null) return;
    if (now === 'cough' && !this.held) this.ask('on');
    else this.ask(now === 'off' ? 'on' : 'off');
  }

  coughDown(): void {
    const now = this.wanted;
    if (this.held || now === null || now === 'off') return;
    this.held = true;
    if (this.latch) this.pressCough();
    else if (now === 'on') this.ask('cough');
  }

  /** A press without a hold, as assistive technology has it: each one changes it. */
  pressCough(): void {
    const now = this.wanted;
    if (now === 'on') this.ask('cough');
    else if (now === 'cough') this.ask('on');
  }

  /** The hand has left COUGH. It ends a cough only when the microphone was not turned OFF meanwhile. */
  coughUp(): void {
    if (!this.held) return;
    this.held = false;
    if (!this.latch && this.wanted === 'cough') this.ask('on');
  }

  /** The hand is out of sight (another window has the keyboard): stay on COUGH, for an unseen cough must not be heard. */
  coughLost(): void {
    this.held = false;
  }

  serverSays(mic: Mic): void {
    this.state = mic;
    if (this.wish === mic) this.wish = null;
  }

  /** The server said no, or did not answer in time: the truth stands. */
  refused(): void {
    this.wish = null;
  }

  /** Nothing is known any more; a wish that was under way is not repeated by itself. */
  lineLost(): void {
    this.state = null;
    this.wish = null;
    this.held = false;
  }

  private ask(state: Mic): void {
    this.wish = state === this.state ? null : state;
    this.send(state);
  }
}
