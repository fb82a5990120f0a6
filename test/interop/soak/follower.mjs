// A client that follows a topic by server-sent events, and comes back with Last-Event-ID, as an
// EventSource does: its account is held as those of phoenix.js are.

import { setTimeout as pass } from 'node:timers/promises';

import { Account } from './account.mjs';
import { Violation } from './ledger.mjs';
import { types } from './member.mjs';
import { Random } from './random.mjs';

const stopping = 503; // the server's word for: come back

export class Follower {
  is_connected = false;
  left_ = [];
  stopping_ = new AbortController();
  connection_ = new AbortController();

  /** As a Client's. */
  constructor({ number, endpoint, topics: [topic], only_main, shared }) {
    const url = new URL(`/api/topics/${encodeURIComponent(topic)}/events`, endpoint.replace('ws', 'http'));
    url.searchParams.set('client', number);
    if (only_main) url.searchParams.set('types', types.main);
    this.url_ = url;
    this.number_ = number;
    this.topic_ = topic;
    this.only_main_ = only_main;
    this.shared_ = shared;
    this.random_ = new Random(shared.seed, 'client', number);
  }

  /** Itself is its only member. */
  get members() {
    return [this];
  }

  get accounts() {
    return [...this.left_, this.account];
  }

  has_reached({ epoch, offset }) {
    return this.is_connected && this.account.epoch === epoch && this.account.offset >= offset;
  }

  toString() {
    return `${this.account}: ${this.is_connected ? 'connected' : 'not connected'}`;
  }

  async start() {
    this.begin_anew_();
    void this.follow_();
  }

  begin_anew_() {
    this.last_id_ = '';
    this.account = new Account(this.shared_.ledger, {
      name: `follower ${this.number_}`,
      topic: this.topic_,
      wants: (id) => !this.only_main_ || id.endsWith(types.main),
    });
  }

  /** Comes back whenever its connection ends. */
  async follow_() {
    while (!this.is_over_) {
      this.connection_ = new AbortController();
      try {
        await this.read_(this.connection_.signal);
      } catch (error) {
        if (error instanceof Violation) return this.shared_.fail(error);
      }
      this.is_connected = false;
      const { away_ms = this.random_.magnitude(100, 2000) } = this;
      this.away_ms = undefined;
      await pass(away_ms);
    }
  }

  async read_(signal) {
    const headers = { accept: 'text/event-stream' };
    if (this.last_id_) headers['last-event-id'] = this.last_id_;
    const answer = await fetch(this.url_, { headers, signal });
    if (answer.status === stopping) return;
    if (answer.status !== 200) this.account.fail(`refused with ${answer.status}: ${await answer.text()}`);
    const account = this.account;
    let text = '';
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      this.is_connected = true;
      const records = (text + chunk).split('\n\n');
      text = records.pop();
      for (const record of records) if (account === this.account) this.record_(record.split('\n'));
    }
  }

  record_(lines) {
    const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const id = field('id');
    const data = field('data');
    const [epoch, offset] = id?.split(':') ?? [];
    if (field('event') === 'recovery') {
      this.account.joined(JSON.parse(data));
    } else if (data) {
      if (epoch !== this.account.epoch) this.account.fail(`an event of the epoch ${epoch}`);
      this.account.came({ ...JSON.parse(data), roostoffset: offset });
    } else if (id) {
      this.account.joined({ recovered: false, epoch, offset: Number(offset) });
    }
    if (id) this.last_id_ = id;
  }

  /** Comes and goes, until it is told to stop. */
  async roam() {
    const { random_: random, shared_: { stay_ms, away_ms_max } } = this;
    while (await this.passes_(random.wait(stay_ms))) {
      if (random.chance(0.2)) {
        this.left_.push(this.account);
        this.begin_anew_();
      }
      this.away_ms = random.magnitude(10, away_ms_max);
      this.connection_.abort();
    }
  }

  async passes_(ms) {
    return pass(ms, true, { signal: this.stopping_.signal }).catch(() => false);
  }

  async settle() {
    this.stopping_.abort();
  }

  async stop() {
    this.is_over_ = true;
    this.stopping_.abort();
    this.connection_.abort();
  }
}
