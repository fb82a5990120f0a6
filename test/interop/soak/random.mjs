// Random numbers that the same names always repeat.

/** FNV-1a, 32 bits. */
function hash_of(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash;
}

export class Random {
  /** Those of `names`, such as a seed and the number of a client. */
  constructor(...names) {
    this.state_ = hash_of(names.join('/'));
  }

  /** From 0 to 1, without 1 (mulberry32). */
  next() {
    this.state_ = (this.state_ + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state_ ^ (this.state_ >>> 15), this.state_ | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability) {
    return this.next() < probability;
  }

  /** A whole number of `from` to `to`, both included. */
  between(from, to) {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** The same, each order of magnitude as likely as another. */
  magnitude(from, to) {
    return Math.floor(from * (to / from) ** this.next());
  }

  /** How long until something that happens every `mean` on average. */
  wait(mean) {
    return -mean * Math.log(1 - this.next());
  }

  pick(items) {
    return items[this.between(0, items.length - 1)];
  }
}
