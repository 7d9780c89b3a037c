// The goals of delivery, and what was measured of them.
import { mid, sum } from './results.mjs';
import { format } from './table.mjs';

const together = (results, a, b) => results.ratio(a, b);
// Listeners who look come before those who are woken: the goals are about them where there are both.
const at = (results, server, over, listeners, channels = 1) => results.find({ server, over, listeners, channels, rooms: 1 });

// Goals that hold for every size of audience: words, limit, the value, digits. A value is undefined where it was not measured.
const each = [
  ['batch / bare send() loop', 0.75, (r, n) => together(r, at(r, 'batch', 'plain', n), at(r, 'bare', 'plain', n))],
  ['batch / Icecast', 0.65, (r, n) => together(r, at(r, 'batch', 'plain', n), at(r, 'icecast', 'plain', n))],
  ["batch / npm's ws", 0.45, (r, n) => together(r, at(r, 'batch', 'plain', n), at(r, 'ws', 'plain', n))],
  ['TLS: batch / bare SSL_write() loop', 0.85, (r, n) => together(r, at(r, 'batch', 'tls', n), at(r, 'bare', 'tls', n))],
  ['without io_uring: direct / bare send() loop', 1.2, (r, n) => together(r, at(r, 'direct', 'plain', n), at(r, 'bare', 'plain', n))],
  ['60 ms / 20 ms, for the same sound', 1 / 3, (r, n) => together(r, at(r, 'saver', 'plain', n), at(r, 'batch', 'plain', n))],
  ['KiB for each listener, plain', 3, (r, n) => memory(at(r, 'batch', 'plain', n))],
  ['KiB for each listener, TLS', 18, (r, n) => memory(at(r, 'batch', 'tls', n))],
  ['packets lost', 0, (r, n) => lost(at(r, 'batch', 'plain', n))],
  ['packets lost, TLS', 0, (r, n) => lost(at(r, 'batch', 'tls', n))],
];

const once = [
  ['p99 of delay at 2,000 / that of the bare loop', 1, p99At2000],
  ['32 channels x 100 / 1 x 3,200', 1.3, (r) => together(r, at(r, 'batch', 'plain', 3200, 32), at(r, 'batch', 'plain', 3200, 1))],
  ['the same with all encoders', 1.3, (r) => r.ratio(at(r, 'batch', 'plain', 3200, 32), at(r, 'batch', 'plain', 3200, 1), (round) => round.us_with_idle)],
  ['10,000 listeners, 60 ms: percent of one processor', 100, (r) => tenThousand(r, (one) => mid(one, (round) => round.core_percent))],
  ['10,000 listeners, 60 ms: packets lost', 0, (r) => tenThousand(r, lost)],
];

function memory(one) {
  return one && mid(one, (round) => round.bytes_per_listener / 1024);
}

function lost(one) {
  return one && sum(one, (round) => round.lost + round.doubled + round.gone);
}

function p99At2000(results) {
  return results.ratio(at(results, 'batch', 'plain', 2000), at(results, 'bare', 'plain', 2000), (round) => round.delay_ms.p99);
}

function tenThousand(results, pick) {
  const one = at(results, 'saver', 'plain', 10000);
  return one && pick(one);
}

const rowOf = (words, listeners, limit, value) => [
  words,
  listeners,
  limit === Math.round(limit) ? String(limit) : limit.toFixed(2),
  Number.isInteger(value) ? String(value) : value.toFixed(2),
  value <= limit ? 'yes' : 'no',
];

/** Every goal of which something was measured: at most so much, measured, met. '' when there is none. */
export function goalsOf(results) {
  const sizes = [...new Set(results.cases.filter((one) => one.channels === 1).map((one) => one.listeners))].sort((a, b) => a - b);
  const rows = each.flatMap(([words, limit, value]) => sizes.map((n) => [words, String(n), limit, value(results, n)]));
  rows.push(...once.map(([words, limit, value]) => [words, '', limit, value(results)]));
  const measured = rows.filter((one) => one[3] !== undefined);
  if (measured.length === 0) return '';
  return format([['goal', 'listeners', 'at most', 'measured', 'met'], ...measured.map((one) => rowOf(...one))], [0, 4]);
}
