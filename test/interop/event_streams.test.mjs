// One topic, every door: events that enter by phoenix.js, a CloudEvents WebSocket or a POST arrive
// at phoenix.js, a CloudEvents WebSocket and server-sent events.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import WebSocket from 'ws';

import { Arrivals } from './arrivals.mjs';
import { test } from './bounded_test.mjs';
import { connect, disconnect } from './phoenix_clients.mjs';
import { Proxy } from './proxy.mjs';
import { Room } from './room.mjs';
import { Server } from './server.mjs';

const topic = 'events:doors';
const config = fileURLToPath(new URL('recovery.toml', import.meta.url));

const event = (id, type = 'com.example.n') => ({ specversion: '1.0', source: '/doors', type, id });
const ids = (events) => events.map(({ id }) => id);
const url_of = (authority, query = '') => `${authority}/api/topics/${encodeURIComponent(topic)}/events${query}`;

/** The records of server-sent events, as they come; `last_id` as a browser keeps it. */
class Sse {
  events = new Arrivals();
  told = new Arrivals(); // named ones: [name, data]
  places = new Arrivals();
  last_id = '';

  static async open(t, authority, { query = '', last_id = '' } = {}) {
    const stream = new Sse();
    stream.stop_ = new AbortController();
    t.after(() => stream.stop_.abort());
    const headers = { accept: 'text/event-stream', ...(last_id && { 'last-event-id': last_id }) };
    const answer = await fetch(`http://${url_of(authority, query)}`, {
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
class Stream {
  events = new Arrivals();

  static async open(t, authority, query = '') {
    const stream = new Stream();
    stream.socket = new WebSocket(`ws://${url_of(authority, query)}`, 'cloudevents.json');
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

const post = (authority, one) =>
  fetch(`http://${url_of(authority)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(one),
  });

async function phoenix_room(t, server) {
  const socket = await connect('1.8', server.endpoint);
  t.after(() => disconnect(socket));
  return Room.join(socket, topic);
}

test('an event that enters by one door leaves by all, and a refused one has one reason', async (t) => {
  const server = await Server.for(t, { settings: { 'server.threads': 2 } });
  const { authority } = server;
  const [ann, ben] = [await phoenix_room(t, server), await phoenix_room(t, server)];
  const sender = await Stream.open(t, authority);
  const listener = await Stream.open(t, authority);
  const picky = await Stream.open(t, authority, '?types=com.example.*&types=other.*');
  const page = await Sse.open(t, authority);
  const choosy = await Sse.open(t, authority, { query: '?types=com.example.*,other.*' });

  assert.equal((await ann.publish(event('phoenix'))).status, 'ok');
  sender.publish(event('websocket'));
  await ben.events.when((items) => ids(items).includes('websocket'));
  assert.equal((await post(authority, event('http'))).status, 202);
  assert.equal((await ann.publish(event('unwanted', 'org.example.n'))).status, 'ok');
  assert.equal((await ann.publish(event('last', 'other.n'))).status, 'ok');

  const wanted = ['phoenix', 'websocket', 'http', 'last'];
  const all = ['phoenix', 'websocket', 'http', 'unwanted', 'last'];
  for (const [one, expected] of [[listener, all], [page, all], [picky, wanted], [choosy, wanted]])
    assert.deepEqual(ids(await one.until('last')), expected);
  assert.deepEqual(ids(await sender.until('last')), ['phoenix', 'http', 'unwanted', 'last']);
  assert.deepEqual(ids(await ben.events.count(all.length)), all);

  const bad = { ...event('bad'), time: 'yesterday' };
  const { status, response } = await ann.publish(bad);
  assert.equal(status, 'error');
  assert.equal(response.reason, 'invalid_time');
  sender.publish(bad);
  const [rejected] = (
    await sender.events.when((items) => items.some(({ type }) => type === 'roost.event.rejected'))
  ).slice(-1);
  assert.equal(rejected.subject, 'bad');
  assert.equal(rejected.source, `/api/topics/${topic}`);
  assert.deepEqual(rejected.data, response);
  const refused = await post(authority, bad);
  assert.equal(refused.status, 400);
  assert.deepEqual(await refused.json(), response);
});

test('server-sent events go on where they were cut, without gap or duplicate', async (t) => {
  const server = await Server.for(t, { config });
  const proxy = await Proxy.for(t, server);
  const through_proxy = new URL(proxy.endpoint).host;
  const ann = await phoenix_room(t, server);
  const seen = [];
  let last_id = '';
  const expected = [];
  for (let round = 0; round < 6; round += 1) {
    const stream = await Sse.open(t, through_proxy, { last_id });
    await (round === 0 ? stream.places : stream.told).count(1);
    for (let i = 0; i < 10; i += 1) {
      expected.push(`${expected.length}`);
      const published = ann.publish(event(expected.at(-1)));
      if (i === 5) proxy.cut();
      assert.equal((await published).status, 'ok');
    }
    await stream.ended;
    for (const [name, told] of stream.told.items)
      assert.deepEqual([name, told.recovered], ['recovery', true]);
    assert.equal(stream.told.items.length, round === 0 ? 0 : 1);
    seen.push(...ids(stream.events.items));
    last_id = stream.last_id;
  }
  const rest = await Sse.open(t, server.authority, { last_id });
  if (seen.length < expected.length) await rest.until(expected.at(-1));
  assert.deepEqual([...seen, ...ids(rest.events.items)], expected);
});
