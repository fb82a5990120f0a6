// permessage-deflate (RFC 7692) with the clients that offer it.

import assert from 'node:assert/strict';

import { test } from './bounded_test.mjs';
import { connect, disconnect, Room } from './phoenix_clients.mjs';
import { Server } from './server.mjs';
import { event_of, WsClient } from './ws_client.mjs';

const switched_on = { settings: { 'socket.compression': 'true' } };
const lobby = 'events:lobby';
const large = event_of('large', { words: 'the same few words again '.repeat(4000) });
const large_bytes = JSON.stringify(large).length;

const received_bytes = (client) => client.socket._socket.bytesRead;

async function member_of(server, options) {
  const client = await WsClient.open(server.endpoint, options);
  await client.join(lobby);
  return client;
}

test('nothing is compressed that was not switched on', async (t) => {
  const server = await Server.for(t);
  const client = await member_of(server);
  assert.equal(client.socket.extensions, '');
  const other = await member_of(server);
  await other.push(lobby, 'cloudevent', large);
  assert.deepEqual(await client.until_events(1), [large]);
  assert.ok(received_bytes(client) > large_bytes);
});

test('clients that offer compression and others receive the same', async (t) => {
  const server = await Server.for(t, switched_on);
  const compressing = [await member_of(server), await member_of(server)];
  const plain = await member_of(server, { perMessageDeflate: false });
  for (const { socket } of compressing) assert.equal(socket.extensions, 'permessage-deflate');
  assert.equal(plain.socket.extensions, '');

  const sender = compressing[0];
  const sent_bytes = sender.socket._socket.bytesWritten;
  assert.equal((await sender.push(lobby, 'cloudevent', large)).status, 'ok');
  assert.ok(sender.socket._socket.bytesWritten - sent_bytes < large_bytes / 10);
  assert.deepEqual(await compressing[1].until_events(1), [large]);
  assert.deepEqual(await plain.until_events(1), [large]);
  assert.ok(received_bytes(compressing[1]) < large_bytes / 10);
  assert.ok(received_bytes(plain) > large_bytes);

  // Each message by itself: the second one reads like the first.
  await plain.push(lobby, 'cloudevent', large);
  assert.deepEqual(await compressing[0].until_events(1), [large]);
  assert.deepEqual(await compressing[1].until_events(2), [large, large]);
  await plain.push(lobby, 'cloudevent', event_of('short'));
  assert.deepEqual((await compressing[1].until_events(3)).at(-1), event_of('short'));
});

for (const options of [
  { serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
  { serverMaxWindowBits: 12, clientMaxWindowBits: 12 },
  { serverMaxWindowBits: 15, clientMaxWindowBits: 15 },
  { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 },
]) {
  test(`an offer with ${JSON.stringify(options)} is kept`, async (t) => {
    const server = await Server.for(t, switched_on);
    const client = await member_of(server, { perMessageDeflate: options });
    const other = await member_of(server);
    assert.equal(client.socket.extensions, 'permessage-deflate');
    for (const [sender, receiver] of [[client, other], [other, client]]) {
      assert.equal((await sender.push(lobby, 'cloudevent', large)).status, 'ok');
      assert.deepEqual((await receiver.until_events(1)).at(-1), large);
    }
    assert.ok(received_bytes(client) < large_bytes / 10);
  });
}

test('a message that inflates beyond the limit is refused with 1009', async (t) => {
  const server = await Server.for(t, switched_on);
  const client = await member_of(server);
  const other = await member_of(server);
  client.socket.send(Buffer.alloc(64 << 20));
  assert.equal(await client.closed, 1009);
  assert.equal((await other.heartbeat()).status, 'ok');
});

for (const version of ['1.3', '1.8']) {
  test(`phoenix.js ${version} exchanges compressed events`, async (t) => {
    const server = await Server.for(t, switched_on);
    const sockets = [await connect(version, server.endpoint), await connect(version, server.endpoint)];
    const [sender, receiver] = [
      await Room.join(sockets[0], lobby),
      await Room.join(sockets[1], lobby),
    ];
    assert.equal(sockets[1].conn.extensions, 'permessage-deflate');
    assert.equal((await sender.publish(large)).status, 'ok');
    const [event] = await receiver.events.count(1);
    assert.deepEqual(event, large);
    assert.ok(sockets[1].conn._socket.bytesRead < large_bytes / 10);
    await disconnect(...sockets);
  });
}
