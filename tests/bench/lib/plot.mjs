// The curves as a picture, by gnuplot.
import { execFileSync } from 'node:child_process';
import { which } from '../../lib/programs.mjs';
import { line } from './statistics.mjs';
import { isFull } from './trend.mjs';

const quoted = (text) => `"${text.replaceAll('"', '')}"`;

// One panel: the points, those of a full processor hollow, and the straight line through the others.
function panel({ title, points }) {
  const rows = (list) => [...list.map(({ at, core_percent }) => `${at} ${core_percent}`), 'e'].join('\n');
  const good = points.filter((point) => !isFull(point));
  const full = points.filter(isFull);
  const fit = line(good.map(({ at, core_percent }) => [at, core_percent]));
  const curves = [
    [`${fit.base} + ${fit.slope} * x with lines linewidth 1 linecolor rgb "#888888" title "straight line"`],
    [`"-" with points pointtype 7 linecolor rgb "#0b5cad" title "measured"`, rows(good)],
    ...(full.length > 0 ? [[`"-" with points pointtype 6 linecolor rgb "#b3261e" title "the processor is full"`, rows(full)]] : []),
  ];
  return [
    `set title ${quoted(title)} noenhanced`,
    `set xrange [0:${Math.max(...points.map(({ at }) => at)) * 1.05}]`,
    `set yrange [0:${Math.max(10, ...points.map(({ core_percent }) => core_percent)) * 1.15}]`,
    `plot ${curves.map(([curve]) => curve).join(', ')}`,
    ...curves.flatMap(([, data]) => (data === undefined ? [] : [data])),
  ].join('\n');
}

/** Draws panels { title, points } into an SVG file. False when there is no gnuplot, or nothing to draw. */
export function draw(file, panels) {
  const gnuplot = which('gnuplot');
  const drawable = panels.filter(({ points }) => points.filter((point) => !isFull(point)).length >= 2);
  if (gnuplot === undefined || drawable.length === 0) return false;
  const script = [
    `set terminal svg size 1100,${380 * Math.ceil(drawable.length / 2)} font "sans,13" background rgb "white"`,
    `set output ${quoted(file)}`,
    'set key bottom right',
    'set grid',
    'set ylabel "server, percent of a processor"',
    `set multiplot layout ${Math.ceil(drawable.length / 2)},2`,
    ...drawable.map(panel),
    'unset multiplot',
    '',
  ].join('\n');
  execFileSync(gnuplot, { input: script, stdio: ['pipe', 'ignore', 'inherit'] });
  return true;
}
