// A server of the wire protocol, as small as it can be, that behaves badly when it is told to: lines that stall or break, packets
// that are no Opus, another clock after a restart. What the real server never does can only be tested like this.
//
// A beat every 20 ms; channel 0 loops the uplink back, channels 1 and up carry given Opus packets, each its own, in a loop, and so do
// the sources that can be listened to. It knows nothing of tickets or booths, and is no model of the server: a test may put any room and
// any place at a talk into it, and change that room.

import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { WebSocketServer } from 'ws';

const FRAME_MS = 20;
const FIRST_BEAT = 100_000;
const HISTORY = 8; // the flag
const LABELS = ['silent', 'original', 'direct', 'relay', 'emergency'];
const UPLINK = 5; // its stream number
const SOURCES = 100; // stream number of the first
const UP_HEADER = 16;
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
/** The policy of the real server: under a weaker one nothing would be proved. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; worker-src 'self'; connect-src 'self'; " +
  "media-src 'self' blob:; frame-ancestors 'none'";

export class MockServer {
  /** Packets of the channels, by number; that of channel 0 is what it carries while nobody speaks. */
  channels = [];
  sources = new Map(); // packets by name
  forbidden = new Set(); // sources that nobody may hear
  room = { id: 'hall', channels: [], desks: [], revision: 1 };
  talk = undefined; // of everybody who joins
  log = []; // messages of the clients, but for pings and reports
  reports = [];
  uplink = []; // headers that came
  resumes = false; // whether it knows its own resume tokens
  refuses = false; // whether it refuses everybody

  #folder;
  #http;
  #clients = new Set();
  #timer;
  #beat = FIRST_BEAT;
  #epoch = 1;
  #firstDueUs = 0;
  #looped = []; // sound of the uplink that waits for its beat
  #now = null; // what channel 0 carries at this beat

  /** Serves the built pages of `folder`, and an empty page as /. */
  constructor(folder) {
    this.#folder = folder;
    this.#http = createServer((request, response) => this.#serve(request, response));
    const sockets = new WebSocketServer({ server: this.#http, handleProtocols: () => 'boothcast.v1' });
    sockets.on('connection', (socket) => this.#connected(socket));
  }

  async listen() {
    await new Promise((done) => this.#http.listen(0, '127.0.0.1', done));
    this.#firstDueUs = this.#nowUs();
    this.#timer = setInterval(() => this.#step(), 2);
    return `http://127.0.0.1:${this.#http.address().port}`;
  }

  /** Changes the room by edit(room), and tells everybody the whole of it. */
  change(edit) {
    edit(this.room);
    this.room.revision++;
    const { revision, emergency, floor, channels } = this.room;
    this.tell({ type: 'state', revision, seq: this.#beat, emergency, floor, channels });
  }

  /** A message to everybody. */
  tell(message) {
    for (const client of this.#clients) this.#tell(client, message);
  }

  close() {
    clearInterval(this.#timer);
    this.cut();
    this.#http.close();
    this.#http.closeAllConnections();
  }

  // ---- bad behaviour ----

  /** Nothing leaves for this long, then everything at once: what TCP makes of a lost radio link. */
  stall(ms) {
    for (const client of this.#clients) client.heldUntil = performance.now() + ms;
  }

  /** All lines break. */
  cut() {
    for (const client of this.#clients) client.socket.terminate();
  }

  /** As if it had been started again: the beats count from the beginning, at other times, in a higher epoch. */
  restart() {
    this.#beat = FIRST_BEAT - 5000;
    this.#firstDueUs = this.#nowUs() - (this.#beat - FIRST_BEAT) * FRAME_MS * 1000;
    this.#epoch++;
    this.cut();
  }

  // ---- good behaviour ----

  #serve(request, response) {
    const path = new URL(request.url, 'http://x').pathname;
    const file = join(this.#folder, path);
    const body = path === '/' ? '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>engine</title>' : existsSync(file) ? readFileSync(file) : null;
    response.writeHead(body ? 200 : 404, { 'content-type': TYPES[extname(path)] ?? 'text/html', 'content-security-policy': POLICY });
    response.end(body ?? 'not found');
  }

  #nowUs() {
    return Math.round(performance.now() * 1000);
  }

  #dueUs(beat) {
    return this.#firstDueUs + (beat - FIRST_BEAT) * FRAME_MS * 1000;
  }

  #connected(socket) {
    const client = { socket, listens: new Map(), heldUntil: 0, held: [] };
    this.#clients.add(client);
    socket.on('message', (data, binary) => (binary ? this.#sound(data) : this.#said(client, JSON.parse(data))));
    socket.on('close', () => this.#clients.delete(client));
  }

  #said(client, message) {
    if (message.type === 'report') this.reports.push(message);
    else if (message.type !== 'ping') this.log.push(message);
    switch (message.type) {
      case 'join':
        return this.#join(client, message);
      case 'listen':
        return this.#listen(client, message);
      case 'unlisten':
        return client.listens.delete(message.source ?? message.channel);
      case 'publish':
        this.#tell(client, { type: 'publishing', source: message.source, stream: UPLINK });
        return this.#link(message.source, 'up');
      case 'unpublish':
        return this.#link(message.source, 'down');
      case 'ping':
        return this.#tell(client, { type: 'pong', t: message.t, server_us: this.#nowUs() });
    }
  }

  #join(client, { resume }) {
    if (this.refuses) {
      this.#tell(client, { type: 'error', code: 'bad_ticket', message: 'This ticket is not good here.', about: 'join' });
      return client.socket.close(1008);
    }
    this.#tell(client, {
      type: 'joined', session: 's', role: 'listener', can: ['listen', 'publish'], booth: '', desk: 0, server_us: this.#nowUs(), resume: 'token',
      room: { ...this.room, epoch: this.#epoch, frame_ms: FRAME_MS }, talk: this.talk,
    });
    if (this.resumes) for (const { channel, source, seq } of resume?.listens ?? []) this.#start(client, source ?? channel, seq + 1, 0);
  }

  /** An input has begun to send, or stopped. */
  #link(source, link) {
    const input = this.room.floor?.inputs.find(({ id }) => `floor/${id}` === source);
    if (input) this.change(() => (input.link = link));
  }

  #listen(client, { channel, source, history = 0, instead_of }) {
    const what = source ?? channel;
    const refuse = (code, message) => this.#tell(client, { type: 'error', code, message, about: 'listen' });
    if (this.forbidden.has(what)) return refuse('not_allowed', 'Not you.');
    if (!this.#packets(what)) return refuse(source ? 'no_source' : 'no_channel', `There is no ${source ? 'source' : 'channel'} ${what}.`);
    client.listens.delete(instead_of);
    this.#start(client, what, this.#beat - history, HISTORY);
  }

  #packets(what) {
    return typeof what === 'string' ? this.sources.get(what) : this.channels[what];
  }

  #start(client, channel, from, flags) {
    const stream = typeof channel === 'string' ? SOURCES + [...this.sources.keys()].indexOf(channel) : 10 + channel;
    const seq = flags === HISTORY ? this.#beat : from;
    const name = typeof channel === 'string' ? { source: channel } : { channel };
    this.#tell(client, { type: 'listening', ...name, rendition: 'standard', stream, epoch: this.#epoch, seq, frame_ms: FRAME_MS, server_us: this.#dueUs(seq) });
    client.listens.set(channel, stream);
    for (let beat = from; beat < this.#beat; beat++) this.#send(client, this.#packet(channel, stream, beat, flags));
  }

  #sound(data) {
    const [flags, stream, seq, capturedUs] = [data[1], data.readUInt16BE(2), data.readUInt32BE(4), Number(data.readBigUInt64BE(8))];
    this.uplink.push({ flags, stream, seq, ageMs: (this.#nowUs() - capturedUs) / 1000 });
    this.#looped = [...this.#looped.slice(-3), data.subarray(UP_HEADER)];
  }

  #packet(channel, stream, beat, flags) {
    const packets = this.#packets(channel);
    const body = channel === 0 && this.#now ? this.#now : packets[beat % packets.length];
    const message = Buffer.alloc(12 + body.length);
    message[0] = 1;
    message[1] = flags | (this.#label(channel) << 4);
    message.writeUInt16BE(stream, 2);
    message.writeUInt32BE(this.#epoch, 4);
    message.writeUInt32BE(beat, 8);
    message.set(body, 12);
    return message;
  }

  /** That of the room, if it has the channel. */
  #label(channel) {
    const known = this.room.channels.find(({ number }) => number === channel)?.label;
    return LABELS.indexOf(known ?? (channel === 0 || typeof channel === 'string' ? 'original' : 'direct'));
  }

  #step() {
    while (this.#dueUs(this.#beat) <= this.#nowUs()) {
      this.#now = this.#looped.shift() ?? null;
      for (const client of this.#clients) for (const [channel, stream] of client.listens) this.#send(client, this.#packet(channel, stream, this.#beat, 0));
      this.#beat++;
    }
    for (const client of this.#clients) this.#flush(client);
  }

  #tell(client, message) {
    this.#send(client, JSON.stringify(message));
  }

  #send(client, message) {
    client.held.push(message);
    this.#flush(client);
  }

  #flush(client) {
    if (performance.now() >= client.heldUntil) for (const message of client.held.splice(0)) client.socket.send(message);
  }
}
