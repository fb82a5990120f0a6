// One topic, every door: events that enter by phoenix.js, a CloudEvents WebSocket or a POST arrive
// at phoenix.js, a CloudEvents WebSocket and server-sent events.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { test } from './bounded_test.mjs';
import { Sse, Stream, url_of } from './event_clients.mjs';
import { connect, disconnect } from './phoenix_clients.mjs';
import { Proxy } from './proxy.mjs';
import { Room } from './room.mjs';
import { Server } from './server.mjs';

const topic = 'events:doors';
const config = fileURLToPath(new URL('recovery.toml', import.meta.url));

const event = (id, type = 'com.example.n') => ({ specversion: '1.0', source: '/doors', type, id });
const ids = (events) => events.map(({ id }) => id);

const post = (authority, one) =>
  fetch(`http://${url_of(authority, topic)}`, {
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
  const sender = await Stream.open(t, authority, topic);
  const listener = await Stream.open(t, authority, topic);
  const picky = await Stream.open(t, authority, topic, '?types=com.example.*&types=other.*');
  const page = await Sse.open(t, authority, topic);
  const choosy = await Sse.open(t, authority, topic, { query: '?types=com.example.*,other.*' });

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
    const stream = await Sse.open(t, through_proxy, topic, { last_id });
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
  const rest = await Sse.open(t, server.authority, topic, { last_id });
  if (seen.length < expected.length) await rest.until(expected.at(-1));
  assert.deepEqual([...seen, ...ids(rest.events.items)], expected);
});
