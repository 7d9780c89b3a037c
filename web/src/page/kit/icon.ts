// Icons as SVG made of nodes (no sprite, no font, no inline style). Decoration only: hidden from screen readers.
// Strokes on a grid of 24; `fill` marks those that are solid.

const NS = 'http://www.w3.org/2000/svg';

const PATHS = {
  // labels: each a shape of its own
  original: { d: 'M12 4a8 8 0 1 0 0 16 8 8 0 1 0 0-16', fill: false }, // ring: nobody in between
  direct: { d: 'M12 4a8 8 0 1 0 0 16 8 8 0 1 0 0-16', fill: true }, // disc: one voice
  relay: { d: 'M4 5l7 7-7 7M13 5l7 7-7 7', fill: false }, // handed on twice
  silent: { d: 'M5 12h14', fill: false },
  emergency: { d: 'M12 3L2 21h20zM12 10v5M12 18v.5', fill: false },
  line_up: { d: 'M2 12c2.5-9 5-9 7.5 0s5 9 7.5 0c1-3.6 2.3-5.5 4-6', fill: false }, // a wave
  music: { d: 'M9 18V5l11-2v13M9 18a3 2.5 0 1 1-5 0a3 2.5 0 1 1 5 0M20 16a3 2.5 0 1 1-5 0a3 2.5 0 1 1 5 0', fill: false },
  // controls
  play: { d: 'M7 4v16l13-8z', fill: true },
  stop: { d: 'M6 6h12v12H6z', fill: true },
  volume: { d: 'M4 9v6h4l5 4V5L8 9zM16.5 8.5a5 5 0 0 1 0 7M19 6a8.5 8.5 0 0 1 0 12', fill: false },
  muted: { d: 'M4 9v6h4l5 4V5L8 9zM17 9l5 6M22 9l-5 6', fill: false },
  globe: { d: 'M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18M3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18', fill: false },
  lock: { d: 'M6 11h12v9H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11', fill: false },
  warning: { d: 'M12 3L2 21h20zM12 10v5M12 18v.5', fill: false },
  microphone: { d: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3M5 11v1a7 7 0 0 0 14 0v-1M12 19v3', fill: false },
  check: { d: 'M4 12.5l5.5 5.5L20 6.5', fill: false },
} as const;

export type IconName = keyof typeof PATHS;

/** An icon, `size` pixels wide where the text has its usual size; it grows with the text. */
export function icon(name: IconName, size = 20): SVGSVGElement {
  const { d, fill } = PATHS[name];
  const svg = document.createElementNS(NS, 'svg');
  const path = document.createElementNS(NS, 'path');
  const set = (element: Element, values: Record<string, string | number>) =>
    Object.entries(values).forEach(([key, value]) => element.setAttribute(key, String(value)));
  set(svg, { viewBox: '0 0 24 24', width: `${size / 16}rem`, height: `${size / 16}rem`, 'aria-hidden': 'true', focusable: 'false' });
  set(path, { d, fill: fill ? 'currentColor' : 'none', stroke: 'currentColor', 'stroke-width': 2.25 });
  set(path, { 'stroke-linecap': 'round', 'stroke-linejoin': 'round' });
  svg.append(path);
  return svg;
}
