// A client that somebody else could have written from PROTOCOL.md: its own handshake and frames (RFC 6455), its own binary headers, its own
// tickets, its own merge of `state`. It uses nothing but Node and shares no code with the server, the pages or the other tests.
import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import net from 'node:net';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;
const FLAGS = ['discontinuity', 'source_changed', 'silence', 'history'];
const LABELS = ['silent', 'original', 'direct', 'relay', 'emergency'];

// ---- binary messages ----

/** PROTOCOL.md, "Binary messages": null when it is short or of another version. */
export function readDown(bytes) {
  if (bytes.length < 12 || bytes[0] !== 1) return null;
  const flags = FLAGS.filter((_, bit) => (bytes[1] >> bit) & 1);
  const label = LABELS[(bytes[1] >> 4) & 7] ?? 'silent';
  return { flags, label, stream: bytes.readUInt16BE(2), epoch: bytes.readUInt32BE(4), seq: bytes.readUInt32BE(8), payload: bytes.subarray(12) };
}

export function writeUp({ flags = [], stream, seq, captured_us = 0n, payload }) {
  const header = Buffer.alloc(16);
  header[0] = 1;
  header[1] = flags.includes('discontinuity') ? 1 : 0;
  header.writeUInt16BE(stream, 2);
  header.writeUInt32BE(seq, 4);
  header.writeBigUInt64BE(BigInt(captured_us), 8);
  return Buffer.concat([header, payload]);
}

export const distance = (a, b) => (a - b) | 0;

// ---- tickets ----

/** PROTOCOL.md, "Tickets": signs claims with the key of a seed (RFC 8410 says how that is written for the library). */
export function issue(prefix, seed, keyId, claims) {
  const key = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' });
  const head = `${prefix}.${keyId}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${head}.${sign(null, Buffer.from(head), key).toString('base64url')}`;
}

// ---- the room ----

const mergeBy = (old, fresh, key) => {
  const kept = old.map((one) => fresh.find((other) => other[key] === one[key]) ?? one);
  return [...kept, ...fresh.filter((one) => !old.some((other) => other[key] === one[key]))];
};

/** PROTOCOL.md, `state`. */
export function merge(room, { type, seq, channels = [], booths = [], desks = [], ...rest }) {
  return {
    ...room,
    ...rest,
    channels: mergeBy(room.channels, channels, 'number').sort((a, b) => a.number - b.number),
    booths: mergeBy(room.booths, booths, 'id'),
    desks: mergeBy(room.desks, desks, 'id'),
  };
}

// ---- HTTP ----

/** { status, headers, body }; of an endless answer what comes first. */
export function ask({ host, port }, { method, path, headers = {}, body, endless }) {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ host, port, method, path, headers, agent: false }, (answer) => {
      const pieces = [];
      const done = () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) });
      answer.on('data', (piece) => {
        pieces.push(piece);
        if (!endless) return;
        done();
        asked.destroy();
      });
      answer.on('end', done);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

// ---- WebSocket ----

/** A frame as a client sends it: masked. */
function frame(opcode, payload, last = true) {
  const mask = randomBytes(4);
  const size = payload.length;
  const head = size < 126 ? Buffer.from([0, 0x80 | size]) : Buffer.from([0, 0x80 | 126, size >> 8, size & 255]);
  head[0] = (last ? 0x80 : 0) | opcode;
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i % 4])]);
}

export class IndependentClient {
  constructor(socket) {
    Object.assign(this, { socket, messages: [], packets: [], ended: null, problems: [], bytes: Buffer.alloc(0), parts: [], kind: 0, watchers: new Set() });
  }

  static open({ host, port }, { origin } = {}) {
    const socket = net.connect(port, host);
    const client = new IndependentClient(socket);
    const key = randomBytes(16).toString('base64');
    const lines = ['GET /ws HTTP/1.1', `Host: ${host}:${port}`, 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: boothcast.v1'];
    if (origin) lines.push(`Origin: ${origin}`);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    return new Promise((resolve, reject) => {
      let head = Buffer.alloc(0);
      const read = (bytes) => {
        head = Buffer.concat([head, bytes]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        socket.off('data', read);
        const said = head.subarray(0, end).toString();
        const accept = createHash('sha1').update(key + GUID).digest('base64');
        const good = /^HTTP\/1\.1 101 /.test(said) && said.includes(accept) && /^sec-websocket-protocol: boothcast\.v1\r?$/im.test(said);
        if (!good) return reject(new Error(said));
        socket.on('data', (more) => client.take(more));
        client.take(head.subarray(end + 4));
        resolve(client);
      };
      socket.on('data', read);
      socket.on('error', (error) => (client.ended ? undefined : client.over({ code: 1006, reason: error.code }), reject(error)));
      socket.on('close', () => client.over({ code: 1006, reason: '' }));
    });
  }

  over(how) {
    this.ended ??= how;
    this.changed();
  }

  changed() {
    for (const watcher of this.watchers) watcher();
  }

  /** Resolves when `found` gives something; fails with the sentence of `what` after the patience, which is no measure of anything. */
  until(found, what, patienceMs = 30_000) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(reject, new Error(`${typeof what === 'function' ? what() : what}: not within ${patienceMs} ms`)), patienceMs);
      const finish = (how, value) => {
        clearTimeout(timer);
        this.watchers.delete(look);
        how(value);
      };
      const look = () => {
        try {
          const value = found();
          if (value !== undefined && value !== false && value !== null) finish(resolve, value);
        } catch (error) {
          finish(reject, error);
        }
      };
      this.watchers.add(look);
      look();
    });
  }

  say(message) {
    this.raw(JSON.stringify(message));
  }
  raw(text) {
    this.socket.write(frame(TEXT, Buffer.from(text)));
  }
  send(bytes) {
    this.socket.write(frame(BINARY, bytes));
  }
  /** A text in two frames, with a ping between them. */
  sayInPieces(message) {
    const bytes = Buffer.from(JSON.stringify(message));
    const half = bytes.length >> 1;
    this.socket.write(frame(TEXT, bytes.subarray(0, half), false));
    this.socket.write(frame(PING, Buffer.from('?')));
    this.socket.write(frame(CONTINUATION, bytes.subarray(half)));
  }
  close(code = 1000) {
    this.socket.write(frame(CLOSE, Buffer.from([code >> 8, code & 255])));
  }
  /** The line is lost. */
  drop() {
    this.socket.destroy();
  }

  take(bytes) {
    this.bytes = Buffer.concat([this.bytes, bytes]);
    while (this.takeFrame());
    this.changed();
  }

  /** One frame, when it is whole. */
  takeFrame() {
    const { bytes } = this;
    if (bytes.length < 2) return false;
    let size = bytes[1] & 127, at = 2;
    if (size === 126) (size = bytes.length >= 4 ? bytes.readUInt16BE(2) : Infinity), (at = 4);
    else if (size === 127) (size = bytes.length >= 10 ? Number(bytes.readBigUInt64BE(2)) : Infinity), (at = 10);
    if (bytes.length < at + size) return false;
    if (bytes[1] & 128) this.problems.push('a masked frame of the server');
    if (bytes[0] & 0x70) this.problems.push('a reserved bit is set');
    this.bytes = bytes.subarray(at + size);
    this.frame(bytes[0] & 15, (bytes[0] & 128) !== 0, bytes.subarray(at, at + size));
    return true;
  }

  frame(opcode, last, payload) {
    if (opcode === PING) return void this.socket.write(frame(PONG, payload));
    if (opcode === PONG) return void (this.ponged = payload.toString());
    if (opcode === CLOSE) return this.closing(payload);
    if (opcode !== CONTINUATION) this.kind = opcode;
    this.parts.push(payload);
    if (!last) return;
    const whole = Buffer.concat(this.parts);
    this.parts = [];
    if (this.kind === BINARY) this.packets.push(readDown(whole));
    else this.text(new TextDecoder('utf-8', { fatal: true }).decode(whole));
  }

  text(text) {
    const message = JSON.parse(text);
    this.messages.push(message);
    if (message.type === 'joined') Object.assign(this, { joined: message, room: message.room });
    if (message.type !== 'state') return;
    if (message.revision <= this.room.revision) this.problems.push(`revision ${message.revision} after ${this.room.revision}`);
    this.room = merge(this.room, message);
  }

  closing(payload) {
    const how = payload.length >= 2 ? { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() } : { code: 1005, reason: '' };
    if (!this.ended && !this.socket.destroyed) this.socket.end(frame(CLOSE, payload.subarray(0, 2)));
    this.over(how);
  }
}
