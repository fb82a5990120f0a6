// Who receives what, and in which order, across two threads and beside clients
// that do not read.

import assert from 'node:assert/strict';

import { test } from './bounded_test.mjs';
import { Server } from './server.mjs';
import { event_of, WsClient } from './ws_client.mjs';

const topic = 'events:delivery';

function open_many(server, number) {
  return Promise.all(Array.from({ length: number }, () => WsClient.open(server.endpoint)));
}

const sender_of = ({ id }) => Number(id.split('-')[0]);

test('two threads deliver exactly, and in one order for all', async (t) => {
  const server = await Server.for(t, { settings: { 'server.threads': '2' } });
  const clients = await open_many(server, 12);
  await Promise.all(clients.map((client) => client.join(topic)));
  const senders = [0, 1, 2, 3];
  const each = 200;
  const ids = (sender) => Array.from({ length: each }, (_, i) => `${sender}-${i}`);

  await Promise.all(
    senders.flatMap((s) =>
      ids(s).map((id) => clients[s].push(topic, 'cloudevent', event_of(id))),
    ),
  );
  const expected = (i) => each * senders.filter((s) => s !== i).length;
  await Promise.all(clients.map((client, i) => client.until_events(expected(i))));
  await Promise.all(clients.map((client) => client.heartbeat()));

  const order = clients.at(-1).events().map(({ id }) => id);
  for (const s of senders) {
    assert.deepEqual(order.filter((id) => sender_of({ id }) === s), ids(s));
  }
  for (const [i, client] of clients.entries()) {
    const heard = client.events().map(({ id }) => id);
    assert.deepEqual(heard, order.filter((id) => sender_of({ id }) !== i));
  }
  await Promise.all(clients.map((client) => client.close()));
});

test("a sender's other socket receives what it sends", async (t) => {
  const server = await Server.for(t, { settings: { 'server.threads': '2' } });
  const [a, b] = await open_many(server, 2);
  await Promise.all([a.join(topic), b.join(topic)]);
  await a.push(topic, 'cloudevent', event_of('1'));
  await b.until_events(1);
  await b.push(topic, 'cloudevent', event_of('2'));
  assert.deepEqual(await a.until_events(1), [event_of('2')]);
  assert.deepEqual(b.events(), [event_of('1')]);
  await Promise.all([a.close(), b.close()]);
});

test('a client that does not read is reset, and nobody else waits', async (t) => {
  const server = await Server.for(t, {
    settings: { 'server.threads': '2', 'socket.queue_bytes_max': '2MiB' },
  });
  const [publisher, reader, sleeper] = await open_many(server, 3);
  await Promise.all([publisher, reader, sleeper].map((client) => client.join(topic)));
  sleeper.socket.pause();
  t.after(() => sleeper.socket.terminate());

  // More than the queue and the kernel's buffers of both sides hold.
  const total = 800;
  const data = 'x'.repeat(64 * 1024);
  for (let sent = 0; sent < total; sent += 8) {
    const burst = Array.from({ length: 8 }, (_, i) => event_of(`${sent + i}`, data));
    await Promise.all(burst.map((event) => publisher.push(topic, 'cloudevent', event)));
    await reader.until_events(sent + 8);
  }
  const heard = reader.events().map(({ id }) => Number(id));
  assert.deepEqual(heard, Array.from({ length: total }, (_, i) => i));

  sleeper.socket.on('error', () => {});
  sleeper.socket.resume();
  assert.equal(await sleeper.closed, 1006);
  assert.ok(sleeper.events().length < total);
  await Promise.all([publisher.close(), reader.close()]);
});
