// The server API as a back end uses it, with phoenix.js members, and held to the
// OpenAPI document that the server hands out.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { test } from './bounded_test.mjs';
import { DescribedApi } from './openapi.mjs';
import { connect, disconnect, Room } from './phoenix_clients.mjs';
import { Server } from './server.mjs';

const config = fileURLToPath(new URL('api.toml', import.meta.url));
const key = 'key-of-the-tests-of-the-server-api-0001';
const shop_key = 'key-of-the-tests-of-the-server-api-0002';

const event = (id) => ({ specversion: '1.0', source: '/api', type: 'com.example.news', id });

async function member(t, server, topic, user) {
  const params = user ? { user } : {};
  const socket = await connect('1.8', server.endpoint, { params });
  t.after(() => disconnect(socket));
  const closed = new Promise((resolve) => socket.onClose(resolve));
  const room = await Room.join(socket, topic);
  return { socket, room, closed };
}

const ids = (events) => events.map(({ id }) => id);
const path = (topic) => `/api/topics/${encodeURIComponent(topic)}`;

test('an event by the API reaches members, but not who is excluded', async (t) => {
  const server = await Server.for(t, { config, settings: { 'server.threads': 2 } });
  const api = await DescribedApi.of(server, key);
  const ann = await member(t, server, 'events:news', 'ann');
  const ann_too = await member(t, server, 'events:news', 'ann');
  const ben = await member(t, server, 'events:news', 'ben');
  const publish = async (body) => {
    const { status, body: answer } = await api.ask('POST', '/api/publish', { body });
    assert.equal(status, 202, JSON.stringify(answer));
    return answer;
  };

  const all = await publish({ topics: ['events:news', 'events:empty'], event: event('1') });
  assert.equal(all.accepted, 2);
  const { body } = await api.ask('GET', `${path('events:news')}/members`);
  assert.deepEqual(body.members.map(({ user }) => user).sort(), ['ann', 'ann', 'ben']);
  const bens = body.members.find(({ user }) => user === 'ben');
  await publish({ topic: 'events:news', event: event('2'), exclude: { user: 'ann' } });
  await publish({ topic: 'events:news', event: event('3'), exclude: { socket: bens.socket } });
  await publish({ topic: 'events:news', event: event('4'), exclude: { member: bens.member } });
  await publish({ topic: 'events:news', events: [event('5'), event('last')] });
  assert.deepEqual(ids(await ann.room.before('last')), ['1', '3', '4', '5']);
  assert.deepEqual(ids(await ann_too.room.before('last')), ['1', '3', '4', '5']);
  assert.deepEqual(ids(await ben.room.before('last')), ['1', '2', '5']);
});

test('an event for a user reaches each of the sockets in the topic of that user', async (t) => {
  const server = await Server.for(t, { config });
  const api = await DescribedApi.of(server, key);
  const sockets = [];
  for (let i = 0; i < 2; ++i) sockets.push(await member(t, server, 'events:user:ann', 'ann'));
  const body = { user: 'ann', event: event('1') };
  assert.equal((await api.ask('POST', '/api/publish', { body })).status, 202);
  for (const { room } of sockets) assert.deepEqual(ids(await room.events.count(1)), ['1']);
});

test('a user that is disconnected comes back, one that is kicked stays away', async (t) => {
  const server = await Server.for(t, { config });
  const api = await DescribedApi.of(server, key);
  const ann = await member(t, server, 'events:news', 'ann');
  const ben = await member(t, server, 'events:news', 'ben');

  assert.deepEqual(await api.ask('DELETE', '/api/users/ann/sockets'), {
    status: 200,
    body: { disconnected: 1 },
  });
  assert.equal((await ann.closed).code, 1001);
  await ann.room.joins.count(2);

  const closed = new Promise((resolve) => ben.room.channel.onClose(resolve));
  assert.deepEqual(await api.ask('DELETE', `${path('events:news')}/members?user=ben`), {
    status: 200,
    body: { kicked: 1 },
  });
  await closed;
  assert.equal(ben.room.channel.state, 'closed');
  assert.ok(ben.socket.isConnected());
  const { body } = await api.ask('GET', `${path('events:news')}/members`);
  assert.deepEqual(body.members.map(({ user }) => user), ['ann']);
  assert.deepEqual((await api.ask('DELETE', `/api/sockets/${body.members[0].socket}`)).body, {
    disconnected: 1,
  });
  await ann.room.joins.count(3);
});

test('each route answers as its description says, refusals too', async (t) => {
  const server = await Server.for(t, { config, settings: { 'server.threads': 2 } });
  const api = await DescribedApi.of(server, key);
  for (const topic of ['events:news', 'events:shop-1', 'events:kept-1'])
    await member(t, server, topic, 'ann');

  const statuses = async (expected, asks) => {
    for (const [method, target, options] of asks) {
      const { status, body } = await api.ask(method, target, options);
      assert.equal(status, expected, `${method} ${target}: ${JSON.stringify(body)}`);
    }
  };
  const publish = (body, options) => ['POST', '/api/publish', { body, ...options }];
  await statuses(200, [
    ['GET', '/api/topics'],
    ['GET', '/api/topics?limit=1'],
    ['GET', '/api/topics?prefix=events:k&after=events:a'],
    ['GET', '/api/channels'],
    ['GET', '/channels?limit=2'],
    ['GET', path('events:news')],
    ['GET', path('events:nobody is here')],
    ['GET', `${path('events:news')}/members?limit=1`],
    ['GET', '/api/stats'],
    ['GET', '/api/openapi.json', { key: null }],
    ['DELETE', `${path('events:news')}/members?user=nobody`],
    ['DELETE', '/api/users/nobody/sockets'],
    ['DELETE', '/api/sockets/999999'],
    ['GET', path('events:shop-1'), { key: shop_key }],
  ]);
  await statuses(202, [
    publish({ topic: 'events:kept-1', event: event('1') }),
    publish({ topic: 'events:kept-1', event: event('1') }),
    publish({ topic: 'events:shop-1', event: event('1') }, { key: shop_key }),
  ]);
  await statuses(400, [
    ['GET', '/api/topics?limit=1001'],
    ['GET', `${path('events:news')}/members?after=x`],
    ['DELETE', `${path('events:news')}/members`],
    ['DELETE', '/api/sockets/x'],
    publish({ topic: 'events:news' }),
    publish({ topic: 'events:news', event: { id: '1' } }),
    publish({ topic: 'events:news', events: [event('1'), { ...event('2'), time: 'now' }] }),
  ]);
  await statuses(401, [
    ['GET', '/api/topics', { key: null }],
    ['GET', '/api/topics', { key: 'x'.repeat(39) }],
  ]);
  await statuses(403, [
    ['GET', path('events:news'), { key: shop_key }],
    ['DELETE', '/api/users/ann/sockets', { key: shop_key }],
    ['GET', '/api/topics', { headers: { origin: 'https://evil.example' } }],
    publish({ topic: 'events:news', event: event('1') }, { key: shop_key }),
  ]);
  await statuses(404, [
    ['GET', path('room:1')],
    publish({ topic: 'room:1', event: event('1') }),
  ]);
  await statuses(415, [
    publish({ topic: 'events:news', event: event('1') }, { headers: { 'content-type': 'text/plain' } }),
  ]);
  // With `*/*`, as fetch has it, it would be a stream.
  const json_only = { headers: { accept: 'application/json' } };
  await statuses(406, [['GET', `${path('events:news')}/events`, json_only]]);
  const post = (topic, type, body, options) => {
    const headers = { 'content-type': `application/${type}` };
    return ['POST', `${path(topic)}/events`, { body, headers, ...options }];
  };
  const one = 'cloudevents+json';
  const batch = 'cloudevents-batch+json';
  await statuses(202, [
    post('events:news', one, event('7')),
    post('events:kept-1', one, event('7')),
    post('events:kept-1', batch, [event('7'), event('8')]),
    post('events:shop-1', batch, [], { key: shop_key }),
  ]);
  await statuses(400, [post('events:news', one, {}), post('events:news', batch, [event('9'), {}])]);
  await statuses(403, [post('events:news', one, event('9'), { key: shop_key })]);
  await statuses(404, [post('room:1', one, event('9'))]);
  await statuses(413, [post('events:news', batch, Array(1001).fill(event('9')))]);
  await statuses(415, [post('events:news', 'json', event('9'))]);
  assert.deepEqual([...api.asked].sort(), api.operations().sort());
});

test('without keys the API is off, and says so', async (t) => {
  const server = await Server.for(t, {});
  const api = await DescribedApi.of(server, key);
  for (const one of [key, null]) {
    const { status, body } = await api.ask('GET', '/api/topics', { key: one });
    assert.equal(status, 403);
    assert.equal(body.reason, 'api_disabled');
  }
});
