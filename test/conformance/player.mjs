// Player: carries out the steps of one scenario against a server and records
// what came back, in the form of `got`. A Player lives for one scenario.
//
// No step waits for time to pass. That nothing more comes is proved by fences:
// a heartbeat is answered after everything that its socket was sent before. A
// broadcast crosses threads on its way, so the sockets that may have caused it
// are fenced first, then the one that listens, several rounds of both.

import http from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../interop/package.json', import.meta.url));
const WebSocket = require('ws');

const patience_ms = 10_000;
const fence_rounds = 3;
const fence_ref = '~fence-';

/** Resolves with whether `condition` came true; `notify` has it looked at again. */
class Waiter {
  waiting_ = new Set();

  notify() {
    for (const check of this.waiting_) check();
  }

  until(condition) {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (result) => {
        this.waiting_.delete(check);
        clearTimeout(timer);
        resolve(result);
      };
      const check = () => condition() && finish(true);
      const timer = setTimeout(() => finish(false), patience_ms);
      this.waiting_.add(check);
    });
  }
}

function parse_text(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}

class Client {
  frames_ = [];
  fences_sent_ = 0;
  fences_back_ = 0;
  waiter_ = new Waiter();
  close_code_ = undefined;

  constructor(url, headers) {
    const { 'sec-websocket-protocol': protocols, ...others } = headers;
    this.speaks_v2_ = new URL(url).searchParams.get('vsn')?.startsWith('2') ?? false;
    this.socket_ = new WebSocket(url, protocols?.split(/, */) ?? [], {
      headers: others,
      handshakeTimeout: patience_ms,
    });
    this.socket_.on('message', (data, is_binary) => this.on_message(data, is_binary));
    this.socket_.on('close', (code) => {
      this.close_code_ = code;
      this.waiter_.notify();
    });
  }

  opened() {
    return new Promise((resolve) => {
      this.socket_.on('unexpected-response', (_, response) => {
        resolve({ refused: response.statusCode });
        this.socket_.terminate();
      });
      this.socket_.on('error', (error) => resolve({ refused: error.message }));
      this.socket_.on('open', () => {
        const { protocol, extensions } = this.socket_;
        resolve({ open: true, ...(protocol && { protocol }), ...(extensions && { extensions }) });
      });
    });
  }

  is_open() {
    return this.socket_.readyState === WebSocket.OPEN;
  }

  on_message(data, is_binary) {
    if (is_binary) {
      this.frames_.push({ shown: { binary: data.toString('base64') } });
    } else {
      const text = data.toString();
      const shown = parse_text(text);
      const ref = Array.isArray(shown) ? shown[1] : shown.ref;
      if (typeof ref === 'string' && ref.startsWith(fence_ref)) this.fences_back_ += 1;
      else this.frames_.push({ shown, text });
    }
    this.waiter_.notify();
  }

  say(data) {
    if (this.is_open()) this.socket_.send(data);
  }

  /** Resolves when all that the server sent before reading this has come, or the socket ended. */
  async fence() {
    if (!this.is_open()) return;
    const number = ++this.fences_sent_;
    const [topic, event, ref] = ['phoenix', 'heartbeat', `${fence_ref}${number}`];
    this.say(
      JSON.stringify(
        this.speaks_v2_ ? [null, ref, topic, event, {}] : { topic, event, payload: {}, ref },
      ),
    );
    const answered = () => this.fences_back_ >= number || this.close_code_ !== undefined;
    if (!(await this.waiter_.until(answered))) {
      this.frames_.push({ shown: { text: 'the runner: a heartbeat was not answered' } });
    }
  }

  enough(count) {
    return this.waiter_.until(
      () => this.frames_.length >= count || this.close_code_ !== undefined,
    );
  }

  take() {
    return this.frames_.splice(0);
  }

  async ended(is_expected) {
    if (is_expected) await this.waiter_.until(() => this.close_code_ !== undefined);
    else await this.fence();
    return this.close_code_ === undefined
      ? { closed: false }
      : { closed: true, code: this.close_code_ };
  }

  shut() {
    this.socket_.close();
    return this.ended(true);
  }

  terminate() {
    this.socket_.on('error', () => {});
    this.socket_.terminate();
  }
}

/** A long text is written as a list of parts: strings, and `{"of": text, "times": n}`. */
function whole(text) {
  const part = (p) => (typeof p === 'string' ? p : p.of.repeat(p.times));
  return Array.isArray(text) ? text.map(part).join('') : text;
}

/** What the body of a poll's answer has as strings is shown parsed. */
function with_messages_parsed(body) {
  if (!Array.isArray(body?.messages)) return body;
  return { ...body, messages: body.messages.map((m) => (typeof m === 'string' ? parse_text(m) : { no_string: m })) };
}

function request({ host, port }, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const sent = http.request({ host, port, method, path, headers, agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const is_json = response.headers['content-type']?.includes('json');
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: is_json ? with_messages_parsed(parse_text(text)) : text,
        });
      });
    });
    sent.setTimeout(patience_ms, () => sent.destroy(new Error('no answer to an HTTP request')));
    sent.on('error', reject);
    sent.end(body);
  });
}

export class Player {
  clients_ = new Map();
  token_ = undefined;

  /** `address` is HOST:PORT. */
  constructor(address) {
    const colon = address.lastIndexOf(':');
    this.address_ = address;
    this.host_ = { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
  }

  /** The entry that `step` records, or undefined. `expected` only says how long to wait. */
  async play(step, expected) {
    if (step.open !== undefined) return this.open(step);
    if (step.say !== undefined) return this.say(step);
    if (step.hear !== undefined) return this.hear(step.hear, expected);
    if (step.ended !== undefined) {
      const end = await this.client(step.ended).ended(expected?.closed ?? true);
      return { ended: step.ended, ...end };
    }
    if (step.shut !== undefined) {
      await this.client(step.shut).shut();
      return undefined;
    }
    if (step.http !== undefined) return this.http(step.http);
    throw new Error(`unknown step ${JSON.stringify(step)}`);
  }

  client(name) {
    const client = this.clients_.get(name);
    if (client === undefined) throw new Error(`no socket ${name} was opened`);
    return client;
  }

  async open({ open, path, headers = {} }) {
    const client = new Client(`ws://${this.address_}${path}`, headers);
    this.clients_.set(open, client);
    return client.opened();
  }

  say({ say, text, json, base64 }) {
    const data =
      base64 !== undefined ? Buffer.from(base64, 'base64') : whole(text) ?? JSON.stringify(json);
    this.client(say).say(data);
  }

  async hear(name, expected) {
    const listener = this.client(name);
    await listener.enough(expected?.frames.length ?? 0);
    for (let round = 0; round < fence_rounds; ++round) {
      await Promise.all([...this.clients_.values()].map((client) => client.fence()));
      await listener.fence();
    }
    return { hear: name, frames: listener.take() };
  }

  /** `$TOKEN` is the token of the last answer that had one. */
  async http({ method, path, headers = {}, body }) {
    const filled = (text) => text.replaceAll('$TOKEN', this.token_ ?? '');
    const with_token = Object.entries(headers).map(([name, value]) => [name, filled(value)]);
    const answer = await request(this.host_, {
      method,
      path: filled(path),
      headers: Object.fromEntries(with_token),
      body: body === undefined ? undefined : whole(body),
    });
    this.token_ = answer.body?.token ?? this.token_;
    return { http: answer };
  }

  stop() {
    for (const client of this.clients_.values()) client.terminate();
  }
}

export function records(step) {
  return step.say === undefined && step.shut === undefined;
}
