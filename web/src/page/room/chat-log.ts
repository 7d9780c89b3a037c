// Messages between people who work in a room, sorted into threads, with what has not been read. Pure. Nothing outlives the page.
//
//   at a desk      "booth" (the boothmates) and "av"
//   in the AV view one thread for each desk, by its id

import type { Chat } from '../../lib/protocol.js';

/** The server cuts at this many characters. */
export const CHAT_LENGTH = 500;
const KEPT = 100; // of a thread

export interface Line {
  own: boolean;
  name: string; // of the person, or the desk's own name
  text: string;
  atMs: number; // wall clock of this computer, when it came
}

export class ChatLog {
  private readonly threads = new Map<string, Line[]>();
  private readonly waiting = new Map<string, number>();

  /** `own`: the id of this desk, or "av". */
  constructor(private readonly own: string) {}

  /** Sorts it in; the thread it belongs to. `shown`: the thread that is before somebody's eyes. */
  take(chat: Chat, shown: string | null, atMs: number): string {
    const thread = this.threadOf(chat);
    const own = chat.from === this.own;
    const lines = this.threads.get(thread) ?? [];
    lines.push({ own, name: chat.name || chat.from, text: chat.text, atMs });
    if (lines.length > KEPT) lines.shift();
    this.threads.set(thread, lines);
    if (!own && thread !== shown) this.waiting.set(thread, this.unread(thread) + 1);
    return thread;
  }

  lines(thread: string): readonly Line[] {
    return this.threads.get(thread) ?? [];
  }

  unread(thread: string): number {
    return this.waiting.get(thread) ?? 0;
  }

  /** In all threads but this one. */
  unreadBeside(thread: string): number {
    return [...this.waiting].reduce((sum, [each, count]) => (each === thread ? sum : sum + count), 0);
  }

  read(thread: string): void {
    this.waiting.delete(thread);
  }

  private threadOf({ from, to }: Chat): string {
    if (this.own !== 'av') return to === 'booth' ? 'booth' : 'av';
    return from === 'av' ? to : from;
  }
}
