// Ten thousand connections in a hundred rooms: every delivery is counted.

import assert from 'node:assert/strict';

import { test } from './bounded_test.mjs';
import { Server } from './server.mjs';
import { event_of, WsClient } from './ws_client.mjs';

const connections = 10_000;
const rooms = 100;
const at_once = 100;
const ms_max = 240_000;

/** Calls `what` for each item, a hundred at a time. */
async function for_all(items, what) {
  for (let i = 0; i < items.length; i += at_once) {
    await Promise.all(items.slice(i, i + at_once).map((item, k) => what(item, i + k)));
  }
}

test('10,000 connections in 100 rooms receive what is theirs, once', async (t) => {
  const server = await Server.for(t, {
    settings: { 'server.threads': '2' },
  });
  const clients = [];
  const topic_of = (i) => `events:room-${i % rooms}`;
  await for_all(Array.from({ length: connections }), async (_, i) => {
    clients[i] = await WsClient.open(server.endpoint, { perMessageDeflate: false });
  });
  await for_all(clients, async (client, i) => {
    assert.equal((await client.join(topic_of(i))).status, 'ok');
  });

  // The first member of each room publishes, and the second: between the two,
  // each of the other 98 must have heard the one and then the other.
  for (const round of [0, 1]) {
    const publishers = clients.slice(round * rooms, (round + 1) * rooms);
    await for_all(publishers, async (client, i) => {
      const reply = await client.push(topic_of(i), 'cloudevent', event_of(`${round}-${i}`));
      assert.equal(reply.status, 'ok');
    });
  }
  const expected = (i) => {
    const room = i % rooms;
    const publisher_in = Math.floor(i / rooms);
    return [0, 1].filter((round) => round !== publisher_in).map((round) => `${round}-${room}`);
  };
  await for_all(clients, (client, i) => client.until_events(expected(i).length));
  await for_all(clients, (client) => client.heartbeat());

  let deliveries = 0;
  for (const [i, client] of clients.entries()) {
    const heard = client.events().map(({ id }) => id);
    assert.deepEqual(heard, expected(i));
    deliveries += heard.length;
  }
  assert.equal(deliveries, 2 * rooms * (connections / rooms - 1));

  await server.stop();
  for (const client of clients) assert.equal(await client.closed, 1012);
}, { ms_max });
