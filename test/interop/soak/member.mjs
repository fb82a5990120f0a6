// One join of a topic through tools/client/recover.mjs, with its account. It can publish, and
// retries until it is answered.

import { recovering } from '../../../tools/client/recover.mjs';
import { Account } from './account.mjs';
import { Violation } from './ledger.mjs';

/** Some members ask for `main` alone. */
export const types = { main: 'com.example.main', side: 'com.example.side' };

let next_number = 1;

export class Member {
  has_left = false;
  published_ = 0;
  pending_ = new Set();
  shown_ = []; // to the application, of the event that is being handled
  gaps_ = 0;

  /** `fail` is called with each violation. */
  constructor({ socket, topic, ledger, random, fail, client, only_main = false, retry_ms }) {
    this.number_ = next_number++;
    this.random_ = random;
    this.fail_ = fail;
    // An id says all there is to know of its event.
    const mine = `${this.number_}-`;
    const is_own = (id) => id.startsWith(mine);
    this.account = new Account(ledger, {
      name: `member ${this.number_} (client ${client})`,
      topic,
      wants: (id) => !only_main || id.endsWith(types.main),
      is_own,
    });
    const { channel, joined, publish } = recovering(socket, topic, {
      on_event: ({ id }) => this.shown_.push(id),
      on_gap: () => (this.gaps_ += 1),
      params: only_main ? { event_types: [types.main] } : {},
      retry_ms,
    });
    this.channel_ = channel;
    this.publish_ = publish;
    joined
      .receive('ok', (reply) => this.guard_(() => this.joined_(reply)))
      .receive('error', (reply) => this.refused_('a join', reply));
    channel.on('cloudevent', (event) => this.guard_(() => this.came_(event, is_own(event.id))));
  }

  get is_joined() {
    return this.channel_.state === 'joined';
  }

  /** Whether it has joined, and stands at this place or behind it. */
  has_reached({ epoch, offset }) {
    return this.is_joined && this.account.epoch === epoch && this.account.offset >= offset;
  }

  toString() {
    return `${this.account}: ${this.channel_.state}, ${this.account.unanswered} publishes unanswered`;
  }

  joined_(reply) {
    this.account.joined(reply);
    if (this.gaps_ !== this.account.told_restarts) this.account.fail('the application was told otherwise');
  }

  came_(event, is_own) {
    const shown = this.shown_.splice(0);
    // Behind a join that the client has given up, nothing counts.
    const counts = this.is_joined;
    if (counts) this.account.came(event);
    const expected = counts && !is_own ? event.id : '';
    if (shown.join() !== expected) this.account.fail(`the application was shown [${shown}], not [${expected}]`);
  }

  refused_(what, reply) {
    this.guard_(() => this.account.fail(`${what} was refused: ${JSON.stringify(reply)}`));
  }

  guard_(what) {
    if (this.has_left) return;
    try {
      what();
    } catch (error) {
      this.fail_(error);
    }
  }

  /** Resolves with {epoch, offset} once it is accepted, or with nothing where the member leaves. */
  async publish(type) {
    const id = `${this.number_}-${++this.published_}-${type}`;
    const data = 'x'.repeat(this.random_.magnitude(1, 2000));
    this.account.publishes(id);
    const event = { specversion: '1.0', source: `/soak/${this.number_}`, type, id, data };
    try {
      const reply = await this.publish_(event);
      this.guard_(() => this.account.answered(id, reply));
      return reply;
    } catch (reply) {
      if (!this.has_left) this.refused_(id, reply);
      return undefined;
    }
  }

  leave() {
    this.has_left = true;
    return this.channel_.leave();
  }
}
