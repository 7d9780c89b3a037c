// The benchmark: server CPU per delivered packet, delay and memory, for some sizes of audience, of the server in its two ways of
// delivery (batch: io_uring; direct: a system call for each packet) and of bare loops in C that do nothing but send.
//
//   processor 0: server or bare loop        processor 1: load generator, source of sound, this script
//
// A round is one window of each, with fresh processes, in an order that turns from round to round, and its ratios to the bare send()
// loop are taken within the round: the machine may be shared, and its speed changes from minute to minute. The table shows medians
// over the rounds.
//
// On one machine the sender pays for the waking of a receiver who sleeps, often more than for the packet itself; how often that is hangs
// on what else runs, and no network card asks for it. So the load generator is not woken: it looks at its sockets by its own clock, every
// --look microseconds, and delays are longer by half of that on average. With --look 0 it is woken by every packet, as an ordinary client
// of one's own machine is; the ratios of rounds then lie far apart.
//
// A packet's cost is (CPU of the window - CPU of the idle server in the same time) / packets. The idle server has its source, its
// beat and its encoders running, and nobody who listens; its CPU is a column of its own. The delay counts from the beat's due time,
// so the server's contains mixing and encoding, and the bare loop's does not. Memory is resident memory; the kernel's socket
// buffers are not in it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const voice = '/usr/share/asterisk/sounds/en_US_f_Allison/demo-instruct.wav';
const serverCpu = 0;
const loadCpu = cpus().length > 1 ? 1 : 0;

const help = `Usage: tests/bench/run [--quick] [OPTION...]

  --listeners N,N   sizes of the audience (default: 500,2000)
  --servers NAME,.. bare, ring, batch, direct (default: all; bare is what the others are compared with)
  --rounds N        of each size (default: 5)
  --seconds S       of each measured window (default: 5)
  --quick           one short round of 500: shows that it works, not what is true
  --tls             over TLS: bare is a loop of SSL_write() then, and there is no bare ring
  --look US         how often the listeners look at their sockets (default: 500); 0: they are woken by each packet
  --realtime        the measured programs go before all others (needs root): for a machine that is shared
  --build DIR       programs that are built already (default: build, which is brought up to date first)
  --json FILE       where the numbers go (default: bench.json in the build folder)
`;

const { values: options } = parseArgs({
  options: {
    listeners: { type: 'string' },
    rounds: { type: 'string' },
    servers: { type: 'string', default: 'bare,ring,batch,direct' },
    seconds: { type: 'string' },
    look: { type: 'string', default: '500' },
    tls: { type: 'boolean', default: false },
    realtime: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    build: { type: 'string', default: join(root, 'build') },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const sizes = (options.listeners ?? (options.quick ? '500' : '500,2000')).split(',').map(Number);
const rounds = Number(options.rounds ?? (options.quick ? 1 : 5));
const seconds = Number(options.seconds ?? (options.quick ? 2 : 5));
const folder = mkdtempSync(join(tmpdir(), 'boothcast-bench-'));
const speech = join(folder, 'speech.wav');
const config = options.tls ? join(folder, 'bench.yaml') : join(here, 'bench.yaml');
const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => join(folder, name));
const program = (name) => join(options.build, name);

// A certificate of the cheapest kind to serve, and the event with it.
function makeSecure() {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...curve, '-days', '1', '-subj', '/CN=localhost', ...files], { stdio: 'ignore' });
  const plain = readFileSync(join(here, 'bench.yaml'), 'utf8');
  writeFileSync(config, plain.replace('server:\n', `server:\n  certificate: ${certificate}\n  key: ${key}\n`));
}

// Speech for one round: two windows, and time to gather.
function makeSpeech() {
  const length = String(2 * seconds + 60);
  const form = ['-ar', '48000', '-ac', '1', '-c:a', 'pcm_s16le'];
  execFileSync('ffmpeg', ['-v', 'error', '-stream_loop', '-1', '-i', voice, '-t', length, ...form, speech]);
}

// ---- processes ----

const running = new Set();

function start(command, args, stdio) {
  const child = spawn(command, args, { stdio });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

// On one processor; with --realtime in the lowest class that no ordinary program holds up.
function pinned(cpu, command, args) {
  const words = ['taskset', '-c', String(cpu), command, ...args];
  if (options.realtime) words.unshift('chrt', '--rr', '1');
  return [words[0], words.slice(1)];
}

// Starts a server on its processor; resolves when it says where it listens.
async function startServer(command, args) {
  const child = start(...pinned(serverCpu, command, args), ['ignore', 'pipe', 'ignore']);
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /listening on (https?:\/\/\S+)/.exec(line);
    if (!found) continue;
    child.stdout.resume();
    return { child, address: found[1].replace(/\/$/, '') };
  }
  throw new Error(`${command} ended before it listened`);
}

// The other programs that a round needs stay off the server's processor.
const startAside = (command, args, stdio) => start(...pinned(loadCpu, command, args), stdio);

async function load(server, listeners, duration) {
  const child = startAside(
    program('boothcast'),
    [
      ...['bench', '--once', '--json', '--insecure', '--url', server.address, '--pid', server.child.pid],
      ...['--listeners', listeners, '--seconds', duration, '--look', options.look, '--ramp', options.tls ? 300 : 1000],
    ].map(String),
    ['ignore', 'pipe', 'inherit'],
  );
  let text = '';
  child.stdout.on('data', (piece) => (text += piece));
  const [code] = await once(child, 'close');
  if (text === '') throw new Error(`boothcast bench ended with ${code}`);
  return JSON.parse(text);
}

// ---- the servers ----

// A loop in C: `args` as bare.c has them.
const loop = (key, name, args) => ({
  key,
  name,
  async open() {
    const server = await startServer(program('tests/bench_bare'), args);
    return { ...server, close: () => stop(server.child) };
  },
});

// Speech in real time, as the floor's input.
function startVoice(address, state) {
  const role = ['--room', 'hall', '--role', 'speaker'];
  const ticket = execFileSync(program('boothcast'), ['ticket', '--config', config, '--state', state, ...role]).toString().trim();
  return startAside(program('boothcast'), ['send', '--url', address, '--insecure', '--room', 'hall', '--ticket', ticket, speech], [
    'ignore',
    'ignore',
    'pipe',
  ]);
}

const boothcast = (delivery) => ({
  key: delivery,
  name: `boothcast, ${delivery}`,
  async open() {
    const state = mkdtempSync(join(folder, 'state-'));
    const args = ['serve', '--config', config, '--listen', '127.0.0.1:0', '--state', state, '--delivery', delivery];
    const server = await startServer(program('boothcast'), args);
    const sender = startVoice(server.address, state);
    await once(createInterface({ input: sender.stderr }), 'line'); // it is sending
    await sleep(1000);
    const close = async () => {
      await stop(sender);
      await stop(server.child);
    };
    return { ...server, close };
  },
});

const kinds = [
  options.tls ? loop('bare', 'bare SSL_write() loop', ['tls', certificate, key]) : loop('bare', 'bare send() loop', []),
  ...(options.tls ? [] : [loop('ring', 'bare io_uring loop', ['ring'])]),
  boothcast('batch'),
  boothcast('direct'),
].filter((kind) => options.servers.split(',').includes(kind.key));

// ---- measuring ----

async function measure(kind, listeners) {
  const server = await kind.open();
  try {
    const idle = await load(server, 0, seconds);
    const full = await load(server, listeners, seconds);
    const idleShare = idle.server.cpu_us / idle.seconds / 1e6;
    return {
      packets: full.packets,
      us_per_packet: (full.server.cpu_us - idleShare * full.seconds * 1e6) / full.packets,
      us_per_packet_with_idle: full.server.cpu_us / full.packets,
      user_share: full.server.user_us / (full.server.user_us + full.server.system_us),
      idle_percent: idleShare * 100,
      lost: full.lost + full.doubled,
      gone: full.gone,
      delay_ms: { p50: full.delay_us.p50 / 1e3, p99: full.delay_us.p99 / 1e3, p999: full.delay_us.p999 / 1e3 },
      bytes_per_listener: (full.server.rss_bytes - full.server.rss_empty_bytes) / listeners,
      load_percent: full.load_cpu_us / full.seconds / 1e4,
    };
  } finally {
    await server.close();
  }
}

// In each round another one is the first, and every second round goes backwards.
function orderOf(round) {
  const order = kinds.map((_, i) => kinds[(i + round) % kinds.length]);
  return round % 2 ? order.reverse() : order;
}

async function measureSize(listeners) {
  const result = { listeners, ratios: {} };
  for (const kind of kinds) result[kind.key] = [];
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`${listeners} listeners, round ${round + 1} of ${rounds}\n`);
    for (const kind of orderOf(round)) result[kind.key].push({ load: loadavg()[0], ...(await measure(kind, listeners)) });
  }
  for (const { key } of kinds) {
    result.ratios[key] = result[key].map((one, i) => one.us_per_packet / (result.bare?.[i].us_per_packet ?? NaN));
  }
  return result;
}

function encodeCosts() {
  return JSON.parse(execFileSync(...pinned(serverCpu, program('tests/bench_encode'), [speech])).toString());
}

// ---- telling ----

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function row(size, kind, list, ratio) {
  const mid = (pick, digits) => median(list.map(pick)).toFixed(digits);
  const sum = (pick) => String(list.reduce((total, round) => total + pick(round), 0));
  return [
    String(size.listeners),
    kind.name,
    mid((r) => r.us_per_packet, 2),
    ratio,
    mid((r) => r.us_per_packet_with_idle, 2),
    mid((r) => r.idle_percent, 2),
    sum((r) => r.packets),
    sum((r) => r.lost),
    mid((r) => r.delay_ms.p50, 2),
    mid((r) => r.delay_ms.p99, 2),
    mid((r) => r.delay_ms.p999, 2),
    mid((r) => r.bytes_per_listener / 1024, 2),
  ];
}

function print(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((cells) => cells[i].length)));
  const fitted = (cell, i) => (i === 1 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
  for (const cells of rows) console.log(cells.map(fitted).join('  ').trimEnd());
}

function printDelivery(results) {
  const rows = [
    ['listeners', 'server', 'us/packet', 'ratio', '(with idle)', 'idle %', 'packets', 'lost', 'p50 ms', 'p99', 'p99.9', 'KiB each'],
  ];
  for (const size of results) {
    for (const kind of kinds) rows.push(row(size, kind, size[kind.key], median(size.ratios[kind.key]).toFixed(2)));
  }
  print(rows);
  for (const size of results) {
    for (const kind of kinds.filter(({ key }) => key !== 'bare')) {
      const ratios = size.ratios[kind.key].map((ratio) => ratio.toFixed(2)).join(', ');
      console.log(`ratios of the rounds, ${size.listeners} listeners, ${kind.name}: ${ratios}`);
    }
  }
}

function printEncoding(costs) {
  console.log('\nOne encoder: a packet of recorded speech (8 kHz material, brought to 48 kHz)');
  print([
    ['packet ms', 'complexity', 'kbit/s', 'us/packet', 'bytes', 'channels per core'],
    ...costs.packets.map((c) => [
      String(c.packet_ms),
      String(c.complexity),
      String(c.bitrate / 1000),
      c.us_per_packet.toFixed(0),
      c.bytes_per_packet.toFixed(0),
      String(Math.floor((c.packet_ms * 1000) / c.us_per_packet)),
    ]),
  ]);
  console.log('\nA room whose channels all carry the floor, complexity 5: mix, match, limiter, meter and encoder');
  print([
    ['channels', 'who listens', 'us/beat', 'share of a core'],
    ...costs.rooms.map((r) => [String(r.channels), r.who, r.us_per_beat.toFixed(0), `${(100 * r.share_of_core).toFixed(1)} %`]),
  ]);
}

async function main() {
  const machine = { cpu: cpus()[0].model, processors: cpus().length, kernel: release(), load_before: loadavg()[0] };
  makeSpeech();
  if (options.tls) makeSecure();
  const encode = encodeCosts();
  const delivery = [];
  for (const listeners of sizes) delivery.push(await measureSize(listeners));
  machine.load_after = loadavg()[0];
  console.log(`\n${machine.cpu}, ${machine.processors} processors, Linux ${machine.kernel}, load ${machine.load_after.toFixed(1)}`);
  const woken = options.look === '0' ? 'listeners are woken by packets' : `listeners look every ${options.look} us`;
  console.log(`${rounds} rounds of ${seconds} s, medians, ${woken}; us/packet is without what the idle server uses, (with idle) is all\n`);
  printDelivery(delivery);
  printEncoding(encode);
  const file = options.json ?? join(options.build, 'bench.json');
  writeFileSync(file, `${JSON.stringify({ machine, rounds, seconds, tls: options.tls, look_us: Number(options.look), delivery, encode }, null, 2)}\n`);
  console.log(`\nAll numbers: ${file}`);
}

// What was started is ended, whatever happens.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
process.on('exit', () => {
  running.forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true, force: true });
});

if (options.help) {
  process.stdout.write(help);
} else if (!existsSync(voice)) {
  process.stderr.write(`tests/bench/run: ${voice} is missing. Install the package asterisk-core-sounds-en-wav.\n`);
  process.exitCode = 1;
} else {
  await main();
}
