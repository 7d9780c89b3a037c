// Tables of text, and the one that a benchmark prints.
import { full_percent, disturbed } from './measure.mjs';
import { mid, sum } from './results.mjs';

/** Lines of cells; the columns whose numbers are in `words` stand left, the others right. */
export function format(rows, words = []) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((cells) => cells[i].length)));
  const fitted = (cell, i) => (words.includes(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
  return rows.map((cells) => cells.map(fitted).join('  ').trimEnd()).join('\n');
}

const heads = [
  ...['over', 'listeners', 'server', 'us/20 ms', 'ratio', 'rounds', 'all us', 'core %', 'idle %', 'heard %', 'lost'],
  ...['p50 ms', 'p99', 'p99.9', 'KiB each'],
];
const wordy = [0, 2, 5];

/** "500", or "32 x 100" for those of several channels or rooms. */
export const audience = ({ listeners, channels, rooms }) => {
  const parts = channels * rooms;
  return parts > 1 ? `${parts} x ${listeners / parts}` : String(listeners);
};

// The lowest and the highest ratio of a round.
function spread(results, one) {
  const bare = results.bareOf(one);
  if (bare === undefined || one.rounds.length < 2) return '';
  const all = one.rounds.map((round, i) => round.us / bare.rounds[i].us);
  return `${Math.min(...all).toFixed(2)}-${Math.max(...all).toFixed(2)}`;
}

// What says less of the server than of the test.
const remarks = [
  ['w', (round, one) => one.look_us === 0, 'each packet wakes its listener, which the sender pays for'],
  ['g', (round) => round.listening < round.listeners, 'not all listeners were let in, or some lost their connection'],
  ['l', (round) => round.load_percent >= full_percent, "the listeners' own processor was full: the delay is theirs"],
  ['s', disturbed, 'the machine was busy with something else, again and again'],
];

const remarkOn = (one) => remarks.filter(([, holds]) => one.rounds.some((round) => holds(round, one))).map(([letter]) => ` (${letter})`).join('');

function row(results, one) {
  const cell = (pick, digits) => mid(one, pick).toFixed(digits);
  return [
    one.over,
    audience(one),
    `${one.name}${remarkOn(one)}`,
    cell((r) => r.us, 2),
    results.ratio(one, results.bareOf(one))?.toFixed(2) ?? '',
    spread(results, one),
    cell((r) => r.us_with_idle, 2),
    cell((r) => r.core_percent, 1),
    cell((r) => r.idle_percent, 1),
    cell((r) => r.heard_percent, 1),
    String(sum(one, (r) => r.lost + r.doubled)),
    cell((r) => r.delay_ms.p50, 2),
    cell((r) => r.delay_ms.p99, 2),
    cell((r) => r.delay_ms.p999, 2),
    cell((r) => r.bytes_per_listener / 1024, 2),
  ];
}

const legend = `us/20 ms: CPU of the server for each listener and 20 ms of sound, without what it uses when one listens. ratio: to the bare loop in the same
round; rounds: the least and the most of them. all us: with what it uses when one listens, which is idle %. core %: of one processor, all
threads. heard %: of the packets that were due in the window. The delay counts from the beat's due time. KiB each: resident memory.`;

/** The table with its legend. */
export function tableOf(results) {
  const rows = results.cases.map((one) => row(results, one));
  const holdsSomewhere = (holds) => results.cases.some((one) => one.rounds.some((round) => holds(round, one)));
  const told = remarks.filter(([, holds]) => holdsSomewhere(holds)).map(([letter, , words]) => `(${letter}) ${words}`);
  return [format([heads, ...rows], wordy), '', legend, ...told].join('\n');
}
