// The time of the page in all its threads: milliseconds since 1970 that never jump.

export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
