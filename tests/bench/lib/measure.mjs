// One measurement: a fresh server, a window in which hardly anybody listens, and one in which all do.
//
// A packet's cost is (CPU of the full window - CPU of the idle one) / (packets of the one - packets of the other). In the idle window each
// channel has one listener, so that sources, beat and encoders run as they do with thousands; what that costs is told by itself. CPU time is
// the kernel's account of all threads of the server. The delay counts from the beat's due time: ours contains mixing and encoding, that of
// the others does not. Memory is resident memory above the idle server's; the kernel's socket buffers are not in it.
import { once } from 'node:events';
import { loadavg } from 'node:os';

const settle_ms = 1000;
const ramp_per_s = { plain: 450, tls: 300 }; // Boothcast lets in 500 in a second, and has the others wait

/** The machine was busy with something else: others used so much of a processor, or the listeners, theirs not being full, did not look for so long. */
export const others_percent = 20;
export const stall_ms = 100;
export const full_percent = 90;
export const disturbed = (round) => round.others_percent > others_percent || (round.stall_ms >= stall_ms && round.load_percent < full_percent);

// A server whose processor is full may well keep some waiting: that is an answer.
const all = (round) => (round.listening === round.listeners && round.gone === 0) || round.core_percent >= full_percent;

/** Calls `measureOne()` until all listeners were there in a window and nothing disturbed it, or there were so many tries. */
export async function untilCalm(tries, measureOne) {
  for (let tried = 1; ; tried++) {
    const one = await measureOne();
    if ((all(one) && !disturbed(one)) || tried >= tries) return { tried, ...one };
  }
}

/** What bench_hear says about so many listeners of a server. */
export async function hear(bench, kind, server, { listeners, channels, rooms, seconds, look_us, secure }) {
  const args = {
    url: server.address,
    pid: server.pid,
    dialect: kind.dialect,
    rendition: kind.rendition,
    ...{ listeners, channels, rooms },
    ramp: secure ? ramp_per_s.tls : ramp_per_s.plain,
    look: look_us,
    settle: Math.min(settle_ms, Math.round(seconds * 1000)),
    window: Math.round(seconds * 1000),
  };
  const words = Object.entries(args).flatMap(([name, value]) => [`--${name}`, value]);
  const child = bench.startAside(bench.program('tests/bench_hear'), words, ['ignore', 'pipe', 'inherit']);
  let text = '';
  child.stdout.on('data', (piece) => (text += piece));
  const [code] = await once(child, 'close');
  if (text === '') throw new Error(`bench_hear ended with ${code}`);
  const heard = JSON.parse(text);
  const percent = (cpu_us) => cpu_us / heard.seconds / 1e4;
  const others_us = heard.machine_cpu_us - heard.server.cpu_us - heard.load_cpu_us;
  const core_percent = percent(heard.server.cpu_us);
  return { ...heard, core_percent, load_percent: percent(heard.load_cpu_us), others_percent: percent(others_us), stall_ms: heard.stall_us / 1e3 };
}

// Of 20 ms of sound, whatever the length of the packets.
function judge(kind, shape, idle, full) {
  const share = full.seconds / idle.seconds;
  const packets20 = kind.frame_ms / 20;
  const cost_us = (full.server.cpu_us - idle.server.cpu_us * share) / (full.packets - idle.packets * share);
  const used = full.server.user_us + full.server.system_us;
  return {
    us: cost_us / packets20,
    us_with_idle: full.server.cpu_us / full.packets / packets20,
    core_percent: full.core_percent,
    idle_percent: idle.core_percent,
    user_share: used > 0 ? full.server.user_us / used : 0,
    packets: full.packets,
    heard_percent: (100 * full.packets * kind.frame_ms) / (shape.listeners * full.seconds * 1000),
    bytes_per_packet: full.bytes / full.packets,
    listeners: full.listeners,
    listening: full.listening,
    lost: full.lost,
    doubled: full.doubled,
    gone: full.gone,
    reason: full.reason,
    delay_ms: Object.fromEntries(Object.entries(full.delay_us).map(([name, us]) => [name, us / 1e3])),
    bytes_per_listener: (full.server.rss_bytes - full.server.rss_empty_bytes) / shape.listeners,
    load_percent: full.load_percent,
    others_percent: Math.max(idle.others_percent, full.others_percent),
    stall_ms: Math.max(idle.stall_ms, full.stall_ms),
  };
}

async function measureOnce(bench, kind, shape) {
  const load = loadavg()[0];
  const server = await kind.open(bench, shape);
  try {
    const idle = await hear(bench, kind, server, { ...shape, listeners: shape.channels * shape.rooms });
    const full = await hear(bench, kind, server, shape);
    return { machine_load: load, ...judge(kind, shape, idle, full) };
  } finally {
    await server.close();
  }
}

/** Measures a kind of server in a shape { listeners, channels, rooms, seconds, look_us, tries, secure, speech }. */
export const measure = (bench, kind, shape) => untilCalm(shape.tries, () => measureOnce(bench, kind, shape));

/**
 * Measures several cases side by side, in rounds: each round has one window of each, beginning with another one and going backwards
 * in every second, since the machine may be shared and its speed changes from minute to minute. `measureOne(case, round)`
 * measures. Gives the list of each case's rounds; a case that failed is left out from there on, and its list is the Error.
 */
export async function inRounds(cases, rounds, measureOne) {
  const results = cases.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const step = round % 2 ? cases.length - 1 : 1; // or one back
    const order = cases.map((_, i) => (round + i * step) % cases.length);
    for (const i of order.filter((one) => Array.isArray(results[one]))) {
      const one = await measureOne(cases[i], round).catch((error) => error);
      if (one instanceof Error) results[i] = one;
      else results[i].push(one);
    }
  }
  return results;
}
