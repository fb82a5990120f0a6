// The official CloudEvents SDK publishes by HTTP, in each mode; phoenix.js receives.

import assert from 'node:assert/strict';

import { CloudEvent, emitterFor, Mode } from 'cloudevents';

import { test } from './bounded_test.mjs';
import { connect, disconnect, Room } from './phoenix_clients.mjs';
import { Server } from './server.mjs';

const topic = 'events:orders';

/** A server, and phoenix.js in the topic. */
async function start(t) {
  const server = await Server.for(t, { settings: { 'server.threads': '2' } });
  const socket = await connect('1.8', server.endpoint);
  t.after(() => disconnect(socket));
  const room = await Room.join(socket, topic);
  return { url: `http://${server.authority}/api/topics/${topic}/events`, room };
}

/** The SDK's transport: what it made of an event, sent by fetch. */
const posting = (url) => async ({ headers, body }) => {
  const strings = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  const response = await fetch(url, { method: 'POST', headers: Object.fromEntries(strings), body });
  return { status: response.status, answer: await response.json() };
};

const as_json = (value) => JSON.parse(JSON.stringify(value));

const order = (more = {}) =>
  new CloudEvent({
    type: 'com.example.order',
    source: '/shop?x=1',
    subject: '50% off "today"',
    data: { text: 'é😀\u2028', n: 1.5 },
    ...more,
  });

test("the SDK's structured emitter reaches phoenix.js", async (t) => {
  const { url, room } = await start(t);
  const emit = emitterFor(posting(url), { mode: Mode.STRUCTURED });
  const events = [order(), order({ data: new Uint8Array([0, 1, 254, 255]), ext1: 7, ext2: true })];
  for (const event of events)
    assert.deepEqual(await emit(event), { status: 202, answer: { accepted: 1 } });
  assert.deepEqual(await room.events.count(2), as_json(events));
});

test("the SDK's binary emitter reaches phoenix.js", async (t) => {
  const { url, room } = await start(t);
  const emit = emitterFor(posting(url));
  const json = order();
  const bytes = order({ data: new Uint8Array([0, 1, 254, 255]), datacontenttype: 'image/png' });
  const none = order({ data: undefined });
  for (const event of [json, bytes, none])
    assert.deepEqual(await emit(event), { status: 202, answer: { accepted: 1 } });
  const heard = await room.events.count(3);
  // The SDK names a content type of its own where the event has none.
  const datacontenttype = 'application/json; charset=utf-8';
  assert.deepEqual(heard[0], { ...as_json(json), datacontenttype });
  assert.deepEqual(heard[1], as_json(bytes));
  assert.equal(heard[1].data_base64, 'AAH+/w==');
  assert.deepEqual(heard[2], { ...as_json(none), datacontenttype });
});

test('a batch of the SDK reaches phoenix.js whole, or not at all', async (t) => {
  const { url, room } = await start(t);
  // The SDK reads batches and emits none: its structured events make one.
  const post = posting(url);
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  const events = [order(), order(), order()];
  const bad = { ...as_json(order()), source: '' };
  const refused = await post({ headers, body: JSON.stringify([events[0], bad]) });
  assert.equal(refused.status, 400);
  assert.equal(refused.answer.reason, 'invalid_source');
  assert.deepEqual(
    refused.answer.errors.map(({ index, id, reason }) => ({ index, id, reason })),
    [{ index: 1, id: bad.id, reason: 'invalid_source' }],
  );
  const accepted = await post({ headers, body: JSON.stringify(events) });
  assert.deepEqual(accepted, { status: 202, answer: { accepted: 3 } });
  assert.deepEqual(await room.events.count(3), as_json(events));
  const alone = await post({
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(bad),
  });
  assert.deepEqual(await room.publish(bad), { status: 'error', response: alone.answer });
});
