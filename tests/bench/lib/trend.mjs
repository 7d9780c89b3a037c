// What a curve of cost says, in words: where it is straight, and where it bends.
import { bend, line } from './statistics.mjs';

/** The server has no time left for all of it: somebody does not hear everything. */
export const isTooMuch = ({ core_percent, heard_percent, lost }) => core_percent > 80 && (heard_percent < 98 || lost > 0);

/** The processor is full: such a point says nothing about the cost of one more. */
export const isFull = (point) => point.core_percent > 93 || isTooMuch(point);

// Two lines are told only when they fit much better than one, and differ: measured noise bends every line a little.
const gain_min = 0.8;
const turn_min = 0.15;

const percent = (number) => `${number.toFixed(1)} %`;
const perThousand = ({ base, slope }) => `${percent(base)} of a processor, and ${(slope * 1000).toFixed(1)} % for each 1,000`;
const perOne = ({ base, slope }) => `${percent(base)} of a processor, and ${slope.toFixed(2)} % for each`;

function shapeOf(points, unit) {
  const found = bend(points);
  const [from, to, top] = [points[0][0], points.at(-1)[0], Math.max(...points.map((point) => point[1]))];
  const turns = found !== undefined && found.gain > gain_min && Math.abs(found.after.slope / found.before.slope - 1) > turn_min;
  if (turns && found.at > from && found.at < to) {
    return `It bends at about ${Math.round(found.at)}: before, ${unit(found.before)}; after, ${unit(found.after)}.`;
  }
  const one = line(points);
  const share = percent((100 * one.worst) / top);
  return `From ${from} to ${to} it is a straight line: ${unit(one)}; no point is further from it than ${one.worst.toFixed(2)} %, ${share} of the largest.`;
}

/** Sentences about points { at, core_percent, heard_percent }, in the order of `at`, computed from them. */
export function sentencesOf(points) {
  const [full, over] = [points.find(isFull), points.find(isTooMuch)];
  const measured = points.slice(0, full && points.indexOf(full)).map(({ at, core_percent }) => [at, core_percent]);
  const unit = points.at(-1).at > 100 ? perThousand : perOne;
  const sentences = [measured.length < 3 ? 'Too few points with room on the processor to say how it grows.' : shapeOf(measured, unit)];
  if (full !== undefined) {
    sentences.push(`At ${full.at} the processor is full (${percent(full.core_percent)}).`);
  }
  const carried = points.filter((point) => !isTooMuch(point)).at(-1);
  if (full !== undefined && carried?.at >= full.at) {
    sentences.push(`From there on packets go out several at a time, so that ${carried.at} are still served whole, ${carried.p99_ms.toFixed(0)} ms late (p99).`);
  }
  if (over !== undefined) {
    sentences.push(`At ${over.at} it is too much: ${percent(over.heard_percent)} of what is due is heard, ${over.lost} packets are lost. There it ends.`);
  }
  return sentences.join('\n');
}
