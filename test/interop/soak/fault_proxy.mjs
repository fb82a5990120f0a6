// Stands between clients and a server, and cuts, delays, splits and stalls what goes through:
// by a seed, and otherwise unchanged to the byte.
//
// What a connection suffers is decided by the seed, the client's name and the number of that
// client's connection: however the connections of several clients are mixed, each suffers the
// same. A client names itself in a connect param (`client=7`).

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setImmediate as next_turn, setTimeout as pass } from 'node:timers/promises';

import { Faults, fault_plan } from './fault_plan.mjs';
import { Random } from './random.mjs';

const nobody = { delay_ms: 0, faults: [] };
const calm_plan = { up: nobody, down: nobody, lives_ms: Infinity };

const closed = (end) => end.closed || new Promise((resolve) => end.once('close', resolve));

/** Resolves when more can be written, or nothing any more. */
function drained(end) {
  return new Promise((resolve) => {
    const done = () => {
      end.off('drain', done).off('close', done);
      resolve();
    };
    end.on('drain', done).on('close', done);
  });
}

export class FaultProxy {
  counts = Object.fromEntries(['connections', ...Object.values(Faults)].map((name) => [name, 0]));

  /** `plan` is called with a Random for each connection. */
  constructor({ port, seed, plan = fault_plan }) {
    this.port_ = port;
    this.seed_ = seed;
    this.plan_ = plan;
    this.numbers_ = new Map();
    this.links_ = new Set();
    this.server_ = createServer({ noDelay: true }, (client) => this.accept_(client));
  }

  static async start(options) {
    const proxy = new FaultProxy(options);
    proxy.server_.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
    await once(proxy.server_, 'listening');
    return proxy;
  }

  get endpoint() {
    return `ws://127.0.0.1:${this.server_.address().port}/socket`;
  }

  /** From now on nothing happens to anybody, and who is cut off knows. */
  calm() {
    this.plan_ = () => calm_plan;
    for (const link of this.links_) link.calm();
  }

  stop() {
    this.server_.close();
    for (const link of this.links_) link.end();
  }

  accept_(client) {
    client.on('error', () => client.destroy());
    this.counts.connections += 1;
    client.pause();
    client.once('readable', () => {
      const head = client.read();
      if (head === null) return client.destroy();
      const name = /[?&]client=(\d+)/.exec(head.toString('latin1'))?.[1] ?? '';
      const number = (this.numbers_.get(name) ?? 0) + 1;
      this.numbers_.set(name, number);
      client.unshift(head);
      const plan = this.plan_(new Random(this.seed_, name, number));
      const server = connect({ port: this.port_, host: '127.0.0.1', noDelay: true });
      const link = new Link({ client, server, plan, counts: this.counts });
      this.links_.add(link);
      link.ended.then(() => this.links_.delete(link));
    });
  }
}

/** A connection of a client, and the one to the server that goes with it. */
class Link {
  constructor({ client, server, plan, counts }) {
    this.client_ = client;
    this.server_ = server;
    this.counts_ = counts;
    this.is_cut_ = false;
    server.on('error', () => server.destroy());
    if (plan.lives_ms !== Infinity) {
      const end = { kind: plan.end, ms: plan.deaf_ms };
      this.life_ = setTimeout(() => this.cut_(end, client), plan.lives_ms);
    }
    this.directions_ = [
      { from: client, to: server, passed: 0, ...plan.up },
      { from: server, to: client, passed: 0, ...plan.down },
    ];
    this.ended = Promise.all(this.directions_.map((one) => this.carry_(one)))
      .then(() => Promise.all([client, server].map(closed)))
      .finally(() => clearTimeout(this.life_));
  }

  calm() {
    clearTimeout(this.life_);
    if (this.is_cut_) this.end();
    for (const direction of this.directions_) Object.assign(direction, nobody);
  }

  end() {
    this.client_.destroy();
    this.server_.destroy();
  }

  async carry_(direction) {
    const { from, to } = direction;
    try {
      for await (const chunk of from) {
        if (direction.delay_ms > 0) await pass(direction.delay_ms);
        await this.forward_(direction, chunk);
      }
    } catch {
      // Cut, by whomever.
    }
    if (!this.is_cut_) to.end();
  }

  /** `chunk`, with what happens to the bytes in it. */
  async forward_(direction, chunk) {
    let rest = chunk;
    while (rest.length > 0 && !this.is_cut_) {
      const fault = direction.faults[0];
      const before = fault ? Math.min(fault.at - direction.passed, rest.length) : rest.length;
      if (before > 0) {
        await this.write_(direction, rest.subarray(0, before));
        rest = rest.subarray(before);
        continue;
      }
      direction.faults = direction.faults.slice(1);
      this.counts_[fault.kind] += 1;
      if (fault.kind === Faults.stall) {
        await pass(fault.ms);
      } else if (fault.kind === Faults.split) {
        const bytes = rest.subarray(0, fault.bytes);
        for (let i = 0; i < bytes.length; i += 1) {
          await this.write_(direction, bytes.subarray(i, i + 1));
          await next_turn();
        }
        rest = rest.subarray(bytes.length);
      } else {
        this.counts_[fault.kind] -= 1;
        this.cut_(fault, direction.from);
      }
    }
  }

  async write_(direction, bytes) {
    direction.passed += bytes.length;
    if (this.is_cut_ || direction.to.destroyed) return;
    if (!direction.to.write(bytes)) await drained(direction.to);
  }

  /** `deaf_end` hears nothing where the cut leaves one end in the dark. */
  cut_({ kind, ms }, deaf_end) {
    if (this.is_cut_) return;
    this.is_cut_ = true;
    this.counts_[kind] += 1;
    const ends = [this.client_, this.server_];
    if (kind === Faults.reset) for (const end of ends) end.resetAndDestroy();
    if (kind === Faults.close) this.end();
    if (kind !== Faults.deaf) return;
    for (const end of ends) if (end !== deaf_end) end.destroy();
    setTimeout(() => this.end(), ms).unref();
  }
}
