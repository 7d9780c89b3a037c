// The microphone of a page, on its way: from the press that starts it to the one that stops it, through lost lines, and through locked
// screens and phone calls, after which it is opened again.
//
//     start('floor/main') --> session --> `uplink`, `line`, `room` --> air(): what the page may say of it

import type { ErrorMessage, Input } from '../../lib/protocol.js';
import type { Line, Session, Uplink } from '../../lib/session.js';
import type { MicrophonePanel } from './microphone-panel.js';
import { airOf, type Air } from './on-air.js';
import { InFront } from './in-front.js';

export class Sending {
  readonly front = new InFront(() => void this.back());
  line: Line = { state: 'connecting' };
  uplink: Uplink = { state: 'closed' };
  private wanted = '';

  /** `changed` is called after every change. */
  constructor(
    private readonly session: Session,
    private readonly panel: Pick<MicrophonePanel, 'open' | 'start'>,
    private readonly changed: () => void,
  ) {
    session.on('line', (line) => this.set(() => (this.line = line)));
    session.on('uplink', (uplink) => this.set(() => this.follow(uplink)));
    window.addEventListener('beforeunload', (event) => this.on && event.preventDefault());
  }

  /** What the person wants, until they stop it or the server says no. */
  get on(): boolean {
    return this.wanted !== '';
  }

  /** What is sent, '' nothing. */
  get source(): string {
    return this.wanted;
  }

  get lineOpen(): boolean {
    return this.line.state === 'open';
  }

  /** Why the server said no. */
  get refusal(): ErrorMessage | null {
    return this.uplink.state === 'failed' ? this.uplink.error : null;
  }

  air(input: Input | null): Air {
    return airOf(this.uplink, input, this.lineOpen, this.panel.open !== null);
  }

  start(source: string): void {
    this.want(source);
    this.session.publish(source);
    this.changed();
  }

  stop(): void {
    this.want('');
    this.session.unpublish();
    this.changed();
  }

  private want(source: string): void {
    this.wanted = source;
    this.front.send(this.on);
  }

  private follow(uplink: Uplink): void {
    this.uplink = uplink;
    if (uplink.state === 'failed') this.want('');
  }

  /** Seen again: a phone may have taken the microphone meanwhile. */
  private async back(): Promise<void> {
    if (this.on && !this.panel.open) await this.panel.start();
  }

  private set(change: () => void): void {
    change();
    this.changed();
  }
}
