// A server of the wire protocol, as small as it can be, for trying the engine in a browser without the real one: beats every 20 ms,
// channel 0 loops the uplink back, channels 1 and up carry given Opus packets, each its own. It can be made to behave badly.
// It knows nothing of tickets, rooms or booths, and is no model of the server.

import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { WebSocketServer } from 'ws';

const FRAME_MS = 20;
const DISCONTINUITY = 1;
const HISTORY = 8;
const LABEL = { original: 1, direct: 2 };
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.wasm': 'application/wasm' };
/** The policy that the real server sends. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; worker-src 'self'; connect-src 'self'; media-src 'self' blob:; frame-ancestors 'none'";

/** The audio packets of an Ogg Opus file, in order. */
export function oggPackets(bytes) {
  const packets = [];
  let open = [];
  for (let at = 0; at + 27 <= bytes.length; ) {
    const lacing = bytes.subarray(at + 27, at + 27 + bytes[at + 26]);
    at += 27 + lacing.length;
    for (const size of lacing) {
      open.push(bytes.subarray(at, at + size));
      at += size;
      if (size === 255) continue;
      packets.push(Buffer.concat(open));
      open = [];
    }
  }
  return packets.slice(2); // without OpusHead and OpusTags
}

export class MockServer {
  constructor({ folder, channels, silence }) {
    this.channels = channels; // [number] -> packets, in a loop
    this.silence = silence; // one packet
    this.clients = new Set();
    this.pages = new Map();
    this.log = [];
    this.uplink = [];
    this.received = []; // headers of the uplink
    this.beat = 100_000;
    this.epoch = 1;
    this.started = performance.now();
    this.http = createServer((request, response) => this.serve(folder, request, response));
    this.ws = new WebSocketServer({ server: this.http, handleProtocols: () => 'boothcast.v1' });
    this.ws.on('connection', (socket) => this.connected(socket));
  }

  async listen() {
    await new Promise((resolve) => this.http.listen(0, '127.0.0.1', resolve));
    this.timer = setInterval(() => this.step(), 2);
    return this.http.address().port;
  }

  close() {
    clearInterval(this.timer);
    for (const client of this.clients) client.socket.terminate();
    this.http.close();
  }

  serve(folder, request, response) {
    const path = request.url.split('?')[0];
    const file = join(folder, path);
    const body = this.pages.get(path) ?? (existsSync(file) && path.includes('.') ? readFileSync(file) : null);
    response.writeHead(body ? 200 : 404, { 'content-type': TYPES[extname(path)] ?? 'text/html', 'content-security-policy': POLICY });
    response.end(body ?? 'not found');
  }

  nowUs() {
    return Math.round((performance.now() + 5000) * 1000);
  }
  dueUs(beat) {
    return Math.round((this.started + 5000 + (beat - 100_000) * FRAME_MS) * 1000);
  }

  connected(socket) {
    const client = { socket, listens: new Map(), heldUntil: 0, held: [] };
    this.clients.add(client);
    socket._socket.setNoDelay(true);
    socket.on('message', (data, binary) => (binary ? this.sound(data) : this.said(client, JSON.parse(data))));
    socket.on('close', () => this.clients.delete(client));
  }

  said(client, message) {
    if (message.type !== 'ping' && message.type !== 'report') this.log.push(message);
    if (message.type === 'report') this.report = message;
    const tell = (answer) => this.out(client, JSON.stringify(answer));
    switch (message.type) {
      case 'join': {
        if (this.refuse) {
          tell({ type: 'error', code: 'ticket', message: 'This ticket is not good here.', about: 'join' });
          return client.socket.close(1008);
        }
        const channel = (number) => ({ number, language: 'en', name: `${number}`, label: 'original', state: 'floor', carries: 'en', depth: 0, fill: true, holders: [], renditions: ['standard'] });
        tell({
          type: 'joined', session: 's', role: 'listener', can: ['listen', 'publish'], booth: '', desk: 0, server_us: this.nowUs(), resume: this.resumes ? 'token' : '',
          room: { id: 'hall', name: {}, closed: false, event: { id: 'e', name: {}, place: {}, timezone: 'UTC' }, revision: 1, epoch: 1, frame_ms: FRAME_MS, emergency: false, floor: { language: '', inputs: [] }, channels: this.channels.map((_, i) => channel(i)), booths: [], desks: [], programme: [] },
        });
        for (const listen of (this.resumes && message.resume?.listens) || []) this.startListening(client, listen.channel, this.beat - listen.seq - 1);
        return;
      }
      case 'listen':
        if (message.channel >= this.channels.length) return tell({ type: 'error', code: 'no_channel', message: 'There is no such channel.', about: 'listen', channel: message.channel });
        if (message.instead_of !== undefined) client.listens.delete(message.instead_of);
        return this.startListening(client, message.channel, message.history ?? 0);
      case 'unlisten':
        return client.listens.delete(message.channel);
      case 'publish':
        return tell({ type: 'publishing', source: message.source, stream: 5 });
      case 'ping':
        return tell({ type: 'pong', t: message.t, server_us: this.nowUs() });
    }
  }

  startListening(client, number, history) {
    const stream = 10 + number;
    client.listens.set(number, stream);
    this.out(client, JSON.stringify({ type: 'listening', channel: number, rendition: 'standard', stream, epoch: this.epoch, seq: this.beat, frame_ms: FRAME_MS, server_us: this.dueUs(this.beat) }));
    for (let beat = this.beat - Math.min(history, 90); beat < this.beat; beat++) this.out(client, this.packet(number, stream, beat, HISTORY));
  }

  sound(data) {
    const received = { at: this.nowUs(), flags: data[1], stream: data.readUInt16BE(2), seq: data.readUInt32BE(4), captured: Number(data.readBigUInt64BE(8)), bytes: data.length - 16 };
    this.received.push(received);
    this.uplink.push(data.subarray(16));
    if (this.uplink.length > 3) this.uplink.shift();
  }

  packet(number, stream, beat, flags) {
    const packets = this.channels[number];
    const body = number === 0 ? (this.loop ?? this.silence) : packets[beat % packets.length];
    const header = Buffer.alloc(12);
    header[0] = 1;
    header[1] = flags | ((number === 0 ? LABEL.original : LABEL.direct) << 4);
    header.writeUInt16BE(stream, 2);
    header.writeUInt32BE(this.epoch, 4);
    header.writeUInt32BE(beat >>> 0, 8);
    return Buffer.concat([header, body]);
  }

  step() {
    while (this.dueUs(this.beat) <= this.nowUs()) {
      this.loop = this.uplink.shift() ?? this.silence;
      for (const client of this.clients) for (const [number, stream] of client.listens) this.out(client, this.packet(number, stream, this.beat, this.broken?.(this.beat) ? DISCONTINUITY : 0));
      this.beat++;
    }
    for (const client of this.clients) this.out(client);
  }

  /** Sends, or holds back while the line is made to stall. */
  out(client, message) {
    if (message) client.held.push(message);
    if (performance.now() < client.heldUntil) return;
    for (const held of client.held.splice(0)) client.socket.send(held);
  }

  // ---- bad behaviour ----

  stall(ms) {
    for (const client of this.clients) client.heldUntil = performance.now() + ms;
  }
  cut() {
    for (const client of this.clients) client.socket.terminate();
  }
}
