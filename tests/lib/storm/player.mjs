// One listener of the storm: what it does is up to chance, and a judge sees all of it.
//
//   life:  connect, join (perhaps as who it was before) -> act, act, act ... -> leave, in one way or another -> the next life
//
// A fast one lives once, reads all the time and does nothing wrong. A wild one also stops reading, sends junk, and goes without a word. A
// greedy one is wild, hears everything at once, and stops so often that its socket is full most of the time.
import WebSocket from 'ws';
import { Judge } from './judge.mjs';
import { junkBytes, junkText } from './junk.mjs';

const PATIENCE_MS = 30_000;
const RENDITIONS = ['standard', 'high', 'saver', 'auto'];
const FAST = { listen: 3, change: 4, rendition: 3, unlisten: 1, report: 3, sync: 2, wait: 4 };
const WILD = { ...FAST, stop: 3, junk: 1, leave: 1.5 };
const GREEDY = { listen: 8, change: 2, rendition: 2, unlisten: 1, report: 1, sync: 1, stop: 8, leave: 0.7 };
/* Browsers speak the first; the server has another way for each cipher, and for what is older. */
const TLS = [{}, {}, {}, { ciphers: 'TLS_AES_256_GCM_SHA384' }, { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }, { maxVersion: 'TLSv1.2' }];
const ACTIONS = { fast: FAST, wild: WILD, greedy: GREEDY };
const LEAVE = { close: 3, cut: 3, reset: 2, half: 2, junk: 3, ghost: 1, again: 2 };

export class Player {
  /** `kind`: fast, wild or greedy. */
  constructor(storm, number, chance, kind) {
    const most = kind === 'greedy' ? storm.channels.length : chance.number(1, 3);
    Object.assign(this, { storm, number, chance, kind, most, fast: kind === 'fast', lives: 0, ghosts: [], ways: {} });
  }

  get name() {
    return `${this.number}.${this.lives}`;
  }

  fault(text) {
    this.judge.fault(text);
  }

  /* ---- a connection ---- */

  async connect(before) {
    const { storm } = this;
    this.lives++;
    const tls = storm.options.ca ? this.chance.one(TLS) : {};
    const judge = (this.judge = new Judge(storm.world, this.name, { fast: this.fast && !storm.narrow }));
    const socket = (this.socket = new WebSocket(storm.url, 'boothcast.v1', { perMessageDeflate: false, ...storm.options, ...tls }));
    Object.assign(this, { mine: new Map(), waiting: new Map(), stopped: false, concealed: 0, resume: undefined });
    const closed = (this.closed = new Promise((resolve) => socket.once('close', (code) => resolve(code))));
    socket.on('error', (error) => {
      judge.note(`error ${error.message}`);
      if (error.code?.startsWith('WS_ERR') && !judge.lawless) judge.fault(`what came is no WebSocket: ${error.message}`);
    });
    socket.on('message', (bytes, binary) => this.came(judge, bytes, binary));
    const opened = await Promise.race([new Promise((resolve) => socket.once('open', () => resolve(true))), closed]);
    if (opened !== true) return false;
    closed.then((code) => this.ended(judge, code));
    const joined = new Promise((resolve) => (this.welcome = resolve));
    judge.ask({ kind: 'join' });
    const listens = before?.listens ?? [];
    for (const { channel, seq, rendition, auto } of listens) {
      judge.ask({ kind: 'listen', resume: true, channel, seq, rendition: auto ? 'auto' : rendition });
      this.mine.set(channel, auto ? 'auto' : rendition);
    }
    const sent = listens.map(({ channel, seq, rendition, auto }) => ({ channel, seq, rendition, ...(auto && { auto }) }));
    this.send({ type: 'join', room: 'hall', ...(before && { resume: { token: before.token, listens: sent } }) });
    if (this.chance.is(0.3)) this.listen(this.chance.one(storm.channels)); // without waiting, which may take its time in a crowd
    await Promise.race([joined, closed]);
    if (!this.chance.is(0.2)) await this.sync();
    return true;
  }

  came(judge, bytes, binary) {
    if (binary) {
      judge.packet(bytes);
      return;
    }
    let message;
    try {
      message = JSON.parse(bytes);
    } catch {
      judge.fault(`no JSON: ${bytes.toString().slice(0, 100)}`);
      return;
    }
    judge.message(message);
    if (judge !== this.judge) return;
    if (message.type === 'joined') {
      this.resume = message.resume;
      this.welcome();
    }
    if (message.type === 'pong') this.waiting.get(message.t)?.();
  }

  ended(judge, code) {
    judge.note(`closed ${code}`);
    if (judge === this.judge) for (const done of this.waiting.values()) done();
    this.storm.closes.set(code, (this.storm.closes.get(code) ?? 0) + 1);
    const excused = judge.excused || this.storm.ending || (judge.joined_us === undefined && this.storm.stoodStill());
    if (!excused) judge.fault(`was closed with ${code}, and did nothing wrong`);
  }

  get open() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  send(message) {
    if (this.open) this.socket.send(typeof message === 'object' && !Buffer.isBuffer(message) ? JSON.stringify(message) : message);
  }

  /** Asks for an answer, which says that all before it was done. */
  ping() {
    const t = ++this.judge.pings;
    this.judge.ask({ kind: 'ping', t });
    this.send({ type: 'ping', t });
    return t;
  }

  async sync() {
    if (this.stopped || !this.open) return;
    const t = this.ping();
    const { judge } = this;
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(() => resolve('late'), PATIENCE_MS)));
    const answer = new Promise((resolve) => this.waiting.set(t, resolve));
    if ((await Promise.race([late, answer])) === 'late') judge.fault(`no answer to ping ${t} in ${PATIENCE_MS / 1000} s`);
    clearTimeout(timer);
    this.waiting.delete(t);
  }

  /* ---- what it does ---- */

  listen(channel, more = {}) {
    const rendition = this.kind === 'greedy' && this.chance.is(0.8) ? 'high' : this.chance.one(RENDITIONS);
    const history = this.chance.one([undefined, 0, 1, 8, 100]);
    this.judge.ask({ kind: 'listen', channel, rendition, history, ...more });
    this.send({ type: 'listen', channel, rendition, ...(history !== undefined && { history }), ...more });
    this.mine.set(channel, rendition);
  }

  async act(what) {
    const { chance, mine } = this;
    const channel = chance.one(this.storm.channels);
    const heard = mine.size > 0 ? chance.one([...mine.keys()]) : undefined;
    const free = !mine.has(channel) && mine.size < this.most;
    switch (what) {
      case 'listen': return void (free && this.listen(channel));
      case 'rendition': return void (heard !== undefined && this.listen(heard));
      case 'change': return this.change(heard, channel);
      case 'unlisten': return void (heard !== undefined && this.unlisten(heard));
      case 'report': return this.complain();
      case 'sync': return this.sync();
      case 'stop': return this.stop();
      case 'junk': return this.junk();
      default: return this.rest(chance.number(0, 600));
    }
  }

  change(from, to) {
    if (from === undefined) return;
    this.mine.delete(from);
    this.listen(to, { instead_of: from });
  }

  unlisten(channel) {
    this.judge.ask({ kind: 'unlisten', channel });
    this.send({ type: 'unlisten', channel });
    this.mine.delete(channel);
    this.ping();
  }

  /** Some bad seconds: what the server chooses for may be moved. Nothing is asked to begin meanwhile, so that a move is told from an answer. */
  async complain() {
    const channels = [...this.mine].filter(([, rendition]) => rendition === 'auto').map(([channel]) => channel);
    for (let i = 0; i < 4 && channels.length > 0 && this.open && !this.stopped && this.storm.running(); i++) {
      this.concealed += 10;
      for (const channel of channels) {
        this.judge.ask({ kind: 'report' });
        this.send({ type: 'report', channel, played: 1, buffer_ms: 60, late: 0, concealed: this.concealed });
      }
      await this.sync();
      await this.rest(1000);
    }
  }

  junk() {
    this.judge.excused = true; // a flood of it ends the connection
    this.judge.ask({ kind: 'error' });
    this.send(junkText(this.chance));
    this.ping();
  }

  /** Does not read for a while, and goes on asking. */
  async stop() {
    const { chance, socket, judge } = this;
    judge.excused = true; // who does not read is given up in the end
    judge.note('stops reading');
    socket.pause();
    this.stopped = true;
    const until = performance.now() + chance.one([100, 500, 1500, 3000, 5000]);
    while (performance.now() < until && this.storm.running() && this.open) {
      await this.rest(chance.number(50, 700));
      if (chance.is(0.3)) await this.act(chance.weighed({ listen: 2, change: 2, rendition: 2, unlisten: 1 }));
    }
    socket.resume();
    judge.note('reads on');
    this.stopped = false;
    await this.sync();
  }

  rest(ms) {
    return this.storm.rest(ms);
  }

  /* ---- its end ---- */

  /** What it says when it comes back. */
  remember() {
    const heard = [...this.judge.current.values()].filter(({ last, seq }) => last >= seq);
    return { token: this.resume, listens: heard.map(({ channel, rendition, automatic, last }) => ({ channel, seq: last, rendition, auto: automatic })) };
  }

  async leave(way) {
    const { chance, socket, judge } = this;
    judge.excused = true;
    judge.note(`leaves: ${way}`);
    this.ways[way] = (this.ways[way] ?? 0) + 1;
    switch (way) {
      case 'close': socket.close(1000); break;
      case 'cut': socket.terminate(); break;
      case 'reset': this.reset(); break;
      case 'half': socket._socket.end(); break;
      case 'junk':
        judge.lawless = true; // what the server makes of it, and the library's echo of a close frame that is none, is another matter
        socket._socket.write(junkBytes(chance));
        if (chance.is(0.5)) socket._socket.end();
        break;
      case 'ghost': socket.pause(); // falls through
      default: this.ghosts.push(socket);
    }
    if (way === 'ghost' || way === 'again') return;
    const over = await Promise.race([this.closed, this.rest(chance.number(0, 2500)).then(() => 'open')]);
    if (over === 'open') socket.terminate();
    await this.closed;
  }

  reset() {
    const { _socket } = this.socket;
    if (_socket.encrypted) this.socket.terminate();
    else _socket.resetAndDestroy();
  }

  /** Comes, acts and goes, until the storm is over. */
  async live() {
    await this.comeAndGo();
    this.endGhosts();
  }

  /** Who does not read never learns that the server is gone. */
  endGhosts() {
    for (const ghost of this.ghosts) ghost.terminate();
  }

  async comeAndGo() {
    let before;
    while (this.storm.running()) {
      if (!(await this.connect(before))) {
        if (this.storm.ending) return;
        if (this.storm.running()) this.fault('was not let in');
        await this.rest(500);
        continue;
      }
      await this.stay();
      before = undefined;
      if (!this.storm.running()) break;
      const way = this.chance.weighed(LEAVE);
      const memory = this.open && this.resume && this.chance.is(0.7) ? this.remember() : undefined;
      await this.leave(way);
      await this.rest(this.chance.one([0, 0, 50, 300, 1500]));
      before = memory;
    }
    await this.goHome();
  }

  async stay() {
    if (this.kind === 'greedy') for (const channel of this.storm.channels) if (!this.mine.has(channel)) this.listen(channel);
    while (this.storm.running() && this.open) {
      const what = this.chance.weighed(ACTIONS[this.kind]);
      if (what === 'leave') return;
      await this.act(what);
      await this.rest(this.chance.number(0, 250));
    }
  }

  /** In good order: whoever reads hears the last of it. */
  async goHome() {
    const { judge, socket } = this;
    this.endGhosts();
    if (this.open && !this.storm.ending) await this.sync();
    judge.excused = true;
    if (this.open) socket.close(1000);
    const timer = setTimeout(() => {
      this.fault('was not let go');
      socket.terminate();
    }, PATIENCE_MS);
    await this.closed;
    clearTimeout(timer);
  }
}
