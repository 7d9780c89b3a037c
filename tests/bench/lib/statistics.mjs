// Medians, ratios, straight lines, and where a line bends.

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Of what two cases measured in the same rounds: the ratio within each round, so that a slow minute weighs on both. */
export const ratios = (list, reference) => list.map((value, round) => value / reference[round]);

/** The line of least squares through points [x, y]: { base, slope, worst }, worst being the largest distance from it. */
export function line(points) {
  const mean = (pick) => points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean((p) => p[0]), mean((p) => p[1])];
  const across = mean((p) => (p[0] - x) ** 2);
  const slope = across > 0 ? mean((p) => (p[0] - x) * (p[1] - y)) / across : 0;
  const base = y - slope * x;
  const worst = Math.max(...points.map((p) => Math.abs(p[1] - base - slope * p[0])));
  return { base, slope, worst };
}

const squares = (points, { base, slope }) => points.reduce((sum, p) => sum + (p[1] - base - slope * p[0]) ** 2, 0);

/**
 * Where a curve bends: the two lines, each through at least three points, that fit best together. { at, before, after, gain }: `at` is the x
 * where they meet, `gain` the share of the single line's squared distances that the second line takes away. Undefined with fewer than six
 * points.
 */
export function bend(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0]);
  const single = squares(sorted, line(sorted));
  let best;
  for (let cut = 3; cut <= sorted.length - 3; cut++) {
    const parts = [sorted.slice(0, cut), sorted.slice(cut)];
    const [before, after] = parts.map(line);
    const left = squares(parts[0], before) + squares(parts[1], after);
    if (best !== undefined && left >= best.left) continue;
    const at = (after.base - before.base) / (before.slope - after.slope);
    best = { left, before, after, at, gain: single > 0 ? 1 - left / single : 0 };
  }
  return best;
}
