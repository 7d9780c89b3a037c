// A client of the wire protocol, for tests: keeps everything that came, and waits for what shall come.
//
//   text    -> messages (unread ones), room (the snapshot with every `state` merged into it)
//   binary  -> packets, with the channel that their stream belongs to
import assert from 'node:assert/strict';
import { OpusDecoder } from 'opus-decoder';
import WebSocket from 'ws';

const PATIENCE_MS = 20_000;
const DOWN_HEADER = 12;
const UP_HEADER = 16;
export const LABELS = ['silent', 'original', 'direct', 'relay', 'emergency'];
export const FLAG = { discontinuity: 1, changed: 2, silence: 4, history: 8 };

/** The header and the packet of a binary message from the server. */
export function parseDown(bytes) {
  return {
    version: bytes[0],
    flags: bytes[1] & 15,
    label: LABELS[(bytes[1] >> 4) & 7],
    stream: bytes.readUInt16BE(2),
    epoch: bytes.readUInt32BE(4),
    seq: bytes.readUInt32BE(8),
    payload: bytes.subarray(DOWN_HEADER),
  };
}

/** A binary message to the server. */
export function makeUp({ version = 1, flags = 0, stream, seq, captured_us = 0n, payload = Buffer.alloc(0) }) {
  const bytes = Buffer.alloc(UP_HEADER + payload.length);
  bytes[0] = version;
  bytes[1] = flags;
  bytes.writeUInt16BE(stream, 2);
  bytes.writeUInt32BE(seq >>> 0, 4);
  bytes.writeBigUInt64BE(BigInt(captured_us), 8);
  payload.copy(bytes, UP_HEADER);
  return bytes;
}

/** Opus packets as one piece of 48 kHz mono sound. */
export async function decode(packets) {
  const decoder = new OpusDecoder({ channels: 1 });
  await decoder.ready;
  const { channelData, errors } = decoder.decodeFrames(packets.map((packet) => packet.payload ?? packet));
  decoder.free();
  assert.deepEqual(errors, []);
  return channelData[0];
}

/** That every frame time has its packet: the numbers grow by one, in one epoch. */
export function assertPerfect(packets, what = 'the packets') {
  assert.ok(packets.length > 0, `${what}: there are none`);
  packets.forEach((packet, i) => {
    assert.equal(packet.version, 1);
    if (i === 0) return;
    assert.equal(packet.seq, (packets[i - 1].seq + 1) >>> 0, `${what}: packet ${i} of ${packets.length}`);
    assert.equal(packet.epoch, packets[0].epoch);
    assert.equal(packet.flags & FLAG.discontinuity, 0);
  });
}

export class Client {
  constructor(socket) {
    Object.assign(this, { socket, messages: [], packets: [], watchers: new Set(), channels: new Map(), heard: new Map(), speaking: new Set(), revisions: [] });
    this.closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));
    this.closed.then((how) => {
      this.ended = how;
      this.look();
    });
    socket.on('error', (error) => (this.error = error));
    socket.on('message', (bytes, binary) => {
      if (binary) this.takePacket(bytes);
      else this.takeMessage(JSON.parse(bytes));
      this.look();
    });
  }

  /** Connects; fails with the HTTP status in the error's message when the server refuses. */
  static open(url, { subprotocol = 'boothcast.v1', ...options } = {}) {
    const socket = new WebSocket(url, subprotocol, { perMessageDeflate: false, ...options });
    const client = new Client(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(client));
      socket.once('error', reject);
    });
  }

  takePacket(bytes) {
    const packet = parseDown(bytes);
    this.packets.push({ ...packet, channel: this.channels.get(packet.stream), at_ms: performance.now() });
  }

  takeMessage(message) {
    this.messages.push(message);
    if (message.type === 'joined') Object.assign(this, { room: message.room, session: message.session, resume: message.resume });
    if (message.type === 'listening') this.channels.set(message.stream, message.channel ?? message.source);
    if (message.type === 'state') this.merge(message);
  }

  merge({ channels = [], booths = [], desks = [], floor, revision }) {
    assert.ok(this.room, 'state before joined');
    for (const one of channels) this.room.channels = this.room.channels.map((old) => (old.number === one.number ? one : old));
    for (const one of booths) this.room.booths = this.room.booths.map((old) => (old.id === one.id ? one : old));
    for (const one of desks) this.room.desks = this.room.desks.map((old) => (old.id === one.id ? one : old));
    if (floor) this.room.floor = floor;
    this.revisions.push(revision);
  }

  /** What the room says of a channel, of a booth, and of a desk such as 'zh-en/1'. */
  channel(number) {
    return this.room.channels.find((one) => one.number === number);
  }

  booth(id) {
    return this.room.booths.find((one) => one.id === id);
  }

  desk(id) {
    return this.room.desks.find((one) => one.id === id);
  }

  look() {
    for (const watch of this.watchers) watch();
  }

  /** Waits until `test` gives something that is neither false nor undefined; looks after every message, and gives it. */
  until(test, what, patience_ms = PATIENCE_MS) {
    return new Promise((resolve, reject) => {
      const done = (settle, value) => {
        clearTimeout(timer);
        this.watchers.delete(watch);
        settle(value);
      };
      const watch = () => {
        let found;
        try {
          found = test();
        } catch (error) {
          done(reject, error);
          return;
        }
        if (found !== undefined && found !== false) done(resolve, found);
        else if (this.ended) done(reject, new Error(`closed with ${this.ended.code} "${this.ended.reason}" before ${what}`));
      };
      const timer = setTimeout(() => {
        const words = this.messages.slice(-5).map((message) => JSON.stringify(message).slice(0, 300));
        done(reject, new Error(`this did not come in ${patience_ms / 1000} s: ${what}; unread are ${words.join('\n')}`));
      }, patience_ms);
      this.watchers.add(watch);
      watch();
    });
  }

  /** The first unread message of a type for which `test` holds; it is read then. */
  next(type, test = () => true) {
    return this.until(() => {
      const at = this.messages.findIndex((message) => message.type === type && test(message));
      return at < 0 ? undefined : this.messages.splice(at, 1)[0];
    }, `a message "${type}"`);
  }

  /** The next error, which must have this code. */
  async refused(code) {
    const error = await this.next('error');
    assert.equal(error.code, code, error.message);
    assert.match(error.message, /\w.*\.$/, 'a sentence');
    return error;
  }

  /** Sends an object as JSON; a string or bytes as they are. */
  send(message) {
    this.socket.send(typeof message === 'object' && !Buffer.isBuffer(message) ? JSON.stringify(message) : message);
  }

  async join(fields) {
    this.send({ type: 'join', ...fields });
    return this.answer('joined');
  }

  /** Listens to a channel by its number, or to a source by its name. */
  async listen(what, fields = {}) {
    const key = typeof what === 'string' ? 'source' : 'channel';
    this.send({ type: 'listen', [key]: what, ...fields });
    return this.answer('listening', (message) => message[key] === what);
  }

  async publish(source, fields = {}) {
    this.send({ type: 'publish', source, codec: 'pcm_s16le', rate: 48000, ...fields });
    return this.answer('publishing', (message) => message.source === source);
  }

  /** A message of this type, or the error that came instead. */
  async answer(type, test = () => true) {
    const one = await this.until(() => {
      const at = this.messages.findIndex((message) => message.type === 'error' || (message.type === type && test(message)));
      return at < 0 ? undefined : this.messages.splice(at, 1)[0];
    }, `a message "${type}"`);
    if (one.type === 'error') throw Object.assign(new Error(`${one.code}: ${one.message}`), one);
    return one;
  }

  /** The packets of a channel or source so far. */
  of(channel) {
    return this.packets.filter((packet) => packet.channel === channel);
  }

  /** The next `count` packets of a channel that nobody has taken by this yet, in their order, from the first that came. */
  async hear(channel, count) {
    const from = this.heard.get(channel) ?? 0;
    await this.until(() => this.of(channel).length >= from + count, `${count} packets of channel ${channel}`, PATIENCE_MS + count * 20);
    this.heard.set(channel, from + count);
    return this.of(channel).slice(from, from + count);
  }

  /** The next `count` packets from now on. */
  hearNow(channel, count) {
    this.heard.set(channel, this.of(channel).length);
    return this.hear(channel, count);
  }

  /**
   * Sends sound in real time as 20 ms frames of 16-bit samples at 48 kHz: samples(i) gives the i-th. Runs until the returned
   * function is called or the connection ends; what a busy machine holds up is sent as soon as it can.
   */
  speak(stream, samples) {
    const began = performance.now();
    let seq = 0;
    const frame = () => {
      const payload = Buffer.alloc(1920);
      for (let i = 0; i < 960; i++) payload.writeInt16LE(Math.round(32767 * samples(seq * 960 + i)), 2 * i);
      this.send(makeUp({ stream, seq, payload }));
      seq += 1;
    };
    const timer = setInterval(() => {
      if (this.socket.readyState !== WebSocket.OPEN) return quiet();
      while (seq * 20 <= performance.now() - began + 20) frame();
    }, 5);
    const quiet = () => clearInterval(timer);
    this.speaking.add(quiet);
    return quiet;
  }

  /** Closes as a page does when it is left. */
  async leave() {
    this.socket.close(1000);
    return this.closed;
  }

  forgetErrors() {
    for (const quiet of this.speaking) quiet();
    this.socket.removeAllListeners('error');
    this.socket.on('error', () => {});
  }

  /** Cuts the connection off, as a broken network does. */
  end() {
    this.forgetErrors();
    this.socket.terminate();
  }
}
