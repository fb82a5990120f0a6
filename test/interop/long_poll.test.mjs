// phoenix.js over long-polling, in Node: every version whose messages Phoenix 1.8
// speaks there (1.2 takes objects where it sends strings).

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';

import { test } from './bounded_test.mjs';
import { connect, disconnect, phoenix, Room, versions } from './phoenix_clients.mjs';
import { Proxy, Upgrades } from './proxy.mjs';
import { Server } from './server.mjs';
import { XMLHttpRequest } from './xhr.mjs';

// Where phoenix.js up to 1.5 looks for it; 1.8 takes fetch where there is none.
globalThis.self = globalThis.window = globalThis;
globalThis.XMLHttpRequest = XMLHttpRequest;

// Told to disconnect, old versions leave timers behind: none of them may keep
// this process alive.
const { setTimeout: set_timeout } = globalThis;
globalThis.setTimeout = (...args) => set_timeout(...args).unref();

const polled = versions.filter((version) => version !== '1.2');
const falls_back = ['1.7', '1.8']; // and sends in batches
// More than two batches; up to 1.6 each push is a request of its own.
const burst_of = (version) => (falls_back.includes(version) ? 250 : 40);

let last_id = 0;
const event_of = (type, data) => ({
  specversion: '1.0',
  id: String(++last_id),
  source: '/long-poll',
  type,
  data,
});

async function polling(version, endpoint, options = {}) {
  return connect(version, endpoint, { transport: (await phoenix(version)).LongPoll, ...options });
}

for (const version of polled) {
  describe(`phoenix.js ${version} that polls`, () => {
    let server;
    let alice;
    let bob;
    let topics = 0;
    const it = (what, body) => test(`phoenix.js ${version} that polls ${what}`, body);

    before(async () => {
      server = await Server.start();
      // A connect param named token is not the session's.
      alice = await polling(version, server.endpoint, { params: { token: 'mine' } });
      bob = await connect(version, server.endpoint);
    });
    after(async () => {
      await disconnect(alice, bob);
      XMLHttpRequest.abort_all();
      await server.stop();
    });

    async function meet() {
      const topic = `events:room-${++topics}`;
      return Promise.all([Room.join(alice, topic), Room.join(bob, topic)]);
    }

    it('exchanges events with who has a WebSocket', async () => {
      const [a, b] = await meet();
      const [question, answer] = [event_of('com.example.q', 'é😀'), event_of('com.example.a')];
      assert.deepEqual(await a.publish(question), { status: 'ok', response: {} });
      assert.deepEqual(await b.events.count(1), [question]);
      assert.deepEqual(await b.publish(answer), { status: 'ok', response: {} });
      assert.deepEqual(await a.events.count(1), [JSON.parse(JSON.stringify(answer))]);
    });

    it('keeps the order of a burst in both directions', async () => {
      const [a, b] = await meet();
      const burst = burst_of(version);
      const numbered = () =>
        Array.from({ length: burst }, (_, n) => event_of('com.example.n', n));
      const numbers = [...Array(burst).keys()];
      await Promise.all(numbered().map((event) => b.publish(event)));
      assert.deepEqual((await a.events.count(burst)).map(({ data }) => data), numbers);
      // Requests of their own overtake one another.
      await Promise.all(numbered().map((event) => a.publish(event)));
      const received = (await b.events.count(burst)).map(({ data }) => data);
      if (!falls_back.includes(version)) received.sort((x, y) => x - y);
      assert.deepEqual(received, numbers);
    });

    it('is told why an event is refused, and leaves', async () => {
      const [a, b] = await meet();
      const { status, response } = await a.publish({ type: 'no event' });
      assert.equal(status, 'error');
      assert.equal(response.reason, 'missing_required_fields');
      await a.leave();
      await Room.join(alice, `events:room-${++topics}`); // answered behind the leave
      await b.publish(event_of('com.example.late'));
      assert.deepEqual(a.events.items, []);
    });

    it('comes back by itself after a restart of the server', async () => {
      const [a, b] = await meet();
      server = await server.restart();
      await Promise.all([a.joins.count(2), b.joins.count(2)]);
      const event = event_of('com.example.again', 1);
      await b.publish(event);
      assert.deepEqual(await a.events.count(1), [event]);
    });
  });
}

for (const version of falls_back) {
  test(`phoenix.js ${version} polls where a proxy lets no WebSocket through`, async (t) => {
    const server = await Server.for(t);
    const proxy = await Proxy.for(t, server, Upgrades.refuse);
    const kept = new Map();
    const socket = await connect(version, proxy.endpoint, {
      longPollFallbackMs: 1000,
      sessionStorage: {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => kept.set(key, String(value)),
      },
    });
    t.after(() => disconnect(socket));
    const room = await Room.join(socket, 'events:lobby');
    assert.equal((await room.publish(event_of('com.example.x', 1))).status, 'ok');
    assert.ok(proxy.upgrades_asked > 0);
  });
}
