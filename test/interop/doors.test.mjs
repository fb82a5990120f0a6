// The program curl publishes in each mode of the CloudEvents HTTP binding, and whoever may
// receive events has them; and what is wrong with an event is told alike by every door.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';

import { test } from './bounded_test.mjs';
import { Sse, Stream, url_of } from './event_clients.mjs';
import { connect, disconnect, Room } from './phoenix_clients.mjs';
import { roost } from './roost.mjs';
import { Server } from './server.mjs';

const topic = 'events:doors';

/** The status and the answer to a POST of `body`. */
function curl(url, headers, body) {
  const options = ['--silent', '--show-error', '--max-time', '20', '--write-out', '\n%{http_code}'];
  const named = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  return new Promise((resolve, reject) => {
    const child = execFile(
      'curl',
      [...options, ...named, '--data-binary', '@-', `http://${url}`],
      (error, output) => {
        if (error) return reject(error);
        const [answer, status] = output.split('\n');
        resolve({ status: Number(status), answer: JSON.parse(answer) });
      },
    );
    child.stdin.end(body);
  });
}

/** Binary mode: attributes are headers, in UTF-8 behind percent signs. */
function binary_mode({ data, data_base64, datacontenttype, ...attributes }) {
  const headers = Object.entries(attributes).map(([name, value]) => [
    `ce-${name}`,
    encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%3A', ':'),
  ]);
  return [
    { ...Object.fromEntries(headers), 'content-type': datacontenttype },
    data_base64 === undefined ? JSON.stringify(data) : Buffer.from(data_base64, 'base64'),
  ];
}

/** For each mode: the headers and the body that say an event. */
const modes = {
  binary: binary_mode,
  structured: (event) => [
    { 'content-type': 'application/cloudevents+json; charset=utf-8' },
    JSON.stringify(event),
  ],
  batch: (event) => [
    { 'content-type': 'application/cloudevents-batch+json' },
    JSON.stringify([event]),
  ],
};

const event = (id, more = {}) => ({
  specversion: '1.0',
  id,
  source: '/shop/1',
  type: 'com.example.order',
  ...more,
});

const with_json = (id) =>
  event(id, {
    subject: '50% off "today", é😀',
    time: '2026-11-21T10:00:00.5Z',
    datacontenttype: 'application/json',
    tenant: 'a b',
    data: { text: 'é😀\u2028', n: 1.5, none: null, list: [{}] },
  });

const with_bytes = (id) =>
  event(id, { datacontenttype: 'image/png', data_base64: Buffer.from([0, 1, 254, 255]).toString('base64') });

async function phoenix_room(t, server) {
  const socket = await connect('1.8', server.endpoint);
  t.after(() => disconnect(socket));
  return Room.join(socket, topic);
}

test('what curl posts in any mode arrives once at each kind of receiver', async (t) => {
  const server = await Server.for(t, { settings: { 'server.threads': 2 } });
  const { authority, endpoint } = server;
  const room = await phoenix_room(t, server);
  const stream = await Stream.open(t, authority, topic);
  const page = await Sse.open(t, authority, topic);
  const sent = Object.keys(modes).flatMap((mode) => [with_json(`${mode}-json`), with_bytes(`${mode}-bytes`)]);
  // One more ends `roost listen`; by then whatever comes twice has come.
  const listener = roost(t, 'listen', topic, '--url', endpoint, '--count', `${sent.length + 1}`);
  await listener.until_said('listening to');

  for (const one of sent) {
    const [headers, body] = modes[one.id.split('-')[0]](one);
    assert.deepEqual(await curl(url_of(authority, topic), headers, body), {
      status: 202,
      answer: { accepted: 1 },
    });
  }
  const last = event('last');
  await curl(url_of(authority, topic), ...modes.structured(last));

  assert.equal(await listener.exited, 0, listener.complaints());
  const expected = [...sent, last];
  assert.deepEqual(listener.lines.map((line) => JSON.parse(line)), expected);
  assert.deepEqual(await stream.until('last'), expected);
  assert.deepEqual(await page.until('last'), expected);
  assert.deepEqual([...(await room.before('last')), last], expected);
});

test('every door tells alike what is wrong with an event', async (t) => {
  const server = await Server.for(t, { settings: { 'api.allow_loopback': 'true' } });
  const { authority, endpoint } = server;
  const bad = event('bad', { time: 'yesterday', datacontenttype: 'application/json', data: 1 });
  const room = await phoenix_room(t, server);
  const verdicts = {};

  for (const [name, mode] of Object.entries(modes)) {
    const { status, answer } = await curl(url_of(authority, topic), ...mode(bad));
    assert.equal(status, 400);
    verdicts[`curl, ${name} mode`] = answer;
  }
  const asked = JSON.stringify({ topic, event: bad });
  const api = await curl(`${authority}/api/publish`, { 'content-type': 'application/json' }, asked);
  assert.equal(api.status, 400);
  verdicts['server API'] = api.answer;

  const pushed = await room.publish(bad);
  assert.equal(pushed.status, 'error');
  verdicts['phoenix.js'] = pushed.response;

  const stream = await Stream.open(t, authority, topic);
  stream.publish(bad);
  const [rejected] = await stream.events.count(1);
  assert.equal(rejected.type, 'roost.event.rejected');
  verdicts['cloudevents.json'] = rejected.data;

  const publisher = roost(t, 'publish', topic, '--url', endpoint);
  publisher.write(JSON.stringify(bad));
  publisher.end();
  assert.equal(await publisher.exited, 1);
  verdicts['roost publish'] = JSON.parse(publisher.lines[0]).error;

  for (const [door, { reason }] of Object.entries(verdicts)) assert.equal(reason, 'invalid_time', door);
  // Those that may carry several events say of each what is wrong with it.
  const { 'curl, batch mode': _, 'server API': __, ...of_one } = verdicts;
  for (const [door, verdict] of Object.entries(of_one)) {
    assert.deepEqual(verdict, pushed.response, door);
    assert.deepEqual(verdict.errors.map(({ path }) => path), ['/time'], door);
  }
  assert.deepEqual(room.events.items, []);
});
