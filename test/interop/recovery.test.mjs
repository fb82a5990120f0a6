// What a client missed while its connection was cut, it gets when it is back: with the
// unmodified phoenix.js and tools/client/recover.mjs.

import assert from 'node:assert/strict';
import { setImmediate as next_turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { recovering } from '../../tools/client/recover.mjs';
import { test } from './bounded_test.mjs';
import { connect, disconnect } from './phoenix_clients.mjs';
import { Proxy } from './proxy.mjs';
import { Server } from './server.mjs';

const versions = ['1.4', '1.5', '1.6', '1.7', '1.8'];
const topic = 'events:history';
const rounds = 12;
const events_a_round = 25;

const config = fileURLToPath(new URL('recovery.toml', import.meta.url));

const event = (id) => ({ specversion: '1.0', source: '/test', type: 'com.example.n', id: `${id}` });

/** A member of the topic that notes the ids it got. */
async function member(t, version, endpoint, options = {}) {
  const socket = await connect(version, endpoint, { timeout: 500 });
  t.after(() => disconnect(socket));
  const ids = [];
  const gaps = [];
  let wake = () => {};
  const one = recovering(socket, topic, {
    on_event: ({ id }) => (ids.push(id), wake()),
    on_gap: ({ reason }) => gaps.push(reason),
    ...options,
  });
  await new Promise((joined, failed) => one.joined.receive('ok', joined).receive('error', failed));
  const until = async (count) => {
    while (ids.length < count) await new Promise((woken) => (wake = woken));
  };
  return { ...one, ids, gaps, until };
}

for (const version of versions) {
  test(`phoenix.js ${version} gets every event once and in order, however often it is cut off`, async (t) => {
    const server = await Server.for(t, { config });
    const proxy = await Proxy.for(t, server);
    const sender = await member(t, version, server.endpoint);
    const receivers = await Promise.all(
      Array.from({ length: 4 }, () => member(t, version, proxy.endpoint)),
    );
    const expected = [];
    for (let round = 0; round < rounds; round += 1) {
      const sent = [];
      for (let i = 0; i < events_a_round; i += 1) {
        expected.push(`${expected.length}`);
        sent.push(sender.publish(event(expected.at(-1))));
        if (i === events_a_round / 5) proxy.cut();
        if (i % 5 === 0) await next_turn();
      }
      await Promise.all(sent);
    }
    for (const { until, ids, gaps } of receivers) {
      await until(expected.length);
      assert.deepEqual(ids, expected);
      assert.deepEqual(gaps, []);
    }
  });

  test(`phoenix.js ${version} publishes until it is answered, and nothing twice`, async (t) => {
    const server = await Server.for(t, { config });
    const proxy = await Proxy.for(t, server);
    const receiver = await member(t, version, server.endpoint);
    const sender = await member(t, version, proxy.endpoint);
    const offsets = [];
    for (let i = 0; i < 10; i += 1) {
      const published = sender.publish(event(i));
      if (i % 3 === 0) proxy.cut();
      offsets.push((await published).offset);
    }
    await receiver.until(10);
    assert.deepEqual(receiver.ids, Array.from({ length: 10 }, (_, i) => `${i}`));
    assert.deepEqual(offsets, Array.from({ length: 10 }, (_, i) => i + 1));
    assert.deepEqual(sender.ids, []);
  });
}

test('a publish without an answer ends with its channel', async (t) => {
  const server = await Server.for(t, { config });
  const proxy = await Proxy.for(t, server);
  const sender = await member(t, '1.8', proxy.endpoint);
  proxy.stop();
  const published = sender.publish(event(1));
  sender.channel.leave();
  await assert.rejects(published, { reason: 'left' });
});

test('a client is told that what it missed went with the server', async (t) => {
  let server = await Server.start({ config });
  t.after(() => server.stop());
  let one;
  const gap = new Promise((resolve, reject) => {
    one = member(t, '1.8', server.endpoint, { on_gap: resolve });
    one.catch(reject);
  });
  await (await one).publish(event(1));
  server = await server.restart({ config });
  assert.equal((await gap).reason, 'unknown_epoch');
});

/** recovering() on a channel whose messages the test makes up. */
function by_hand(on_event = () => {}) {
  const heard = {};
  const channel = {
    state: 'joined',
    on: (event, hear) => (heard[event] = hear),
    join: () => ({ receive: (_, joins) => (heard.joined = joins) }),
  };
  let params;
  recovering({ channel: (_, given) => ((params = given), channel) }, topic, { on_event });
  const brings = (offset) => heard.cloudevent({ ...event(offset), roostoffset: `${offset}` });
  return { heard, brings, params: () => params() };
}

test('a client never goes back, also where an event that it missed was dropped on the way', () => {
  const ids = [];
  const { heard, brings, params } = by_hand(({ id }) => ids.push(id));
  heard.joined({ recovered: false, epoch: 'e', offset: 0, member: 'm' });
  heard.joined({ recovered: true, epoch: 'e', offset: 4, events: 3, member: 'n' });
  brings(1);
  brings(3); // the other one has expired while it waited
  assert.deepEqual(params().recover, { epoch: 'e', offset: 3 });
  brings(7);
  assert.deepEqual(params().recover, { epoch: 'e', offset: 7 });
  assert.deepEqual(ids, ['1', '3', '7']);
});

test('a client that has all that it missed has come as far as the topic', () => {
  const { heard, brings, params } = by_hand();
  heard.joined({ recovered: false, epoch: 'e', offset: 0, member: 'm' });
  heard.joined({ recovered: true, epoch: 'e', offset: 9, events: 2, member: 'n' });
  brings(2);
  brings(5);
  assert.deepEqual(params(), { offsets: true, recover: { epoch: 'e', offset: 9 }, exclude: 'n' });
});

test('a client goes on with a heartbeat where it wants none of the events', () => {
  const { heard, brings, params } = by_hand();
  heard.joined({ recovered: false, epoch: 'e', offset: 4, member: 'm' });
  heard.heartbeat({ type: 'heartbeat' });
  assert.deepEqual(params().recover, { epoch: 'e', offset: 4 });
  heard.heartbeat({ type: 'heartbeat', epoch: 'e', offset: 9 });
  assert.deepEqual(params().recover, { epoch: 'e', offset: 9 });
  brings(10);
  assert.deepEqual(params().recover, { epoch: 'e', offset: 10 });
});
