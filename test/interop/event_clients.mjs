// Whoever follows a topic without Phoenix: server-sent events, and a CloudEvents WebSocket.

import assert from 'node:assert/strict';

import WebSocket from 'ws';

import { Arrivals } from './arrivals.mjs';

/** Where a topic's events are. Without its scheme. */
export const url_of = (authority, topic, query = '') =>
  `${authority}/api/topics/${encodeURIComponent(topic)}/events${query}`;

/** The records of server-sent events, as they come; `last_id` as a browser keeps it. */
export class Sse {
  events = new Arrivals();
  told = new Arrivals(); // named ones: [name, data]
  places = new Arrivals();
  last_id = '';

  static async open(t, authority, topic, { query = '', last_id = '' } = {}) {
    const stream = new Sse();
    stream.stop_ = new AbortController();
    t.after(() => stream.stop_.abort());
    const headers = { accept: 'text/event-stream', ...(last_id && { 'last-event-id': last_id }) };
    const answer = await fetch(`http://${url_of(authority, topic, query)}`, {
      headers,
      signal: stream.stop_.signal,
    });
    assert.equal(answer.status, 200);
    stream.last_id = last_id;
    stream.ended = stream.read_(answer.body).catch(() => {});
    return stream;
  }

  async read_(body) {
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        this.record_(text.slice(0, end).split('\n'));
        text = text.slice(end + 2);
      }
    }
  }

  record_(lines) {
    const field = (name) =>
      lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
    const [id] = field('id');
    if (id) this.places.add((this.last_id = id));
    const data = field('data').join('\n');
    if (!data) return;
    const [name] = field('event');
    if (name) this.told.add([name, JSON.parse(data)]);
    else this.events.add(JSON.parse(data));
  }

  until(id) {
    return this.events.when((items) => items.some((one) => one.id === id));
  }
}

/** A CloudEvents WebSocket. */
export class Stream {
  events = new Arrivals();

  static async open(t, authority, topic, query = '') {
    const stream = new Stream();
    stream.socket = new WebSocket(`ws://${url_of(authority, topic, query)}`, 'cloudevents.json');
    t.after(() => stream.socket.terminate());
    stream.socket.on('message', (text) => stream.events.add(JSON.parse(text)));
    await new Promise((opened, failed) => {
      stream.socket.once('open', opened);
      stream.socket.once('error', failed);
    });
    // Whoever has its pong has joined.
    stream.socket.ping();
    await new Promise((came) => stream.socket.once('pong', came));
    return stream;
  }

  publish(one) {
    this.socket.send(typeof one === 'string' ? one : JSON.stringify(one));
  }
  until(id) {
    return this.events.when((items) => items.some((one) => one.id === id));
  }
}
