// A storm: a real server, and listeners who do all that listeners do and all that they should not, by a seed. Who judges is judge.mjs.
//
//   round of the storm -> everybody leaves: nothing is left of them -> another round: it takes no more memory than the first
//   -> a short one, in the middle of which the server is told to end -> exit code 0, no report of a sanitizer
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metrics } from '../http.mjs';
import { eventually, sleep, temporaryFolder } from '../programs.mjs';
import { startServer } from '../server.mjs';
import { World } from './judge.mjs';
import { askHealth, loiter, makeSound, play, pressKeys } from './others.mjs';
import { Player } from './player.mjs';
import { Chance } from './random.mjs';

const CHANNELS = 'en-GB zh-CN fr-FR es-ES ru-RU ar de-DE pt-PT it ja ko nl pl sv tr uk'.split(' ');
const LAST_S = 3;
const STILL_MS = 2000; /* without time in this process: requests sent around it may be too late for the server's patience (5 s) */
const STILL_MEMORY_MS = 15_000;
const MEMORY_SLACK_KB = 32 * 1024; /* and a quarter: a heap that was torn to pieces, sanitizers' own accounts; thousands of leaked connections are more */

/* Without TZ, libc allocates its name at each look, under a lock that ThreadSanitizer does not see; a small quarantine leaves memory to judge. */
const ENVIRONMENT = { TZ: 'UTC', ASAN_OPTIONS: 'quarantine_size_mb=16' };

const settings = (secure) => `event: {id: storm, name: {en: Storm}}
server: {connections: 1000${secure ? ', certificate: cert.pem, key: key.pem' : ''}}
sound: {complexity: 0, bitrate_high: 96000}
rooms:
  - id: hall
    name: {en: Hall}
    inputs: [{id: main}, {id: backup}]
    channels:
${CHANNELS.map((language, i) => `      - {number: ${i + 1}, language: ${language}}\n`).join('')}    booths: [{id: zh-en, desks: 2, outputs: [en-GB, zh-CN]}]
`;

function makeCertificate(folder) {
  const file = (name) => join(folder.path, name);
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  execFileSync('openssl', [...args, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', file('key.pem'), '-out', file('cert.pem')], { stdio: 'ignore' });
  return readFileSync(file('cert.pem'));
}

const memoryKb = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

export class Storm {
  /**
   * `players`: how many listeners; a fifth of them reads well and does nothing wrong. `seconds` of each of the two rounds.
   * `narrow`: receive buffers are so small that also those who read well may fall behind.
   */
  constructor({ seed, loops = 2, secure = false, delivery = 'batch', sealing = 'auto', narrow = false, players = 120, seconds = 60, say = () => {} }) {
    Object.assign(this, { chance: new Chance(seed), loops, secure, delivery, sealing, narrow, players, seconds, say, world: new World(), until: 0, ending: false });
    Object.assign(this, { closes: new Map(), ways: {}, asked: 0, options: {}, channels: CHANNELS.map((_, i) => i + 1) });
  }

  running() {
    return performance.now() < this.until;
  }

  /** Sleeps, at most until the storm is over. */
  rest(ms) {
    return sleep(Math.max(0, Math.min(ms, this.until - performance.now())));
  }

  /** Whether this process got no time lately, so that what it sent came too late through nobody's fault but the machine's. */
  stoodStill() {
    return performance.now() - this.stoodAt < STILL_MEMORY_MS;
  }

  watchOwnTime() {
    let last = performance.now();
    this.stoodAt = -Infinity;
    return setInterval(() => {
      const now = performance.now();
      if (now - last > STILL_MS) this.stoodAt = now;
      last = now;
    }, 100);
  }

  async begin() {
    const folder = temporaryFolder();
    if (this.secure) this.options = { ca: makeCertificate(folder) };
    const args = ['--loops', String(this.loops), '--delivery', this.delivery, '--sealing', this.sealing];
    this.server = await startServer({ settings: settings(this.secure), folder, args, env: ENVIRONMENT });
    this.url = `${this.server.url.replace(/^http/, 'ws')}/ws`;
  }

  crowd(round) {
    const chance = this.chance.fork(round);
    return Array.from({ length: this.players }, (_, i) => {
      const kind = i % 5 === 0 ? 'fast' : i % 8 === 1 ? 'greedy' : 'wild';
      return new Player(this, round * 1000 + i, chance.fork(i), kind);
    });
  }

  async round(number, seconds) {
    const { server } = this;
    const chance = this.chance.fork(-1 - number);
    this.until = performance.now() + seconds * 1000;
    const { people, interpreter } = await makeSound(this, server);
    const crowd = this.crowd(number);
    const live = Array.from({ length: Math.ceil(this.players / 20) }, (_, i) => play(this, server, chance.fork(i), `player ${i}`));
    const silent = Array.from({ length: Math.ceil(this.players / 10) }, (_, i) => loiter(this, server, chance.fork(100 + i)));
    const health = askHealth(this, server);
    await Promise.all([...crowd.map((player) => player.live()), ...live, ...silent, pressKeys(this, interpreter, chance.fork(200))]);
    this.asked += await health;
    for (const { ways } of crowd) for (const [way, count] of Object.entries(ways)) this.ways[way] = (this.ways[way] ?? 0) + count;
    for (const one of people) one.end();
  }

  async metrics() {
    return metrics(this.server, this.options);
  }

  /** Everybody is gone: the server knows of nobody but who asks. Gives its memory. */
  async calm() {
    await eventually(async () => (await this.metrics()).get('boothcast_connections') <= 1, 'nobody is connected', 60_000);
    return memoryKb(this.server.pid);
  }

  async run() {
    const stalls = monitorEventLoopDelay({ resolution: 10 });
    const watch = this.watchOwnTime();
    await this.begin();
    try {
      stalls.enable();
      await this.round(0, this.seconds);
      const before = await this.calm();
      this.say(`first round over, ${before} kB`);
      await this.round(1, this.seconds);
      const after = await this.calm();
      this.say(`second round over, ${after} kB`);
      if (after > before * 1.25 + MEMORY_SLACK_KB) this.world.fault(`memory grew from ${before} to ${after} kB`);
      Object.assign(this, { memory: [before, after], last: await this.metrics() });
      await this.endInTheMiddle();
    } finally {
      clearInterval(watch);
      stalls.disable();
      this.stall_ms = stalls.max / 1e6;
      await this.stop();
    }
    return this.world.finish();
  }

  /** What happened, for a person. */
  words() {
    const pairs = (entries) => [...entries].map(([key, value]) => `${key} ${value}`).join(', ');
    const server = ['partial', 'overtaken'].map((name) => [name, this.last?.get(`boothcast_delivery_${name}_total`)]);
    const own = `/healthz ${this.asked} times, this process stood still for ${this.stall_ms.toFixed(0)} ms at most`;
    return [pairs(Object.entries(this.world.counts)), `ends: ${pairs(Object.entries(this.ways))}; closes: ${pairs(this.closes)}`, `server: ${pairs(server)}; ${own}`].join('\n  ');
  }

  async endInTheMiddle() {
    const storm = this.round(2, 3600).catch((error) => error);
    await sleep(LAST_S * 1000);
    this.ending = true;
    const stopped = this.stop();
    await sleep(500);
    this.until = 0;
    await stopped;
    await storm;
  }

  /** The server ends with exit code 0, and no sanitizer has said anything. */
  async stop() {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const error = await server.stop().then(() => undefined, (reason) => reason);
    const report = server.stderr().split('\n').filter((line) => !/^\S+Z (info|warning) /.test(line)).join('\n').trim();
    if (error || /Sanitizer|runtime error/.test(report)) this.world.fault(`the server ended badly: ${JSON.stringify(error?.actual)}\n${report}`);
  }
}
