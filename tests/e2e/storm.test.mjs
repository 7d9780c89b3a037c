// The short form of the storm (tests/lib/storm): listeners who switch, change renditions, stop reading, send junk, vanish and come back, for
// some seconds and by a fixed seed, with a judge of what each of them gets. tests/load/storm.mjs is the long form, for hours of doubt.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needs } from '../lib/programs.mjs';
import { Storm } from '../lib/storm/storm.mjs';

const SEED = 20251;
const FAULTS_SHOWN = 5;

describe('a storm', { concurrency: 2 }, () => {
  for (const { secure, ...how } of [{ loops: 2, secure: false, delivery: 'auto' }, { loops: 4, secure: true, delivery: 'direct' }]) {
    const name = `${how.loops} loops, ${secure ? 'TLS' : 'plain'}, delivery ${how.delivery}, seed ${SEED}`;
    test(name, secure ? needs('openssl') : {}, async (t) => {
      const storm = new Storm({ ...how, secure, seed: SEED, players: 60, seconds: 6 });
      const faults = await storm.run();
      t.diagnostic(storm.words());
      assert.ok(faults.length === 0, `${faults.length} faults\n${faults.slice(0, FAULTS_SHOWN).join('\n')}`);
      // it was one: whoever stopped reading was moved on, whoever complained was moved, whoever came back went on
      const { skipped, moves, resumed, packets } = storm.world.counts;
      assert.ok(storm.last.get('boothcast_delivery_partial_total') > 0, 'sockets were full');
      assert.ok(skipped > 0 && moves > 0 && resumed > 0 && packets > 10_000, storm.words());
    });
  }
});

// Node 20 waits for ever, and busily, for a write that was under way on a socket when its process ended otherwise (CleanupHandles()).
process.on('exit', () => process.exit());
