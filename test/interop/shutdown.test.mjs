// What SIGTERM means: nobody new, everybody told to come back, an end in time.

import assert from 'node:assert/strict';
import net from 'node:net';

import { test } from './bounded_test.mjs';
import { connect, disconnect, Room } from './phoenix_clients.mjs';
import { frame, opcodes, RawSocket } from './raw_socket.mjs';
import { Server } from './server.mjs';
import { event_of, WsClient } from './ws_client.mjs';

test('SIGTERM closes every socket with 1012', async (t) => {
  const server = await Server.for(t);
  const clients = [];
  for (let i = 0; i < 20; ++i) clients.push(await WsClient.open(server.endpoint));
  await Promise.all(clients.slice(0, 10).map((client) => client.join('events:lobby')));
  await server.stop();
  for (const client of clients) assert.equal(await client.closed, 1012);
});

test('SIGTERM is obeyed beside clients that answer no close', async (t) => {
  const server = await Server.for(t);
  const deaf = await RawSocket.upgraded(server);
  deaf.write(frame(opcodes.ping, ''));
  await deaf.frames.count(1);
  const half = await RawSocket.connect(server);
  half.write('GET / HT');
  const silent = await RawSocket.connect(server);
  const client = await WsClient.open(server.endpoint);
  await client.heartbeat();
  await server.stop();
  assert.equal(deaf.frames.items.at(-1).opcode, opcodes.close);
  await Promise.all([deaf.closed, half.closed, silent.closed]);
});

/** Resolves with 'connect', or with why there was none. */
function try_to_connect({ port }) {
  const socket = net.connect({ port, host: '127.0.0.1' });
  return new Promise((resolve) => {
    socket.on('connect', () => {
      resolve('connect');
      socket.destroy();
    });
    socket.on('error', (error) => resolve(error.code));
  });
}

test('after SIGTERM nobody is let in, while those inside say good-bye', async (t) => {
  const server = await Server.for(t);
  const deaf = await RawSocket.upgraded(server);
  deaf.write(frame(opcodes.ping, ''));
  await deaf.frames.count(1);
  const stopped = server.stop();
  await deaf.frames.count(2);
  // Its own goodbye is still owed, so the server is still there to refuse others.
  while ((await try_to_connect(server)) !== 'ECONNREFUSED');
  await deaf.destroy();
  await stopped;
});

// A test that waits for one step of the shutdown makes it last; the second
// SIGTERM, with which each server here ends, then ends it at once.
const long = '10m';

/** Resolves when readiness has turned. */
async function not_ready(server) {
  while ((await server.get('/readyz')) !== 503);
}

test('after SIGTERM the server is not ready, and serves until the delay is over', async (t) => {
  const server = await Server.for(t, { settings: { 'server.drain_delay': long } });
  assert.equal(await server.get('/readyz'), 200);
  const early = await WsClient.open(server.endpoint);
  await early.join('events:lobby');
  server.terminate();
  await not_ready(server);
  assert.equal(await server.get('/healthz'), 200);
  const late = await WsClient.open(server.endpoint);
  assert.equal((await late.join('events:lobby')).status, 'ok');
  await late.push('events:lobby', 'cloudevent', event_of('1'));
  await early.until_events(1);
});

test('clients are sent away one after the other', async (t) => {
  const server = await Server.for(t, { settings: { 'server.drain_time': '2s' } });
  const clients = [];
  for (let i = 0; i < 20; ++i) clients.push(await WsClient.open(server.endpoint));
  // How many were closed when the event loop was last idle, at each close.
  const batches = new Set();
  let closed = 0;
  let batch = 0;
  const codes = clients.map((client) =>
    client.closed.then((code) => {
      closed += 1;
      batches.add(batch);
      setImmediate(() => (batch = closed));
      return code;
    }),
  );
  await server.stop();
  assert.deepEqual(new Set(await Promise.all(codes)), new Set([1012]));
  assert.ok(batches.size > 1, 'all were closed in one batch');
});

test('who is sent away finds the next server, while the others are served by the old one', async (t) => {
  const old = await Server.for(t, { settings: { 'server.drain_time': long, 'server.threads': '2' } });
  const sockets = [];
  const rooms = [];
  for (const version of ['1.6', '1.7', '1.8']) {
    sockets.push(await connect(version, old.endpoint));
    rooms.push(await Room.join(sockets.at(-1), 'events:lobby'));
  }

  old.terminate();
  while ((await try_to_connect(old)) !== 'ECONNREFUSED');
  await Server.for(t, { listen: old.authority });
  await rooms[0].joins.count(2);
  assert.equal((await rooms[2].publish(event_of('old'))).status, 'ok');
  await rooms[1].before('old');
  assert.equal((await rooms[0].publish(event_of('next'))).status, 'ok');
  assert.ok(rooms[1].events.items.every(({ id }) => id === 'old'));

  await old.stop();
  await Promise.all([rooms[1].joins.count(2), rooms[2].joins.count(2)]);
  assert.equal((await rooms[0].publish(event_of('all'))).status, 'ok');
  await Promise.all([rooms[1].before('all'), rooms[2].before('all')]);
  await disconnect(...sockets);
});

test('a port that is taken is a failure with a message', async (t) => {
  const server = await Server.for(t);
  await assert.rejects(Server.start({ listen: server.authority }), /ended with 1/);
});
