// A V2 client on the `ws` package, which shows the frames as they are.

import { once } from 'node:events';

import WebSocket from 'ws';

import { Arrivals } from './arrivals.mjs';

export class WsClient {
  /** All messages so far, parsed. */
  messages = new Arrivals();
  next_ref_ = 1;

  static async open(endpoint, options = {}) {
    const client = new WsClient(new WebSocket(`${endpoint}/websocket?vsn=2.0.0`, options));
    await once(client.socket, 'open');
    return client;
  }

  constructor(socket) {
    this.socket = socket;
    /** Resolves with the close code. */
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('message', (data) => this.messages.add(JSON.parse(data)));
  }

  /** Says it, and resolves with the reply's payload. */
  async push(topic, event, payload, join_ref = '1') {
    const ref = `${this.next_ref_++}`;
    this.socket.send(JSON.stringify([join_ref, ref, topic, event, payload]));
    return this.reply(ref);
  }

  async reply(ref) {
    const is_it = (message) => message[1] === ref && message[3] === 'phx_reply';
    const messages = await this.messages.when((items) => items.some(is_it));
    return messages.find(is_it)[4];
  }

  join(topic, payload = {}) {
    return this.push(topic, 'phx_join', payload);
  }

  heartbeat(payload = {}) {
    return this.push('phoenix', 'heartbeat', payload, null);
  }

  /** The payloads of the events that came, of one topic or of all. */
  events(topic) {
    return this.messages.items
      .filter((message) => message[3] === 'cloudevent' && (!topic || message[2] === topic))
      .map((message) => message[4]);
  }

  async until_events(number) {
    await this.messages.when(() => this.events().length >= number);
    return this.events();
  }

  async close() {
    this.socket.close();
    return this.closed;
  }
}

export const event_of = (id, data = null) => ({
  specversion: '1.0',
  id,
  source: '/interop',
  type: 'com.example.thing',
  data,
});
