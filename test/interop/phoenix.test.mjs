// What users of phoenix.js do, with every version of it, and with events made
// by the official CloudEvents SDK.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';

import { CloudEvent } from 'cloudevents';

import { test } from './bounded_test.mjs';
import { connect, disconnect, phoenix, Room, versions } from './phoenix_clients.mjs';
import { Server } from './server.mjs';

const event_of = (type, more = {}) =>
  new CloudEvent({ type, source: '/interop', data: { type }, ...more }).toJSON();

// The SDK hands out `time` and undefined members; JSON has the last word.
const as_json = (value) => JSON.parse(JSON.stringify(value));

for (const version of versions) {
  describe(`phoenix.js ${version}`, () => {
    let server;
    let alice;
    let bob;
    let topics = 0;
    const it = (what, body) => test(`phoenix.js ${version} ${what}`, body);

    before(async () => {
      server = await Server.start();
      alice = await connect(version, server.endpoint);
      bob = await connect(version, server.endpoint);
    });
    after(async () => {
      await disconnect(alice, bob);
      await server.stop();
    });

    /** Both in a room of their own. */
    async function meet(payload_of_bob = {}) {
      const topic = `events:room-${++topics}`;
      const rooms = [Room.join(alice, topic), Room.join(bob, topic, payload_of_bob)];
      return Promise.all(rooms);
    }

    /** Publishes by `room` an event that `other` waits for; resolves with what came before it. */
    async function before_marker(room, other) {
      const marker = event_of('com.example.marker');
      assert.equal((await room.publish(marker)).status, 'ok');
      return other.before(marker.id);
    }

    it('exchanges events of the SDK', async () => {
      const [a, b] = await meet();
      const events = [
        event_of('com.example.plain'),
        event_of('com.example.text', { data: 'é😀\u2028', datacontenttype: 'text/plain' }),
        event_of('com.example.bytes', { data: new Uint8Array([0, 1, 254, 255]) }),
        event_of('com.example.full', { subject: 's', dataschema: 'urn:x', ext1: 7, ext2: true }),
        event_of('com.example.empty', { data: undefined }),
      ];
      for (const event of events) {
        assert.deepEqual(await a.publish(event), { status: 'ok', response: {} });
      }
      const received = await b.events.count(events.length);
      assert.deepEqual(received, events.map(as_json));
      for (const event of received) assert.ok(new CloudEvent(event).validate());
    });

    it('hears the events of others and not its own', async () => {
      const [a, b] = await meet();
      const own = event_of('com.example.own');
      assert.equal((await a.publish(own)).status, 'ok');
      assert.deepEqual(await b.before(own.id), []);
      assert.deepEqual(await before_marker(b, a), []);
    });

    it('filters by wildcard', async () => {
      const [a, b] = await meet();
      const wanted = { event_types: ['com.example.*', 'com.example.marker'] };
      const reply = await b.push('subscribe', wanted);
      assert.deepEqual(reply, { status: 'ok', response: { subscribed: wanted.event_types } });
      await a.publish(event_of('org.example.x'));
      const hit = event_of('com.example.x.y');
      await a.publish(hit);
      assert.deepEqual(await before_marker(a, b), [as_json(hit)]);

      const again = await b.push('unsubscribe', wanted);
      assert.deepEqual(again, { status: 'ok', response: { unsubscribed: wanted.event_types } });
      const other = event_of('org.example.y');
      await a.publish(other);
      await b.before(other.id);
    });

    it('filters from the join on', async () => {
      const [a, b] = await meet({ event_types: ['com.example.marker'] });
      await a.publish(event_of('org.example.x'));
      assert.deepEqual(await before_marker(a, b), []);
    });

    it('is told why an event is refused', async () => {
      const [a, b] = await meet();
      const { id, ...bad } = event_of('com.example.bad');
      const { status, response } = await a.publish(bad);
      assert.equal(status, 'error');
      assert.equal(response.reason, 'missing_required_fields');
      assert.equal(response.message, 'Missing required fields: id');
      assert.ok(response.errors.length > 0);
      assert.deepEqual(await a.errors.count(1), [response]);
      assert.deepEqual(await before_marker(a, b), []);
    });

    it('is refused a topic with the reason', async () => {
      await assert.rejects(Room.join(alice, 'events:'), { message: 'invalid_topic' });
      await assert.rejects(Room.join(alice, 'nothing:here'), { message: 'unmatched topic' });
    });

    it('leaves', async () => {
      const [a, b] = await meet();
      await b.leave();
      // phoenix.js answers a leave by itself; this join's answer comes behind the server's.
      const elsewhere = await Room.join(bob, 'events:lobby');
      const heard = [];
      bob.onMessage(({ topic, event }) => heard.push(`${event} on ${topic}`));
      await a.publish(event_of('com.example.late'));
      await before_marker(await Room.join(alice, 'events:lobby'), elsewhere);
      assert.ok(heard.includes('cloudevent on events:lobby'));
      assert.ok(!heard.includes(`cloudevent on ${a.channel.topic}`));
      assert.deepEqual(b.events.items, []);
    });

    it('is answered a ping', async () => {
      const [a] = await meet();
      const { status, response } = await a.push('ping', {});
      assert.equal(status, 'ok');
      assert.equal(response.type, 'pong');
      assert.ok(Number.isInteger(response.server_time));
    });

    it('comes back by itself after a restart of the server', async () => {
      const [a, b] = await meet({ event_types: ['com.example.marker'] });
      server = await server.restart();
      await Promise.all([a.joins.count(2), b.joins.count(2)]);
      await a.publish(event_of('org.example.x'));
      assert.deepEqual(await before_marker(a, b), []);
      await b.push('unsubscribe', { event_types: ['com.example.marker'] });
      assert.deepEqual(await before_marker(b, a), []);
    });
  });
}

test('clients of every version, and of both wires, meet in one room', async (t) => {
  const server = await Server.for(t);
  const sockets = await Promise.all(versions.map((version) => connect(version, server.endpoint)));
  t.after(() => disconnect(...sockets));
  const rooms = await Promise.all(sockets.map((socket) => Room.join(socket, 'events:lobby')));
  const events = rooms.map((_, i) => event_of(`com.example.v${i}`));
  for (const [i, room] of rooms.entries()) await room.publish(events[i]);
  for (const [i, room] of rooms.entries()) {
    const others = events.filter((_, k) => k !== i).map(as_json);
    assert.deepEqual(await room.events.count(others.length), others);
  }
});

test('phoenix.js 1.8 hands over its authToken in the subprotocol', async (t) => {
  const server = await Server.for(t);
  const socket = await connect('1.8', server.endpoint, { authToken: 'secret' });
  t.after(() => disconnect(socket));
  await Room.join(socket, 'events:lobby');
  assert.equal(socket.conn.protocol, 'phoenix');
});

test('phoenix.js 1.8 exchanges events by long-polling, without a browser', async (t) => {
  const server = await Server.for(t);
  const { LongPoll } = await phoenix('1.8');
  const polling = await connect('1.8', server.endpoint, { transport: LongPoll });
  const other = await connect('1.8', server.endpoint);
  t.after(() => disconnect(polling, other));
  const [a, b] = [await Room.join(polling, 'events:lobby'), await Room.join(other, 'events:lobby')];
  const [there, back] = [event_of('com.example.there'), event_of('com.example.back')];
  assert.equal((await a.publish(there)).status, 'ok');
  assert.deepEqual(await b.events.count(1), [as_json(there)]);
  assert.equal((await b.publish(back)).status, 'ok');
  assert.deepEqual(await a.events.count(1), [as_json(back)]);
});
