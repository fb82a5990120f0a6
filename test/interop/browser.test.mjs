// What web pages do: phoenix.js in headless Chromium, from another origin than
// the server's.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';

import { test } from './bounded_test.mjs';
import { Browser } from './browser.mjs';
import { versions } from './phoenix_clients.mjs';
import { ConformanceServer, Server } from './server.mjs';

const transports = ['WebSocket', 'LongPoll'];

const lobby = 'events:lobby';
const event_of = (id, data = {}) => ({
  specversion: '1.0',
  type: 'com.example.x',
  id: String(id),
  source: '/browser',
  data,
});
const hostile_text = 'é😀\u2028\u0000\u007f"\\</script>';

let browser;
before(async () => {
  browser = await Browser.start();
});
after(() => browser.stop());

for (const transport of transports) {
  describe(`a page over ${transport}`, () => {
    const it = (what, body) => test(`a page over ${transport} ${what}`, body);

    async function visitor(t, server, options = {}) {
      const one = await browser.visitor(t, options);
      await one.connect(server.endpoint, { transport });
      return one;
    }

    async function visitors_in(topic, t, server, number) {
      const all = [];
      for (let i = 0; i < number; i += 1) {
        all.push(await visitor(t, server));
        await all[i].join(topic, {}, ['cloudevent', 'shout']);
      }
      return all;
    }

    it('joins, pushes and is answered', async (t) => {
      const server = await Server.for(t);
      const [ann] = await visitors_in(lobby, t, server, 1);
      assert.equal(await ann.transport(), transport);
      assert.deepEqual(await ann.publish(lobby, event_of(1)), { status: 'ok', response: {} });
      const pong = await ann.push(lobby, 'ping', {});
      assert.equal(pong.response.type, 'pong');
      const refused = await ann.publish(lobby, { type: 'no event' });
      assert.equal(refused.status, 'error');
      assert.equal(refused.response.reason, 'missing_required_fields');
      await assert.rejects(ann.join('nothing:here'), /unmatched topic/);
    });

    it('hears the other pages, and not itself', async (t) => {
      const server = await Server.for(t);
      const all = await visitors_in(lobby, t, server, 4);
      const events = all.map((_, i) => event_of(i, { text: hostile_text }));
      for (const [i, one] of all.entries()) await one.publish(lobby, events[i]);
      for (const [i, one] of all.entries()) {
        const others = events.filter((_, k) => k !== i);
        assert.deepEqual(await one.heard(lobby, 'cloudevent', others.length), others);
      }
    });

    it('hears many events in their order', async (t) => {
      const server = await Server.for(t);
      const [ann, ben] = await visitors_in(lobby, t, server, 2);
      const events = Array.from({ length: 300 }, (_, i) => event_of(i));
      await Promise.all(events.map((event) => ann.publish(lobby, event)));
      assert.deepEqual(await ben.heard(lobby, 'cloudevent', events.length), events);
    });

    it('sends and receives a long message', async (t) => {
      const server = await Server.for(t);
      const [ann, ben] = await visitors_in(lobby, t, server, 2);
      const event = event_of(1, 'é'.repeat(250_000));
      assert.equal((await ann.publish(lobby, event)).status, 'ok');
      assert.deepEqual(await ben.heard(lobby, 'cloudevent', 1), [event]);
    });

    it('leaves', async (t) => {
      const server = await Server.for(t);
      const [ann, ben] = await visitors_in(lobby, t, server, 2);
      await ben.join('events:other', {}, ['cloudevent']);
      await ben.leave(lobby);
      await ann.publish(lobby, event_of('late'));
      await ann.join('events:other');
      await ann.publish('events:other', event_of('marker'));
      await ben.heard('events:other', 'cloudevent', 1);
      assert.deepEqual(await ben.heard(lobby, 'cloudevent'), []);
    });

    it('comes back by itself after a restart of the server', async (t) => {
      let server = await Server.start();
      t.after(() => server.stop());
      const [ann, ben] = await visitors_in(lobby, t, server, 2);
      server = await server.restart();
      await Promise.all([ann.joined(lobby, 2), ben.joined(lobby, 2)]);
      assert.equal((await ann.publish(lobby, event_of(1))).status, 'ok');
      assert.deepEqual(await ben.heard(lobby, 'cloudevent', 1), [event_of(1)]);
    });

    it('is admitted by its origin alone', async (t) => {
      let server = await Server.start();
      t.after(() => server.stop());
      const stranger = await visitor(t, server, { host: 'localhost' });
      await stranger.failed();
      const origin = browser.origin('localhost');
      server = await server.restart({
        settings: { 'socket.check_origin': origin },
      });
      await stranger.join(lobby);
      assert.equal((await stranger.push(lobby, 'ping', {})).status, 'ok');

      const other = await visitor(t, server);
      await other.failed();
    });

    it('shouts to all of a C++ channel, itself included', async (t) => {
      const server = await ConformanceServer.for(t);
      const [ann, ben] = await visitors_in('echo:room', t, server, 2);
      const echo = await ann.push('echo:room', 'anything', { text: hostile_text });
      assert.deepEqual(echo, { status: 'ok', response: { text: hostile_text } });
      await ann.say('echo:room', 'shout', { a: 1 });
      for (const one of [ann, ben]) {
        assert.deepEqual(await one.heard('echo:room', 'shout', 1), [{ a: 1 }]);
      }
    });
  });
}

// phoenix.js 1.2 wants objects where every server since Phoenix 1.3 answers strings.
const polls = (version) => version !== '1.2';

for (const version of versions) {
  for (const transport of transports.filter((each) => each !== 'LongPoll' || polls(version))) {
    test(`phoenix.js ${version} in a page over ${transport} exchanges events`, async (t) => {
      const server = await Server.for(t);
      const [ann, ben] = [await browser.visitor(t, { version }), await browser.visitor(t)];
      await ann.connect(server.endpoint, { transport });
      await ben.connect(server.endpoint, { transport });
      await Promise.all([ann.join(lobby), ben.join(lobby)]);
      const events = Array.from({ length: 5 }, (_, i) => event_of(i, { text: hostile_text }));
      for (const event of events) assert.equal((await ann.publish(lobby, event)).status, 'ok');
      assert.deepEqual(await ben.heard(lobby, 'cloudevent', events.length), events);
      assert.equal((await ben.publish(lobby, event_of('back'))).status, 'ok');
      assert.deepEqual(await ann.heard(lobby, 'cloudevent', 1), [event_of('back')]);
    });
  }
}

test('a page over WebSocket sends and receives binary payloads', async (t) => {
  const server = await ConformanceServer.for(t);
  const topic = 'echo:room';
  const [ann, ben] = [await browser.visitor(t), await browser.visitor(t)];
  for (const one of [ann, ben]) {
    await one.connect(server.endpoint, { transport: 'WebSocket' });
    await one.join(topic, {}, ['shout']);
  }
  const every_byte = { binary: Array.from({ length: 256 }, (_, i) => i) };
  for (const payload of [every_byte, { binary: [] }]) {
    assert.deepEqual(await ann.push(topic, 'anything', payload), { status: 'ok', response: payload });
  }
  await ann.say(topic, 'shout', every_byte);
  for (const one of [ann, ben]) assert.deepEqual(await one.heard(topic, 'shout', 1), [every_byte]);
});

test('a page over LongPoll is told that a binary reply does not reach it', async (t) => {
  const server = await ConformanceServer.for(t);
  const topic = 'echo:room';
  const [ann, ben] = [await browser.visitor(t), await browser.visitor(t)];
  await ann.connect(server.endpoint, { transport: 'LongPoll' });
  await ben.connect(server.endpoint, { transport: 'WebSocket' });
  for (const one of [ann, ben]) await one.join(topic, {}, ['shout']);
  const payload = { binary: [0, 127, 128, 255] };
  const refused = { status: 'error', response: { reason: 'binary_not_supported' } };
  assert.deepEqual(await ann.push(topic, 'anything', payload), refused);
  // What it says itself arrives as bytes; what others say in bytes is left out.
  await ann.say(topic, 'shout', payload);
  assert.deepEqual(await ben.heard(topic, 'shout', 1), [payload]);
  await ben.say(topic, 'shout', { a: 1 });
  assert.deepEqual(await ann.heard(topic, 'shout', 1), [{ a: 1 }]);
});
