// A bad network between a page and its server: a proxy on a free port that passes bytes on, and can hold them up or cut the line.
//
//     page --> [ hold() ... release(), pause(ms), cut() ] --> server
//
// While it holds, nothing passes in either direction and nothing is lost, as on a Wi-Fi whose channel is taken: afterwards all comes at once.
import { once } from 'node:events';
import net from 'node:net';
import { sleep } from './programs.mjs';

export class Proxy {
  constructor(target) {
    this.target = target; // { host, port }
    this.lines = new Set();
    this.holding = false;
    this.refusing = false;
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
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => {});
      from.on('close', () => {
        to.destroy();
        this.lines.delete(line);
      });
      if (this.holding) from.pause();
    }
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
