// Sound cannot be judged while the machine has no time for it. A check of sound runs here: when it fails, and the server by its own
// metrics, or this process where it is the sender, did not get its time meanwhile, it does not count, and is done again. On a machine that
// is never free the test is skipped, and says how busy it was.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metrics } from './http.mjs';
import { sleep } from './programs.mjs';

/** Beats that begin later than this (a bound of the histogram), and stalls of this process longer than this, are the machine's fault. */
const LATE_S = '0.02';
const STALL_MS = 60;

/** Watches from now on; busy() says in words what went wrong since, or undefined. */
export async function watchMachine(server, { sends = false } = {}) {
  const read = async () => {
    const all = await metrics(server);
    const late = all.get('boothcast_beat_lateness_seconds_count') - all.get(`boothcast_beat_lateness_seconds_bucket{le="${LATE_S}"}`);
    return { late, skipped: all.get('boothcast_beats_skipped_total') };
  };
  const stalls = monitorEventLoopDelay({ resolution: 5 });
  const before = await read();
  stalls.enable();
  return {
    async busy() {
      const now = await read();
      const stall_ms = sends ? stalls.max / 1e6 : 0;
      const [late, skipped] = [now.late - before.late, now.skipped - before.skipped];
      if (late === 0 && skipped === 0 && stall_ms < STALL_MS) return undefined;
      return `${late} beats began later than ${LATE_S} s, ${skipped} were skipped${sends ? `, the sender stood still for ${stall_ms.toFixed(0)} ms` : ''}`;
    },
    stop: () => stalls.disable(),
  };
}

/** Runs `check`, perhaps several times; see above. `t` is the test's context; `sends` says that this process is a source of the sound. */
export async function undisturbed(t, server, check, { sends = false, tries = 4 } = {}) {
  for (let left = tries - 1; ; left--) {
    const machine = await watchMachine(server, { sends });
    try {
      return await check();
    } catch (error) {
      const busy = await machine.busy();
      if (busy === undefined) throw error;
      const first = error.message.split('\n')[0].slice(0, 200);
      if (left === 0) {
        t.skip(`the machine is too busy to judge sound: ${busy}; ${first}`);
        return undefined;
      }
      t.diagnostic(`once more, the machine was busy: ${busy}; ${first}`);
      await sleep(500);
    } finally {
      machine.stop();
    }
  }
}
