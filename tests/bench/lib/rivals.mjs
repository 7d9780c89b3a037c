// The servers that others use for the same work, each as a process of its own with settings of its own. They broadcast the same packets: 80
// bytes of Opus every 20 ms, with the number of the beat where a listener finds it; bench_feed feeds those that have no clock themselves.
//
//   ws       npm's ws, a plain broadcast (rivals/ws.mjs), without compression
//   icecast  Icecast of Debian, a page of Ogg for each packet; no burst for newcomers, so that everybody is live
//   nats     nats-server of Debian, by its WebSocket listener, one subscription each
//
// uWebSockets is missing: it is neither in Debian nor in npm's registry. Its cost was measured once as that of the bare send() loop.
import { mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { which } from '../../lib/programs.mjs';
import { firstLine, freePort } from './bench.mjs';

/** Why a program cannot be had, or undefined. */
export const notInstalled = (program, name) => (which(program) === undefined ? `${program} is not installed (Debian package ${name})` : undefined);

const oneChannel = ({ channels, rooms }) => (channels * rooms > 1 ? 'it is measured with one channel' : undefined);
const scheme = (secure) => (secure ? 'https' : 'http');

function noWs() {
  try {
    createRequire(import.meta.url).resolve('ws');
    return undefined;
  } catch {
    return 'the package ws is not installed (npm ci in tests/)';
  }
}

const ws = {
  key: 'ws',
  name: "npm's ws",
  dialect: 'plain',
  missing: noWs,
  refuses: oneChannel,
  async open(bench, { secure }) {
    const script = fileURLToPath(new URL('../rivals/ws.mjs', import.meta.url));
    const args = [script, ...(secure ? [secure.certificate, secure.key] : [])];
    const { child, said } = await bench.startServer(process.execPath, args, [/listening on (\S+)/]);
    return { address: said[0][1], pid: child.pid, close: () => bench.stop(child) };
  },
};

// What feeds a rival, on that one's processor so that thousands of listeners do not hold it up; its CPU time does not count.
async function startFeed(bench, rival, port) {
  const child = bench.startBeside(bench.program('tests/bench_feed'), [rival, port], ['ignore', 'pipe', 'inherit']);
  await firstLine(child, 'stdout');
  return child;
}

async function untilOpen(port, child) {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(() => true, () => false);
    socket.destroy();
    if (open) return;
    await sleep(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}

// One door for listeners, with TLS or without, and one for the feed.
const icecastSettings = (folder, { port, door, secure }) => `<icecast>
  <limits>
    <clients>20000</clients> <sources>2</sources> <queue-size>1048576</queue-size>
    <burst-on-connect>0</burst-on-connect> <burst-size>0</burst-size>
  </limits>
  <authentication>
    <source-password>bench</source-password> <admin-user>admin</admin-user> <admin-password>bench</admin-password>
  </authentication>
  <hostname>localhost</hostname>
  <listen-socket><port>${port}</port><bind-address>127.0.0.1</bind-address>${secure ? '<ssl>1</ssl>' : ''}</listen-socket>
  <listen-socket><port>${door}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  <fileserve>0</fileserve>
  <paths>
    <basedir>${folder}</basedir> <logdir>${folder}</logdir> <webroot>${folder}/web</webroot> <adminroot>${folder}/admin</adminroot>
    ${secure ? `<ssl-certificate>${secure.both}</ssl-certificate>` : ''}
  </paths>
  <logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>2</loglevel></logging>
  <security>
    <chroot>0</chroot>
    ${process.getuid() === 0 ? '<changeowner><user>nobody</user><group>nogroup</group></changeowner>' : ''}
  </security>
</icecast>
`;

const icecast = {
  key: 'icecast',
  name: 'Icecast',
  dialect: 'icecast',
  missing: () => notInstalled('icecast2', 'icecast2'),
  refuses: oneChannel,
  async open(bench, { secure }) {
    const folder = bench.newFolder('icecast');
    const settings = join(folder, 'icecast.xml');
    const [port, door] = [await freePort(), await freePort()];
    for (const name of ['web', 'admin']) mkdirSync(join(folder, name));
    writeFileSync(settings, icecastSettings(folder, { port, door, secure }));
    const child = bench.startBeside(which('icecast2'), ['-c', settings]);
    await untilOpen(door, child);
    const feed = await startFeed(bench, 'icecast', door);
    const close = async () => {
      await bench.stop(feed);
      await bench.stop(child);
    };
    return { address: `${scheme(secure)}://127.0.0.1:${port}`, pid: child.pid, close };
  },
};

const natsSettings = ({ secure }) => `listen: "127.0.0.1:-1"
websocket {
  listen: "127.0.0.1:-1"
  ${secure ? `tls { cert_file: "${secure.certificate}", key_file: "${secure.key}" }` : 'no_tls: true'}
}
`;

const nats = {
  key: 'nats',
  name: 'NATS',
  dialect: 'nats',
  missing: () => notInstalled('nats-server', 'nats-server'),
  refuses: oneChannel,
  async open(bench, { secure }) {
    const settings = join(bench.newFolder('nats'), 'nats.conf');
    writeFileSync(settings, natsSettings({ secure }));
    const says = [/Listening for websocket clients on wss?:\/\/(\S+)/, /Listening for client connections on \S+:(\d+)/];
    const { child, said } = await bench.startServer(which('nats-server'), ['-c', settings], says, 'stderr');
    const feed = await startFeed(bench, 'nats', said[1][1]);
    const close = async () => {
      await bench.stop(feed);
      await bench.stop(child);
    };
    return { address: `${scheme(secure)}://${said[0][1]}`, pid: child.pid, close };
  },
};

export const rivals = [icecast, ws, nats];
