// The worker of a page: wires the connection, what is heard and what is said, and hands messages between them and the main thread.
//
//     main thread --Command--> [engine] --> Connection --> server
//                <--Notice---            <-- messages: Downlink, Uplink, the room
//
// One for each session. The main thread may be blocked as long as it likes: no sound passes it.

import { mergeState } from '../lib/merge.js';
import type { Joined, Room, ServerMessage } from '../lib/protocol.js';
import type { SessionEvents } from '../lib/session.js';
import type { Command, Notice, WorkerEvent } from '../lib/threads.js';
import { Connection } from './connection.js';
import { chooseDecoder, decoderMaker } from './decoder.js';
import { Downlink } from './downlink.js';
import { chooseCodec, encoderMaker } from './encoder.js';
import { Uplink } from './uplink.js';

/** What a worker's global object has (TypeScript's DOM library describes that of a page). */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Command>) => void) | null;
  postMessage(notice: Notice): void;
  close(): void;
}
const scope = self as unknown as WorkerScope;

const TICK_MS = 100;
const TICKS_PER_REPORT = 10;

class Engine {
  private room: Room | null = null;
  private ticks = 0;

  private constructor(
    private readonly connection: Connection,
    private readonly downlink: Downlink,
    private readonly uplink: Uplink,
  ) {
    setInterval(() => this.tick(), TICK_MS);
  }

  static async make(command: Command & { type: 'start' }): Promise<Engine> {
    const [decoder, codec] = await Promise.all([chooseDecoder(command.wasm), chooseCodec()]);
    notify({ type: 'decoder', decoder });
    const connection: Connection = new Connection(command, {
      listens: () => engine.downlink.listens(),
      joined: (joined, resumed) => engine.joined(joined, resumed),
      message: (message) => engine.received(message),
      sound: (message, arrivedMs) => engine.downlink.sound(message, arrivedMs),
      lost: () => engine.lost(),
      line: (line) => engine.line(line),
    });
    const downlink = new Downlink(connection, decoderMaker(decoder), notify);
    const uplink = new Uplink(connection, encoderMaker(codec), (state) => emit('uplink', state));
    const engine = new Engine(connection, downlink, uplink);
    connection.start();
    return engine;
  }

  command(command: Command): void {
    switch (command.type) {
      case 'start':
        return; // make() did it
      case 'close':
        this.connection.close();
        return scope.close();
      case 'online':
        return this.connection.online();
      case 'player':
        return this.downlink.setPlayer(command.port);
      case 'microphone':
        return this.uplink.setMicrophone(command.port);
      case 'listen':
        return this.downlink.listen(command.id, command.channel, command.rendition);
      case 'prefetch':
        return this.downlink.prefetch(command.channel, command.rendition);
      case 'unlisten':
        return this.downlink.unlisten();
      case 'bed':
        return this.downlink.setBed(command.channel);
      case 'publish':
        return this.uplink.publish(command.source);
      case 'unpublish':
        return this.uplink.unpublish();
      case 'send':
        return this.connection.send(command.message);
    }
  }

  private joined(joined: Joined, resumed: boolean): void {
    this.room = joined.room;
    emit('joined', joined);
    emit('room', joined.room);
    this.downlink.joined(resumed, joined.server_us);
    this.uplink.joined();
  }

  private lost(): void {
    this.downlink.lost();
    this.uplink.lost();
  }

  private line(line: SessionEvents['line']): void {
    if (this.connection.clock.known) notify({ type: 'clock', offset_ms: this.connection.clock.offsetMs });
    emit('line', line);
  }

  private received(message: ServerMessage): void {
    switch (message.type) {
      case 'state':
        if (!this.room) return;
        this.room = mergeState(this.room, message);
        return emit('room', this.room);
      case 'listening':
        return this.downlink.listening(message);
      case 'publishing':
        return this.uplink.publishing(message);
      case 'levels':
        return emit('levels', message);
      case 'signal':
        return emit('signal', message);
      case 'chat':
        return emit('chat', message);
      case 'error':
        if (message.about === 'listen') this.downlink.refused(message);
        if (message.about === 'publish') this.uplink.refused(message);
        if (message.skipped_ms) notify({ type: 'skipped', ms: message.skipped_ms });
        return emit('error', message);
      default:
        return emit('message', message);
    }
  }

  private tick(): void {
    this.downlink.tick();
    if (++this.ticks % TICKS_PER_REPORT !== 0) return;
    this.downlink.tell();
    this.uplink.tell();
  }
}

function notify(notice: Notice): void {
  scope.postMessage(notice);
}

function emit<K extends WorkerEvent>(event: K, value: SessionEvents[K]): void {
  scope.postMessage({ type: 'event', event, value } as Notice);
}

/** Commands wait for the start, and then until the decoder is chosen (and, perhaps, loaded). */
let start: (command: Command & { type: 'start' }) => void;
const made = new Promise<Command & { type: 'start' }>((resolve) => (start = resolve)).then((command) => Engine.make(command));
scope.onmessage = ({ data }) => {
  if (data.type === 'start') start(data);
  else void made.then((engine) => engine.command(data));
};
