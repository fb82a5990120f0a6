// What SIGTERM means: nobody new, everybody told to come back, an end in time.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';

import { opcodes, RawSocket } from './raw_socket.mjs';
import { Server } from './server.mjs';
import { WsClient } from './ws_client.mjs';

test('SIGTERM closes every socket with 1012', async () => {
  const server = await Server.start();
  const clients = [];
  for (let i = 0; i < 20; ++i) clients.push(await WsClient.open(server.endpoint));
  await Promise.all(clients.slice(0, 10).map((client) => client.join('events:lobby')));
  const { code } = await server.stop();
  assert.equal(code, 0);
  for (const client of clients) assert.equal(await client.closed, 1012);
});

test('SIGTERM is obeyed beside clients that answer no close', async () => {
  const server = await Server.start();
  const deaf = await RawSocket.connect(server);
  deaf.write(deaf.upgrade_request());
  const half = await RawSocket.connect(server);
  half.write('GET / HT');
  const silent = await RawSocket.connect(server);
  const client = await WsClient.open(server.endpoint);
  await client.heartbeat();
  const { code } = await server.stop();
  assert.equal(code, 0);
  assert.equal(deaf.frames.items.at(-1).opcode, opcodes.close);
  await Promise.all([deaf.closed, half.closed, silent.closed]);
});

test('after SIGTERM nobody is let in', async () => {
  const server = await Server.start();
  const deaf = await RawSocket.connect(server);
  deaf.write(deaf.upgrade_request());
  const stopped = server.stop();
  await deaf.frames.count(1);
  const late = net.connect({ port: server.port, host: '127.0.0.1' });
  const [error] = await once(late, 'error');
  assert.equal(error.code, 'ECONNREFUSED');
  deaf.destroy();
  await stopped;
});

test('a port that is taken is a failure with a message', async () => {
  const server = await Server.start();
  await assert.rejects(Server.start({ listen: server.authority }), /ended with 1/);
  await server.stop();
});
