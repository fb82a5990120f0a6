// What SIGTERM means: nobody new, everybody told to come back, an end in time.

import assert from 'node:assert/strict';
import net from 'node:net';

import { test } from './bounded_test.mjs';
import { frame, opcodes, RawSocket } from './raw_socket.mjs';
import { Server } from './server.mjs';
import { WsClient } from './ws_client.mjs';

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

test('a port that is taken is a failure with a message', async (t) => {
  const server = await Server.for(t);
  await assert.rejects(Server.start({ listen: server.authority }), /ended with 1/);
});
