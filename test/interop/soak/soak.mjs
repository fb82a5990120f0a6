// The soak: a crowd behind a proxy that breaks its connections, a server that is restarted, and
// an account for each member.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { Server } from '../server.mjs';
import { Client } from './crowd.mjs';
import { FaultProxy } from './fault_proxy.mjs';
import { Follower } from './follower.mjs';
import { Ledger, Violation } from './ledger.mjs';
import { types } from './member.mjs';
import { Random } from './random.mjs';

const config = fileURLToPath(new URL('soak.toml', import.meta.url));
const members_a_topic = 40;
const publishers_a_topic = 4;
// Of those who do not publish: by server-sent events.
const followers = 0.1;
const settle_ms_max = 180_000;
const stop_ms_max = 60_000;
const verify_every_ms = 2000;
const summed = [
  'delivered', 'recoveries', 'recovered_events', 'told_restarts', 'told_past_bounds', 'duplicates',
];

export class Soak {
  /**
   * `publish_ms` is how long each publisher waits on average, `stay_ms` how long a client goes on as it
   * is; `report` is called with the figures every `report_every_ms`.
   */
  constructor({
    seed,
    clients,
    ms,
    restarts = 2,
    stay_ms = 60_000,
    away_ms_max = 20_000,
    publish_ms = 6000,
    retry_ms = 3000,
    arrive_ms = 0,
    report = () => {},
    report_every_ms = 15_000,
  }) {
    Object.assign(this, { seed, ms, restarts, arrive_ms, report, report_every_ms });
    this.failed = new Promise((_, reject) => {
      this.fail_ = (error) => {
        this.violation ??= error;
        reject(this.violation);
      };
    });
    this.failed.catch(() => {});
    this.ledger = new Ledger();
    this.topics_ = Array.from(
      { length: Math.max(2, Math.ceil(clients / members_a_topic)) },
      (_, i) => `events:soak-${i}`,
    );
    this.clients_ = clients;
    this.shared_ = { ledger: this.ledger, fail: this.fail_, seed, stay_ms, away_ms_max, publish_ms, retry_ms };
  }

  /** Resolves with the figures, or rejects with the first Violation. */
  async run() {
    try {
      await Promise.race([this.failed, this.run_()]);
      return this.figures();
    } finally {
      await this.end();
    }
  }

  /** Sends everybody away, whatever they are about. */
  async end() {
    if (this.is_over_) return;
    this.is_over_ = true;
    const everybody = [...this.witnesses_, ...this.crowd];
    this.proxy_?.stop();
    this.server_?.kill();
    await Promise.all(everybody.map((client) => client.stop()));
  }

  async run_() {
    this.began_ = performance.now();
    this.server_ = await Server.start({ config });
    this.proxy_ = await FaultProxy.start({ port: this.server_.port, seed: this.seed });
    void this.watch_();
    await this.arrive_();
    const part_ms = this.ms / (this.restarts + 1);
    for (let restart = 1; restart <= this.restarts; restart += 1) {
      await this.until_(part_ms * restart);
      await this.restart_();
    }
    await this.until_(this.ms);
    await this.settle_();
  }

  witnesses_ = [];
  crowd = [];

  /** For each topic one that nothing happens to but restarts, and all the others. */
  async arrive_() {
    const { topics_: topics, shared_: shared } = this;
    const { endpoint } = this.server_;
    this.witnesses_ = topics.map(
      (topic, i) => new Client({ number: this.clients_ + i, endpoint, topics: [topic], shared }));
    for (const witness of this.witnesses_) await witness.start();
    for (let i = 0; i < this.clients_; i += 1) {
      const random = new Random(this.seed, 'ways', i);
      const mine = new Set([topics[i % topics.length]]);
      if (random.chance(0.1)) mine.add(random.pick(topics));
      const is_publisher = i < publishers_a_topic * topics.length;
      const Kind = !is_publisher && random.chance(followers) ? Follower : Client;
      const client = new Kind({
        number: i,
        endpoint: this.proxy_.endpoint,
        shared,
        topics: [...mine],
        is_publisher,
        only_main: random.chance(0.25),
        polls: random.chance(0.1),
      });
      this.crowd.push(client);
      await client.start();
      void client.roam();
      if (i % 20 === 19) await pass(this.arrive_ms / this.clients_ * 20);
    }
  }

  until_(ms) {
    return pass(Math.max(0, this.began_ + ms - performance.now()));
  }

  async restart_() {
    await this.server_.stop(stop_ms_max);
    this.ledger.starts += 1;
    this.server_ = await Server.start({ config, listen: this.server_.authority });
    this.restarted = (this.restarted ?? 0) + 1;
  }

  /** Looks at all accounts again and again. */
  async watch_() {
    let reported = performance.now();
    while (!this.is_over_) {
      await pass(verify_every_ms, undefined, { ref: false });
      this.verify_();
      if (performance.now() - reported < this.report_every_ms) continue;
      reported = performance.now();
      this.report(this.figures());
    }
  }

  verify_(all = false) {
    try {
      for (const account of this.accounts_()) account.verify(all);
    } catch (error) {
      this.fail_(error);
    }
  }

  accounts_() {
    return [...this.witnesses_, ...this.crowd].flatMap(({ accounts }) => accounts);
  }

  /** Calm: everybody that is there gets everything. */
  async settle_() {
    this.proxy_.calm();
    const everybody = [...this.crowd, ...this.witnesses_];
    const members = () => everybody.flatMap((one) => one.members);
    const unanswered = () => members().filter(({ account }) => account.unanswered > 0);
    const settled = Promise.all(everybody.map((one) => one.settle()));
    await this.soon_('all publishes are answered', settled, unanswered);
    const ends = new Map();
    const last = this.witnesses_.map(async ({ members: [witness] }) =>
      ends.set(witness.account.topic, await witness.publish(types.main)));
    await this.soon_('the last events are accepted', Promise.all(last), unanswered);
    const late = () => members().filter((one) => !one.has_reached(ends.get(one.account.topic)));
    const all_came = async () => {
      while (late().length > 0 && !this.is_over_) await pass(50);
    };
    await this.soon_('everybody has come to the last events', all_came(), late);
    this.verify_(true);
    await Promise.all(everybody.map((one) => one.stop()));
    await this.server_.stop(stop_ms_max);
  }

  /** `late` are the members to name where it takes too long. */
  async soon_(what, done, late) {
    const too_late = new AbortController();
    const time = pass(settle_ms_max, true, { signal: too_late.signal }).catch(() => false);
    const is_late = await Promise.race([done.then(() => false), time]);
    too_late.abort();
    if (!is_late) return;
    const names = late().slice(0, 10).map((member) => `    ${member}`).join('\n');
    throw new Violation(`not within ${settle_ms_max} ms: ${what}\n${names}`);
  }

  figures() {
    const sums = Object.fromEntries(summed.map((name) => [name, 0]));
    for (const account of this.accounts_()) {
      for (const name of summed) sums[name] += account[name];
    }
    return {
      seconds: Math.round((performance.now() - this.began_) / 1000),
      clients: this.crowd.length,
      connected: this.crowd.filter((client) => client.is_connected).length,
      restarts: this.restarted ?? 0,
      accepted: this.ledger.accepted,
      members: this.accounts_().length,
      ...sums,
      ...this.proxy_?.counts,
      ...this.server_figures_(),
    };
  }

  server_figures_() {
    try {
      const of_process = `/proc/${this.server_.pid}`;
      const [, kb] = /VmRSS:\s*(\d+)/.exec(readFileSync(`${of_process}/status`, 'latin1'));
      return { server_mib: Math.round(kb / 1024), server_descriptors: readdirSync(`${of_process}/fd`).length };
    } catch {
      return {}; // between two servers
    }
  }
}
