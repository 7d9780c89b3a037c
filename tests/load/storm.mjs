// The long form of the storm (tests/lib/storm): started by hand, for minutes, against a build with sanitizers.
//
//   cmake -B build-tsan -G Ninja -DPRESET=tsan -DBOOTHCAST_WEB=OFF && cmake --build build-tsan
//   BOOTHCAST=build-tsan/boothcast nice node tests/load/storm.mjs --seconds 120
//
// plays every combination of loops (1, 2, 4), plain and TLS, batch and direct, with two rounds of --seconds each. --loops, --over and
// --delivery choose among them, --sealing is the server's, --players says how many listen, --seed repeats the choices of a storm (not its
// timing). Prints a line for each storm, and what was wrong with it; the exit code is 0 when nothing was. --window 4608 gives all sockets
// so small receive buffers that each is full now and then, in a network namespace of its own (root's right); then nobody is fast enough to
// be promised everything. tests/e2e/storm.test.mjs is the short form.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Storm } from '../lib/storm/storm.mjs';

const FAULTS_SHOWN = 12;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    seconds: { type: 'string', default: '60' },
    players: { type: 'string', default: '120' },
    loops: { type: 'string', default: '1,2,4' },
    over: { type: 'string', default: 'plain,tls' },
    delivery: { type: 'string', default: 'batch,direct' },
    sealing: { type: 'string', default: 'auto' },
    window: { type: 'string' },
    narrow: { type: 'boolean', default: false },
  },
});

/** The same once more, where receive buffers are of `bytes`. */
function inNarrowNetwork(bytes) {
  const script = 'ip link set lo up && echo "4096 $0 $0" >/proc/sys/net/ipv4/tcp_rmem && exec "$@"';
  const args = Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' && name !== 'window' ? [`--${name}`, value] : []));
  const command = [process.execPath, fileURLToPath(import.meta.url), ...args, '--narrow'];
  process.exit(spawnSync('unshare', ['-n', 'sh', '-c', script, String(bytes), ...command], { stdio: 'inherit' }).status ?? 1);
}

if (values.window !== undefined) inNarrowNetwork(Number(values.window));

const list = (text) => text.split(',');

let faulty = 0;
for (const loops of list(values.loops).map(Number)) {
  for (const over of list(values.over)) {
    for (const delivery of list(values.delivery)) {
      const name = `loops ${loops}, ${over}, ${delivery}, seed ${values.seed}`;
      console.log(`${name}: ${values.players} players, twice ${values.seconds} s`);
      const storm = new Storm({
        seed: Number(values.seed),
        loops,
        secure: over === 'tls',
        delivery,
        sealing: values.sealing,
        narrow: values.narrow,
        players: Number(values.players),
        seconds: Number(values.seconds),
        say: (text) => console.log(`  ${text}`),
      });
      const faults = await storm.run();
      console.log(`  ${storm.words()}`);
      console.log(`${name}: ${faults.length === 0 ? 'all is well' : `${faults.length} faults`}`);
      for (const fault of faults.slice(0, FAULTS_SHOWN)) console.log(`  ${fault}`);
      faulty += faults.length > 0 ? 1 : 0;
    }
  }
}
process.exit(faulty > 0 ? 1 : 0);
