// One member's account: what it was told at each join and what came, held against the ledger.
//
// It knows its place in the topic's order. Each event must stand behind that place, and all that
// it passes over must be its own or of a type that it did not ask for.

import { Violation } from './ledger.mjs';

const past_bounds = ['not_kept', 'too_large'];

export class Account {
  delivered = 0;
  recoveries = 0;
  recovered_events = 0;
  /** How often it was told, after a restart, that what it missed is gone. */
  told_restarts = 0;
  /** Or that the history does not reach back so far: none, where it is long enough. */
  told_past_bounds = 0;
  duplicates = 0;
  epoch = undefined;
  offset = 0;
  following_ = 0;
  passed_ = []; // [epoch, offset] that the ledger did not know yet
  unanswered_ = new Set();
  lost_ = new Map(); // epoch: publishes that may stand there, answered by nobody
  recent_ = [];

  /** `wants` and `is_own` judge an id. */
  constructor(ledger, { name, topic, wants = () => true, is_own = () => false }) {
    this.ledger_ = ledger;
    this.name = name;
    this.topic = topic;
    this.wants_ = wants;
    this.is_own_ = is_own;
  }

  /** What a join's reply says. */
  joined(reply) {
    this.note_('joined', JSON.stringify(reply));
    const known = this.epoch !== undefined;
    const { number } = this.ledger_.epoch(this.topic, reply.epoch);
    if (!reply.recovered) {
      if (known) this.gap_(reply, number);
      else if (reply.reason) this.fail(`a first join was answered ${reply.reason}`);
      this.forget_unanswered_();
      this.epoch = reply.epoch;
      this.offset = reply.offset;
      this.following_ = 0;
      return;
    }
    if (!known) this.fail('something was recovered that nobody had asked for');
    if (reply.epoch !== this.epoch) this.fail(`recovered from ${this.epoch} in ${reply.epoch}`);
    if (reply.offset < this.offset) this.fail(`the topic went back to ${reply.offset}`);
    this.recoveries += 1;
    this.recovered_events += reply.events;
    this.following_ = reply.events;
    this.end_ = reply.offset;
    if (reply.events === 0) this.pass_to_(reply.offset);
  }

  /** What may be said to be gone: an earlier run's events, by a later one. */
  gap_(reply, number) {
    const before = this.ledger_.epoch(this.topic, this.epoch).number;
    if (past_bounds.includes(reply.reason)) this.told_past_bounds += 1;
    if (reply.reason !== 'unknown_epoch') this.fail(`not recovered: ${reply.reason}`);
    if (number <= before) this.fail('not recovered, without a restart in between');
    this.told_restarts += 1;
  }

  forget_unanswered_() {
    if (this.epoch === undefined) return;
    this.lost_.set(this.epoch, (this.lost_.get(this.epoch) ?? 0) + this.unanswered_.size);
  }

  /** An event came. */
  came({ id, roostoffset }) {
    const offset = Number(roostoffset);
    this.note_('came', `${id} at ${roostoffset}`);
    if (this.epoch === undefined) this.fail(`${id} came before a join was answered`);
    if (offset <= this.offset) this.fail(`${id} came at ${offset}, behind ${this.offset}`);
    if (!this.wants_(id)) this.fail(`${id} came, of a type that was not asked for`);
    this.place_(offset, id);
    this.delivered += 1;
    this.pass_to_(offset - 1);
    this.offset = offset;
    if (this.following_ > 0 && --this.following_ === 0) this.pass_to_(this.end_);
  }

  get unanswered() {
    return this.unanswered_.size;
  }

  publishes(id) {
    this.unanswered_.add(id);
  }

  /** A publish was answered. */
  answered(id, { epoch, offset, duplicate = false }) {
    this.note_('answered', `${id} at ${offset}`);
    this.unanswered_.delete(id);
    this.duplicates += duplicate ? 1 : 0;
    this.ledger_.place({ topic: this.topic, epoch, offset, id });
    if (epoch === this.epoch) this.pass_to_(offset);
  }

  /** Stands at `offset` from now on, where it does not already. */
  pass_to_(offset) {
    while (this.offset < offset) this.passed_.push([this.epoch, ++this.offset]);
  }

  place_(offset, id) {
    this.ledger_.place({ topic: this.topic, epoch: this.epoch, offset, id });
  }

  /** Judges what it passed over, as far as it is known; `all` must be known at the end. */
  verify(all = false) {
    const unknown = [];
    for (const [epoch, offset] of this.passed_) {
      const id = this.ledger_.at({ topic: this.topic, epoch, offset });
      if (id === undefined) unknown.push([epoch, offset]);
      else if (!this.is_own_(id) && this.wants_(id)) {
        this.fail(`${id}, which stands at ${offset} of ${epoch}, never came`);
      }
    }
    this.passed_ = unknown;
    if (!all) return;
    // What nobody else saw, in an epoch that has ended, may be of its own.
    for (const [epoch, offset] of unknown) {
      const lost = this.lost_.get(epoch) ?? 0;
      if (lost === 0) this.fail(`what stands at ${offset} of ${epoch} never came to anybody`);
      this.lost_.set(epoch, lost - 1);
    }
  }

  note_(what, text) {
    this.recent_.push(`${what} ${text}`);
    if (this.recent_.length > 40) this.recent_.splice(0, 20);
  }

  toString() {
    return `${this.name} on ${this.topic}, at ${this.offset} of ${this.epoch}`;
  }

  fail(what) {
    const lately = this.recent_.slice(-20).map((line) => `\n    ${line}`);
    throw new Violation(`${this}: ${what}${lately.join('')}`);
  }
}
