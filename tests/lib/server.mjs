// A real server for a test: its own process, a free port, a state folder of its own. What must hold for every server that a test
// starts is checked where it ends: the exit code is 0, and no ticket stands in its log.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from './client.mjs';
import { boothcast, eventually, root, run, start, stop, temporaryFolder } from './programs.mjs';

export const conference = join(root, 'config', 'chengdu-2025.yaml');

/** One event with these rooms, as text of a settings file. Each room has the floor inputs main and backup, two channels and a booth for both ways. */
export function smallEvent({ rooms = ['hall'], server = '' } = {}) {
  const room = (id) => `  - id: ${id}
    name: {en: Room ${id}}
    inputs: [{id: main}, {id: backup}]
    channels: [{number: 1, language: zh-CN}, {number: 2, language: en-GB}]
    booths: [{id: zh-en, desks: 2, outputs: [en-GB, zh-CN]}]
`;
  return `event: {id: small, name: {en: Small event}}\n${server}rooms:\n${rooms.map(room).join('')}`;
}

class Server {
  constructor(program, config, folder, state) {
    Object.assign(this, { program, config, folder, state, clients: [], programs: [] });
  }

  stdout() {
    return this.program.stdout();
  }

  /** The log. */
  stderr() {
    return this.program.stderr();
  }

  get pid() {
    return this.program.child.pid;
  }

  /** Runs `boothcast ticket` with options such as { room: 'hall', role: 'av' }; gives the ticket. */
  async ticket(options) {
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const made = await run(boothcast, ['ticket', '--config', this.config, '--state', this.state, ...args]);
    assert.equal(made.code, 0, made.stderr);
    return made.stdout.trim();
  }

  /** A connection of the protocol that has not joined yet. */
  async connect(options = {}) {
    const client = await Client.open(`${this.url.replace(/^http/, 'ws')}/ws`, options);
    this.clients.push(client);
    return client;
  }

  /** A connection that has joined. With `role` it has a ticket for that. */
  async join({ room = 'hall', role, booth, desk, ...fields } = {}, options = {}) {
    const client = await this.connect(options);
    const ticket = role === undefined ? undefined : await this.ticket({ room, role, ...(booth && { booth }), ...(desk && { desk }) });
    await client.join({ room, ...(ticket && { ticket }), ...fields });
    return client;
  }

  /** Another subcommand, or another program, that ends with the server at the latest. */
  start(file, args, options) {
    const program = start(file, args, options);
    this.programs.push(program);
    return program;
  }

  /** Sends the server a signal, waits for its end, and checks what must hold for each. */
  async stop(signal = 'SIGTERM', { keep = false } = {}) {
    for (const client of this.clients) client.forgetErrors();
    const ended = await stop(this.program, signal);
    for (const program of this.programs) await stop(program, 'SIGKILL');
    for (const client of this.clients) client.end();
    if (!keep) this.folder.remove();
    assert.deepEqual(ended, { code: 0, signal: null }, this.stderr());
    assert.doesNotMatch(this.stderr(), /bc1\.|bcr1\./, 'a ticket stands in the log');
    return ended;
  }
}

/**
 * Starts a server. `config` is a settings file, or `settings` the text of one; `args` go to `boothcast serve`; `folder` (of temporaryFolder)
 * is one that has served before; `under` is a program that starts it, with its options. BOOTHCAST_LOOPS says how many event loops it has (default: one for each core). The program must be ended with stop(), best in `after`.
 */
export async function startServer({ config = conference, settings, args = [], folder = temporaryFolder(), listen = '127.0.0.1:0', env, under = [] } = {}) {
  const state = join(folder.path, 'state');
  if (settings !== undefined) {
    config = join(folder.path, 'event.yaml');
    writeFileSync(config, settings);
  }
  const loops = process.env.BOOTHCAST_LOOPS ? ['--loops', process.env.BOOTHCAST_LOOPS] : [];
  const [file, ...before] = [...under, boothcast];
  const program = start(file, [...before, 'serve', '--config', config, '--listen', listen, '--state', state, ...loops, ...args], { env: { ...process.env, ...env } });
  const server = new Server(program, config, folder, state);
  let over;
  program.exited.then((ended) => (over = ended), (error) => (over = error));
  await eventually(() => program.stdout().includes('\n') || over !== undefined, 'the first line of the server');
  const found = /^listening on (https?:\/\/\S+)\n/.exec(program.stdout());
  if (found === null) {
    await stop(program, 'SIGKILL');
    folder.remove();
    throw new Error(`the server did not start: ${JSON.stringify(over)}\n${program.stderr()}`);
  }
  server.url = found[1];
  ({ hostname: server.host, port: server.port } = new URL(server.url));
  return server;
}
