// The Socket of npm `phoenix-channels`: phoenix.js 1.2 made for Node, with the
// WebSocket of npm `websocket`. It speaks V1.

import assert from 'node:assert/strict';

import phoenix_channels from 'phoenix-channels';

import { test } from './bounded_test.mjs';
import { disconnect, Room } from './phoenix_clients.mjs';
import { Server } from './server.mjs';

const soon = () => 20;

const event_of = (id) => ({ specversion: '1.0', type: 'com.example.x', id, source: '/interop' });

function connect(t, server, options = {}) {
  const socket = new phoenix_channels.Socket(server.endpoint, {
    reconnectAfterMs: soon,
    ...options,
  });
  socket.connect();
  t.after(() => disconnect(socket));
  return socket;
}

test('phoenix-channels exchanges events', async (t) => {
  const server = await Server.for(t);
  const [ann, ben] = [connect(t, server), connect(t, server, { params: { name: 'ben' } })];
  const [a, b] = await Promise.all([ann, ben].map((socket) => Room.join(socket, 'events:lobby')));
  const sent = ['1', '2', '3'].map(event_of);
  for (const event of sent) assert.equal((await a.publish(event)).status, 'ok');
  assert.deepEqual(await b.events.count(sent.length), sent);
  assert.deepEqual(a.events.items, []);
});

test('phoenix-channels is told why an event or a topic is refused', async (t) => {
  const server = await Server.for(t);
  const socket = connect(t, server);
  const room = await Room.join(socket, 'events:lobby');
  const { response } = await room.publish({ type: 'no event' });
  assert.equal(response.reason, 'missing_required_fields');
  await assert.rejects(Room.join(socket, 'nothing:here'), { message: 'unmatched topic' });
});

test('phoenix-channels is answered its heartbeats', async (t) => {
  const server = await Server.for(t);
  const socket = connect(t, server);
  await Room.join(socket, 'events:lobby');
  const answer = new Promise((done) => {
    socket.onMessage(({ topic, event, payload }) => {
      if (topic === 'phoenix' && event === 'phx_reply') done(payload);
    });
  });
  socket.sendHeartbeat();
  assert.deepEqual(await answer, { status: 'ok', response: {} });
  assert.equal(socket.pendingHeartbeatRef, null);
});

test('phoenix-channels leaves', async (t) => {
  const server = await Server.for(t);
  const [ann, ben] = [connect(t, server), connect(t, server)];
  const a = await Room.join(ann, 'events:room');
  const b = await Room.join(ben, 'events:room');
  await b.leave();
  await a.publish(event_of('late'));
  const marked = await Room.join(ben, 'events:lobby');
  await (await Room.join(ann, 'events:lobby')).publish(event_of('marker'));
  await marked.events.count(1);
  assert.deepEqual(b.events.items, []);
});

test('phoenix-channels comes back by itself after a restart of the server', async (t) => {
  let server = await Server.start();
  t.after(() => server.stop());
  const [ann, ben] = [connect(t, server), connect(t, server)];
  const [a, b] = await Promise.all([ann, ben].map((socket) => Room.join(socket, 'events:lobby')));
  server = await server.restart();
  await Promise.all([a.joins.count(2), b.joins.count(2)]);
  assert.equal((await a.publish(event_of('1'))).status, 'ok');
  assert.deepEqual(await b.events.count(1), [event_of('1')]);
});
