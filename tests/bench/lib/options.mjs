// The command line of a benchmark. What is wrong with it is one sentence and the exit code 2.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../lib/programs.mjs';

export function refuse(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

/** What every benchmark understands: how it measures, and where the numbers go. */
const common = {
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  tries: { type: 'string', default: '3' },
  look: { type: 'string', default: '500' },
  realtime: { type: 'boolean', default: false },
  build: { type: 'string', default: join(root, 'build') },
  json: { type: 'string' },
  add: { type: 'boolean', default: false },
  table: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

/** The values of the options and of those that all have, as parseArgs() has them; --help prints `help` and ends. */
export function readOptions(help, options) {
  let values;
  try {
    ({ values } = parseArgs({ options: { ...common, ...options } }));
  } catch (error) {
    refuse(error.message);
  }
  if (!values.help) return values;
  process.stdout.write(help);
  process.exit(0);
}

/** Words with commas between them, each of which must be known. */
export function wordsOf(option, text, known) {
  const words = text.split(',');
  const strange = words.find((word) => !known.includes(word));
  return strange === undefined ? words : refuse(`--${option}: there is no "${strange}"; write ${known.join(', ')}`);
}

/** A number above 0. */
export function numberOf(option, text) {
  const number = Number(text);
  return number > 0 && number < 1e6 ? number : refuse(`--${option}: "${text}" is no good number`);
}
