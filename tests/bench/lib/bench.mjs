// The place where a benchmark works: a temporary folder, programs, and the processors that they run on. Whatever was started here is
// ended here, whatever happens.
//
//   processor 0: the measured server, and what feeds it      processor 1: the listeners, sources of sound, this script
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const serverCpu = 0;
const otherCpu = cpus().length > 1 ? 1 : 0;
const patience_ms = 20_000;

export class Bench {
  running = new Set();

  /** `build`: the folder of the built programs; `realtime`: measured programs go before all others, which needs root. */
  constructor({ build, realtime = false }) {
    Object.assign(this, { build, realtime, folder: mkdtempSync(join(tmpdir(), 'boothcast-bench-')) });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
    process.on('exit', () => {
      this.running.forEach((child) => child.kill('SIGKILL'));
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  program(name) {
    return join(this.build, name);
  }

  /** A path in the temporary folder. */
  file(name) {
    return join(this.folder, name);
  }

  /** A folder of its own in there; a server that gives up being root still finds it, and writes to it. */
  newFolder(name) {
    const path = mkdtempSync(join(this.folder, `${name}-`));
    chmodSync(this.folder, 0o711);
    chmodSync(path, 0o777);
    return path;
  }

  /** The command on one processor; with `realtime` in the lowest class that no ordinary program holds up. */
  pinned(cpu, command, args) {
    const words = ['taskset', '-c', String(cpu), command, ...args.map(String)];
    if (this.realtime) words.unshift('chrt', '--rr', '1');
    return [words[0], words.slice(1)];
  }

  start(cpu, command, args, stdio) {
    const child = spawn(...this.pinned(cpu, command, args), { stdio });
    this.running.add(child);
    child.once('exit', () => this.running.delete(child));
    return child;
  }

  /** On the server's processor. */
  startBeside(command, args, stdio = 'ignore') {
    return this.start(serverCpu, command, args, stdio);
  }

  /** Off the server's processor. */
  startAside(command, args, stdio = 'ignore') {
    return this.start(otherCpu, command, args, stdio);
  }

  /**
   * A server on its processor, once its output has said all of `says` (regular expressions). Gives the child, and in `said` what the
   * expressions found; `from` is 'stdout' or 'stderr'.
   */
  async startServer(command, args, says, from = 'stdout') {
    const child = this.startBeside(command, args, ['ignore', from === 'stdout' ? 'pipe' : 'ignore', from === 'stderr' ? 'pipe' : 'ignore']);
    const said = says.map(() => undefined);
    for await (const line of createInterface({ input: child[from] })) {
      says.forEach((expression, i) => (said[i] ??= expression.exec(line) ?? undefined));
      if (said.includes(undefined)) continue;
      child[from].resume();
      return { child, said };
    }
    throw new Error(`${command} ended before it listened`);
  }

  /** Asks a process to end, and ends it when it does not. */
  async stop(child) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
  }
}

/** Resolves with the first line that a process writes to its `stream` ('stdout' or 'stderr'): it is ready. Fails when it ends before. */
export async function firstLine(child, stream) {
  const signal = AbortSignal.timeout(patience_ms);
  const line = once(createInterface({ input: child[stream] }), 'line', { signal });
  const ended = once(child, 'exit', { signal }).then(([code]) => Promise.reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}`)));
  line.catch(() => {});
  ended.catch(() => {});
  const [text] = await Promise.race([line, ended]);
  child[stream].resume();
  return text;
}

/** A port that is free now, for programs that cannot be asked to choose one. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
