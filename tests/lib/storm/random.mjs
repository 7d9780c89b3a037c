// Chance by a seed: the same seed, the same choices (mulberry32). What the machine's timing makes of them is another thing.

export class Chance {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** From 0 to 1. */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`. */
  number(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  one(list) {
    return list[Math.floor(this.next() * list.length)];
  }

  is(probability) {
    return this.next() < probability;
  }

  /** A key of { key: weight }. */
  weighed(weights) {
    let at = this.next() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    for (const [key, weight] of Object.entries(weights)) {
      at -= weight;
      if (at < 0) return key;
    }
    return Object.keys(weights)[0];
  }

  bytes(count) {
    return Buffer.from(Array.from({ length: count }, () => this.number(0, 255)));
  }

  /** Another one, for somebody else, that does not depend on how often this one is asked. */
  fork(number) {
    return new Chance(Math.imul(this.state ^ (number + 1), 0x9e3779b1) >>> 0);
  }
}
