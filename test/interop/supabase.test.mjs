// The RealtimeClient of @supabase/realtime-js, unmodified, with the `realtime:*`
// channel of conformance-server. It speaks V1 up to 2.78 and, as built upon
// phoenix.js, both wires since.
//
// Over V2 it sends a broadcast in a binary frame of its own (kind 3), which no
// Phoenix server knows: with `vsn: '1.0.0'` it sends JSON.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';

import WebSocket from 'ws';

import { Arrivals } from './arrivals.mjs';
import { test } from './bounded_test.mjs';
import { ConformanceServer, Server } from './server.mjs';

const v1 = { name: 'realtime-js 2.78', module: 'supabase-realtime-v1' };
const v2 = { name: 'realtime-js 2.119', module: 'supabase-realtime-v2' };
const v2_over_v1 = { ...v2, name: `${v2.name} over V1`, vsn: '1.0.0' };
const clients = [v1, v2_over_v1, v2];
const sends_json = [v1, v2_over_v1];

const soon = () => 20;

async function realtime_client(t, { module, vsn }, server, options = {}) {
  const { RealtimeClient } = await import(module);
  const client = new RealtimeClient(server.endpoint, {
    params: { apikey: 'any' },
    transport: WebSocket,
    reconnectAfterMs: soon,
    ...(vsn ? { vsn } : {}),
    ...options,
  });
  // Or its channels would try to rejoin for ever.
  t.after(() => client.removeAllChannels());
  return client;
}

/** A server for all tests of a suite: a client that outlives its server never ends. */
function server_of_suite(Program) {
  const shared = {};
  before(async () => {
    shared.server = await Program.start();
  });
  after(() => shared.server.stop());
  return shared;
}

/** A subscribed channel: what it told its subscriber, and the broadcasts that came. */
async function subscribe(client, name, config = {}) {
  const channel = client.channel(name, { config });
  const broadcasts = new Arrivals();
  const states = new Arrivals();
  channel.on('broadcast', { event: '*' }, (message) => broadcasts.add(message));
  channel.subscribe((state) => states.add(state));
  assert.deepEqual(await states.count(1), ['SUBSCRIBED']);
  return { channel, broadcasts, states };
}

const acked = { broadcast: { ack: true } };
const cursor = (x) => ({ type: 'broadcast', event: 'cursor', payload: { x, name: 'é😀' } });

for (const each of clients) {
  describe(each.name, () => {
    const at = server_of_suite(ConformanceServer);
    const it = (what, body) => test(`${each.name} ${what}`, body);

    it('connects, joins and is answered its heartbeats', async (t) => {
      const heartbeats = new Arrivals();
      const client = await realtime_client(t, each, at.server, {
        heartbeatCallback: (status) => heartbeats.add(status),
      });
      await subscribe(client, 'heartbeats');
      client.sendHeartbeat();
      await heartbeats.when((items) => items.includes('ok'));
      assert.ok(!heartbeats.items.includes('timeout'));
    });

    it('hears the broadcasts of others', async (t) => {
      const sender = await subscribe(await realtime_client(t, v1, at.server), 'hear', acked);
      const hearer = await subscribe(await realtime_client(t, each, at.server), 'hear');
      assert.equal(await sender.channel.send(cursor(1)), 'ok');
      assert.deepEqual(await hearer.broadcasts.count(1), [cursor(1)]);
      assert.deepEqual(sender.broadcasts.items, []);
    });

    if (sends_json.includes(each)) {
      it('broadcasts to others', async (t) => {
        const sender = await subscribe(await realtime_client(t, each, at.server), 'say', acked);
        const hearer = await subscribe(await realtime_client(t, v2, at.server), 'say');
        for (const x of [1, 2, 3]) assert.equal(await sender.channel.send(cursor(x)), 'ok');
        assert.deepEqual(await hearer.broadcasts.count(3), [1, 2, 3].map(cursor));
      });
    }

    it('is told that a push is refused, and stays', async (t) => {
      const client = await realtime_client(t, each, at.server);
      const { channel } = await subscribe(client, 'push');
      assert.equal(await channel.send({ type: 'nothing', event: 'x' }), 'error');
      assert.equal(await channel.send({ type: 'nothing', event: 'y' }), 'error');
      assert.ok(client.isConnected());
    });

    it('hands over a new access token and stays', async (t) => {
      const client = await realtime_client(t, each, at.server);
      const { channel, states } = await subscribe(client, 'token');
      await client.setAuth('another');
      assert.equal(await channel.send({ type: 'nothing', event: 'x' }), 'error');
      assert.deepEqual(states.items, ['SUBSCRIBED']);
    });

    it('leaves, and joins again', async (t) => {
      const client = await realtime_client(t, each, at.server);
      await subscribe(client, 'another, so that the client stays connected');
      const { channel, states } = await subscribe(client, 'leave');
      assert.equal(await channel.unsubscribe(), 'ok');
      await states.when((items) => items.includes('CLOSED'));
      const again = await subscribe(client, 'leave');
      assert.equal(await again.channel.send({ type: 'nothing', event: 'x' }), 'error');
    });

    it('comes back by itself after a restart of the server', async (t) => {
      const sender = await subscribe(await realtime_client(t, v1, at.server), 'restart', acked);
      const hearer = await subscribe(await realtime_client(t, each, at.server), 'restart');
      at.server = await at.server.restart();
      for (const { states } of [sender, hearer]) {
        await states.when((items) => items.filter((state) => state === 'SUBSCRIBED').length === 2);
      }
      assert.equal(await sender.channel.send(cursor(2)), 'ok');
      assert.deepEqual(await hearer.broadcasts.count(1), [cursor(2)]);
    });
  });

  describe(`${each.name} at the event channel`, () => {
    const at = server_of_suite(Server);

    test(`${each.name} is told that no channel serves its topics`, async (t) => {
      const client = await realtime_client(t, each, at.server);
      const failures = new Arrivals();
      client.channel('room').subscribe((state, error) => failures.add([state, error?.message]));
      const [[state, message]] = await failures.count(1);
      assert.equal(state, 'CHANNEL_ERROR');
      assert.match(message, /unmatched topic/);
    });

    test(`${each.name} exchanges events where its channel has the topic itself`, async (t) => {
      const { RealtimeChannel } = await import(each.module);
      const enter_lobby = async () => {
        const client = await realtime_client(t, each, at.server);
        const channel = new RealtimeChannel('events:lobby', { config: {} }, client);
        client.channels.push(channel);
        const events = new Arrivals();
        channel.on('cloudevent', {}, (event) => events.add(event));
        await new Promise((done) => channel.subscribe((state) => state === 'SUBSCRIBED' && done()));
        return { channel, events };
      };
      const [ann, ben] = [await enter_lobby(), await enter_lobby()];
      // The library takes `type` for the event's name, and pushes all of it.
      const event = { specversion: '1.0', type: 'cloudevent', id: '1', source: '/supabase' };
      assert.equal(await ann.channel.send(event), 'ok');
      assert.deepEqual(await ben.events.count(1), [event]);
    });
  });
}
