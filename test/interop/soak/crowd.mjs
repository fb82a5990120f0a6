// Clients that come and go, each with a phoenix.js of its own: what they do next, and when, is
// decided by the seed and their number.

import { setTimeout as pass } from 'node:timers/promises';

import WebSocket from 'ws';

import { connect, disconnect, phoenix } from '../phoenix_clients.mjs';
import { Member, types } from './member.mjs';
import { Random } from './random.mjs';

const versions = ['1.4', '1.5', '1.6', '1.7', '1.8'];
// Versions before it show what a poll brought even where they have given up its session.
const polling_version = '1.8';
const heartbeat_ms = 15_000;
// A reply that takes longer than that is taken for lost.
const reply_ms_max = 10_000;

/** As in browsers, nothing comes any more once it is told to close. */
class Transport extends WebSocket {
  set onmessage(handler) {
    super.onmessage = (message) => this.readyState === WebSocket.OPEN && handler(message);
  }
}

export class Client {
  members = [];
  left_ = []; // accounts of members that left
  joins_ = 0;
  stopping_ = new AbortController();

  /** `shared` is {ledger, fail, seed, stay_ms, away_ms_max, publish_ms, retry_ms}. */
  constructor({ number, endpoint, topics, is_publisher, only_main, polls, shared }) {
    this.number_ = number;
    this.endpoint_ = endpoint;
    this.topics_ = topics;
    this.is_publisher_ = is_publisher;
    this.only_main_ = only_main;
    this.polls_ = polls;
    this.shared_ = shared;
    this.random_ = new Random(shared.seed, 'client', number);
  }

  get accounts() {
    return [...this.left_, ...this.members.map(({ account }) => account)];
  }

  get is_connected() {
    return this.socket_?.isConnected() ?? false;
  }

  /** Comes. Those without whims stay. */
  async start() {
    const version = this.polls_ ? polling_version : versions[this.number_ % versions.length];
    this.socket_ = await connect(version, this.endpoint_, {
      transport: this.polls_ ? (await phoenix(version)).LongPoll : Transport,
      params: { client: this.number_ },
      timeout: reply_ms_max,
      heartbeatIntervalMs: heartbeat_ms,
      reconnectAfterMs: (tries) => this.away_ms_(tries),
      rejoinAfterMs: (tries) => 100 * tries,
    });
    for (const topic of this.topics_) this.join_(topic);
  }

  join_(topic) {
    const { ledger, fail, seed, publish_ms, retry_ms } = this.shared_;
    const random = new Random(seed, 'join', this.number_, (this.joins_ += 1));
    const member = new Member({
      socket: this.socket_,
      topic,
      ledger,
      fail,
      random,
      client: this.number_,
      only_main: this.only_main_,
      retry_ms,
    });
    this.members.push(member);
    if (this.is_publisher_) void this.publish_(member, random, publish_ms);
  }

  async publish_(member, random, publish_ms) {
    while (await this.passes_(random.wait(publish_ms))) {
      if (member.has_left) return;
      await (member.publishing = member.publish(random.chance(0.5) ? types.main : types.side));
    }
  }

  /** False where the client is to stop meanwhile. */
  async passes_(ms) {
    try {
      await pass(ms, undefined, { signal: this.stopping_.signal });
      return true;
    } catch {
      return false;
    }
  }

  /** Comes and goes, until it is told to stop. */
  async roam() {
    const { random_: random, shared_: { stay_ms, away_ms_max } } = this;
    while (await this.passes_(random.wait(stay_ms))) {
      const whim = random.next();
      if (whim < 0.4) this.drop_(random.magnitude(10, 500));
      else if (whim < 0.7) this.drop_(random.magnitude(500, away_ms_max));
      else if (whim < 0.9) this.rejoin_(random.pick(this.members));
      else await this.begin_anew_();
    }
  }

  /** Loses its connection, and comes back after `ms`. */
  drop_(ms) {
    if (!this.is_connected) return;
    this.away_ms = ms;
    const { conn } = this.socket_;
    if (this.random_.chance(0.5) && !this.polls_) conn.terminate();
    else conn.close(4000);
  }

  away_ms_(tries) {
    const { away_ms = Math.min(100 * tries, 2000) } = this;
    this.away_ms = undefined;
    return away_ms;
  }

  part_with_(member) {
    this.left_.push(member.account);
    this.members = this.members.filter((one) => one !== member);
    return member.leave();
  }

  /**
   * Leaves the topic and joins it again, as somebody new. Up to 1.6 phoenix.js mixes up channels of one
   * topic where the first is not gone yet.
   */
  rejoin_(member) {
    if (!member?.is_joined) return;
    const again = () => this.socket_ === socket && this.join_(member.account.topic);
    const socket = this.socket_;
    this.part_with_(member).receive('ok', again).receive('timeout', again);
  }

  async begin_anew_() {
    for (const member of this.members) this.part_with_(member);
    void disconnect(this.socket_);
    await this.start();
  }

  /** Stays where it is from now on. Resolves when what it has published is answered. */
  async settle() {
    this.stopping_.abort();
    await Promise.all(this.members.map(({ publishing }) => publishing));
  }

  async stop() {
    this.stopping_.abort();
    for (const member of this.members) member.leave();
    if (this.socket_) await disconnect(this.socket_);
  }
}
