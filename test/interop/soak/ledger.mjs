// What is known of each topic's order: which event stands at which offset of which epoch.
// Whoever sees an event, or the answer to one, says so here; two that disagree are a fault.

export class Violation extends Error {}

export class Ledger {
  topics_ = new Map();
  /** How often the server has been started: a topic has at most so many epochs. */
  starts = 1;
  accepted = 0;

  topic_(name) {
    let topic = this.topics_.get(name);
    if (!topic) this.topics_.set(name, (topic = new Map()));
    return topic;
  }

  /** The epoch of a topic that somebody was told of. */
  epoch(topic, epoch) {
    const epochs = this.topic_(topic);
    let known = epochs.get(epoch);
    if (!known) {
      epochs.set(epoch, (known = { number: epochs.size, ids: [], offsets: new Map() }));
      if (epochs.size > this.starts) {
        throw new Violation(`${topic} has its epoch ${epochs.size} after ${this.starts} starts: it was forgotten`);
      }
    }
    return known;
  }

  /** The event `id` was seen, or acknowledged, at this place. */
  place({ topic, epoch, offset, id }) {
    if (!Number.isSafeInteger(offset) || offset < 1) throw new Violation(`offset ${offset} of ${id}`);
    const { ids, offsets } = this.epoch(topic, epoch);
    if (ids[offset] === undefined) {
      const other = offsets.get(id);
      if (other) throw new Violation(`${id} stands at ${other} and at ${offset} of ${topic} ${epoch}`);
      ids[offset] = id;
      offsets.set(id, offset);
      this.accepted += 1;
    } else if (ids[offset] !== id) {
      throw new Violation(`${ids[offset]} and ${id} both stand at ${offset} of ${topic} ${epoch}`);
    }
  }

  /** The id of what stands there, where anybody knows. */
  at({ topic, epoch, offset }) {
    return this.epoch(topic, epoch).ids[offset];
  }
}
