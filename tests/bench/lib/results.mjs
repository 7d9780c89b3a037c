// The numbers of a benchmark: one file of JSON, to which later runs can add, since a long table is measured in several sittings.
//
//   { machine, cases: [{ server, name, over, listeners, channels, rooms, frame_ms, seconds, look_us, measured, rounds: [...] }], missing }
//
// Cases that were measured in the same rounds have the same `sitting`; only those are compared with each other.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { median, ratios } from './statistics.mjs';

const order = ['bare', 'ring', 'batch', 'direct', 'saver', 'icecast', 'ws', 'nats'];
const sameCase = (a, b) => ['server', 'over', 'look_us', 'listeners', 'channels', 'rooms'].every((field) => a[field] === b[field]);
const byPlace = (a, b) =>
  a.over.localeCompare(b.over) ||
  b.look_us - a.look_us ||
  a.listeners - b.listeners ||
  a.channels - b.channels ||
  order.indexOf(a.server) - order.indexOf(b.server);

export class Results {
  constructor(text) {
    const machine = { cpu: cpus()[0].model.trim(), processors: cpus().length, kernel: release() };
    Object.assign(this, { machine, cases: [], missing: {} }, text === undefined ? undefined : JSON.parse(text));
  }

  /** Those of a file; none when there is no such file. */
  static read(file) {
    return new Results(existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  }

  write(file) {
    writeFileSync(file, `${JSON.stringify({ machine: this.machine, missing: this.missing, cases: this.cases }, null, 2)}\n`);
  }

  /**
   * Takes the cases of one sitting, each with its rounds. A sitting of the same cases that was measured before gets more rounds; else what
   * was measured before of these cases goes.
   */
  add(cases) {
    const olds = cases.map((fresh) => this.cases.find((one) => sameCase(one, fresh)));
    const before = this.cases.filter((one) => one.sitting === olds[0]?.sitting);
    const again = before.length === cases.length && olds.every((old) => before.includes(old));
    const sitting = again ? olds[0].sitting : 1 + Math.max(0, ...this.cases.map((one) => one.sitting));
    const measured = new Date().toISOString().slice(0, 10);
    const merged = cases.map((one, i) => ({ ...one, sitting, measured, rounds: [...(again ? olds[i].rounds : []), ...one.rounds] }));
    this.cases = [...this.cases.filter((one) => !olds.includes(one)), ...merged].sort(byPlace);
  }

  find(wanted) {
    return this.cases.find((one) => Object.entries(wanted).every(([field, value]) => one[field] === value));
  }

  /** The median ratio of two cases' costs, or undefined when they were not measured together. */
  ratio(one, reference, pick = (round) => round.us) {
    if (one === undefined || reference?.sitting !== one.sitting) return undefined;
    return median(ratios(one.rounds.map(pick), reference.rounds.map(pick)));
  }

  /** What a case is compared with: the bare loop, measured together with it. */
  bareOf({ sitting, listeners, channels }) {
    return this.find({ server: 'bare', sitting, listeners, channels });
  }
}

/** The median over a case's rounds. */
export const mid = (one, pick) => median(one.rounds.map(pick));
export const sum = (one, pick) => one.rounds.reduce((total, round) => total + pick(round), 0);
