// What a change costs the listeners, in frames that their pages did not have in time, by the pages' own reports (`page.missed`, chromium.mjs).
//
// A page that does not get its processor makes frames up without any change, and whether it got it no test can see. So a change is done
// until once nobody missed anything: what it costs by itself, it would cost each time. All numbers are printed.
import assert from 'node:assert/strict';
import { undisturbed } from './undisturbed.mjs';

const TRIES_MAX = 16;

/** `change(n)`, the n-th try, gives how many frames were missed. */
export async function nobodyMissesAFrame(t, server, change) {
  const missed = [];
  while (missed.at(-1) !== 0 && missed.length < TRIES_MAX) {
    const sum = await undisturbed(t, server, () => change(missed.length));
    if (sum === undefined) return; // skipped: the machine is never free
    missed.push(sum);
  }
  t.diagnostic(`frames that the listeners' pages made up, each time: ${missed.join(', ')}`);
  assert.equal(missed.at(-1), 0, `each time frames were made up: ${missed.join(', ')}`);
}

/** How many frames the pages missed since `before`, which is `missedSoFar(pages)` of then. */
export const missedSoFar = (pages) => pages.map((page) => page.missed);
export const missedSince = (pages, before) => pages.reduce((sum, page, i) => sum + page.missed - before[i], 0);
