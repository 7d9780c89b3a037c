// A bad network between a page and its server: a proxy on a free port that passes bytes on, and can hold them up, be thin, or cut the line.
//
//     page --> [ hold() ... release(), pause(ms), thin(bytes a second), cut() ] --> server
//
// While it holds, nothing passes in either direction and nothing is lost, as on a Wi-Fi whose channel is taken: afterwards all comes at
// once.
import { once } from 'node:events';
import net from 'node:net';
import { sleep } from './programs.mjs';

/** A thin line passes its bytes on so often. */
const PIECE_MS = 10;
/** And takes no more from the server while so many wait. */
const WAITING_MAX = 2048;

export class Proxy {
  constructor(target) {
    this.target = target; // { host, port }
    this.lines = new Set();
    this.holding = false;
    this.refusing = false;
    this.rate = Infinity; // bytes a second towards the page
    this.listener = net.createServer((page) => this.join(page));
  }

  /** A proxy in front of a server of startServer(). */
  static async before(server) {
    const proxy = new Proxy({ host: server.host, port: Number(server.port) });
    proxy.listener.listen(0, '127.0.0.1');
    await once(proxy.listener, 'listening');
    proxy.url = `http://127.0.0.1:${proxy.listener.address().port}`;
    return proxy;
  }

  join(page) {
    if (this.refusing) return page.destroy();
    const server = net.connect(this.target.port, this.target.host);
    const line = [page, server];
    this.lines.add(line);
    for (const [from, to] of [line, [server, page]]) {
      from.setNoDelay(true);
      from.on('data', from === server ? this.narrow(server, page) : (bytes) => to.write(bytes));
      from.on('error', () => {});
      from.on('close', () => {
        to.destroy();
        this.lines.delete(line);
      });
      if (this.holding) from.pause();
    }
  }

  /** What the server sends, at the pace of the line. */
  narrow(server, page) {
    let waiting = Buffer.alloc(0);
    let timer;
    let credit = 0;
    const pass = () => {
      credit = Math.min(credit + (this.rate * PIECE_MS) / 1000, WAITING_MAX);
      const size = Math.min(waiting.length, this.rate === Infinity ? waiting.length : Math.floor(credit));
      credit -= size;
      if (size > 0) page.write(waiting.subarray(0, size));
      waiting = waiting.subarray(size);
      if (waiting.length < WAITING_MAX && !this.holding) server.resume();
      if (waiting.length > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
    page.on('close', () => clearInterval(timer));
    return (bytes) => {
      if (this.rate === Infinity && timer === undefined) return page.write(bytes);
      waiting = Buffer.concat([waiting, bytes]);
      if (waiting.length >= WAITING_MAX) server.pause();
      timer ??= setInterval(pass, PIECE_MS);
    };
  }

  /** From now on so many bytes a second go to the page at most; Infinity: as many as come. */
  thin(rate) {
    this.rate = rate;
  }

  hold() {
    this.holding = true;
    for (const line of this.lines) for (const socket of line) socket.pause();
  }

  release() {
    this.holding = false;
    for (const line of this.lines) for (const socket of line) socket.resume();
  }

  async pause(ms) {
    this.hold();
    await sleep(ms);
    this.release();
  }

  /** Ends every line; new ones are let through at once, or refused until open() is called. */
  cut({ stayDown = false } = {}) {
    this.refusing = stayDown;
    for (const line of this.lines) for (const socket of line) socket.resetAndDestroy();
  }

  open() {
    this.refusing = false;
  }

  close() {
    this.cut({ stayDown: true });
    this.listener.close();
  }
}
