// The transport, by RFC 6455, as clients see it: good ones and bad ones.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe } from 'node:test';

import WebSocket from 'ws';

import { test } from './bounded_test.mjs';
import { frame, opcodes, RawSocket, upgrade_request } from './raw_socket.mjs';
import { Server } from './server.mjs';
import { WsClient } from './ws_client.mjs';

const heartbeat = (ref) => JSON.stringify([null, ref, 'phoenix', 'heartbeat', {}]);

function close_code({ opcode, data }) {
  assert.equal(opcode, opcodes.close);
  return data.readUInt16BE(0);
}

function answered_ref({ opcode, data }) {
  assert.equal(opcode, opcodes.text);
  return JSON.parse(data)[1];
}

async function get(port, path, headers = {}) {
  const sent = http.get({ host: '127.0.0.1', port, path, headers, agent: false });
  const [response] = await once(sent, 'response');
  const chunks = await response.toArray();
  return { status: response.statusCode, body: Buffer.concat(chunks).toString() };
}

/** The status of an upgrade with this Origin: 101, or the refusal. */
async function status_for_origin(server, origin) {
  const socket = new WebSocket(`${server.endpoint}/websocket?vsn=2.0.0`, { origin });
  const status = await new Promise((resolve) => {
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
  });
  socket.on('error', () => {});
  socket.terminate();
  return status;
}

describe('WebSocket', () => {
  let server;

  before(async () => {
    server = await Server.start({ settings: { 'socket.max_message_size': '1KiB' } });
  });
  after(() => server.stop());

  test('a message in the segment of the upgrade is not lost', async () => {
    const raw = await RawSocket.connect(server);
    const messages = ['a', 'b'].map((ref) => frame(opcodes.text, heartbeat(ref)));
    raw.write(upgrade_request, ...messages);
    const refs = (await raw.frames.count(2)).map(answered_ref);
    assert.equal(raw.status, 101);
    assert.deepEqual(refs, ['a', 'b']);
    await raw.destroy();
  });

  test('bytes may come one at a time', async () => {
    const raw = await RawSocket.connect(server);
    for (const byte of Buffer.from(upgrade_request)) raw.write([byte]);
    for (const byte of frame(opcodes.text, heartbeat('a'))) raw.write([byte]);
    assert.deepEqual((await raw.frames.count(1)).map(answered_ref), ['a']);
    await raw.destroy();
  });

  test('a message in fragments is one message, with a ping in between', async () => {
    const raw = await RawSocket.upgraded(server);
    const text = heartbeat('a');
    raw.write(
      frame(opcodes.text, text.slice(0, 5), { first: opcodes.text }),
      frame(opcodes.ping, 'p'),
      frame(opcodes.continuation, '', { first: opcodes.continuation }),
      frame(opcodes.continuation, text.slice(5)),
    );
    const [pong, reply] = await raw.frames.count(2);
    assert.deepEqual([pong.opcode, pong.data.toString()], [opcodes.pong, 'p']);
    assert.equal(answered_ref(reply), 'a');
    await raw.destroy();
  });

  test('a ping is answered with its bytes', async () => {
    const client = await WsClient.open(server.endpoint);
    client.socket.ping(Buffer.from([0, 255, 7]));
    const [data] = await once(client.socket, 'pong');
    assert.deepEqual([...data], [0, 255, 7]);
    await client.close();
  });

  test("a client's close is answered with its code", async () => {
    const client = await WsClient.open(server.endpoint);
    client.socket.close(4321, 'enough');
    assert.equal(await client.closed, 4321);
  });

  test('a message of the largest size is taken, one more byte closes with 1009', async () => {
    const client = await WsClient.open(server.endpoint);
    client.socket.send(heartbeat('a').padEnd(1024));
    assert.equal((await client.reply('a')).status, 'ok');
    client.socket.send(heartbeat('b').padEnd(1025));
    assert.equal(await client.closed, 1009);
  });

  test('fragments that are too large together close with 1009', async () => {
    const raw = await RawSocket.upgraded(server);
    raw.write(frame(opcodes.text, 'x'.repeat(1000), { first: opcodes.text }));
    raw.write(frame(opcodes.continuation, 'x'.repeat(1000)));
    assert.equal(close_code((await raw.frames.count(1))[0]), 1009);
    await raw.closed;
  });

  test('text that is no UTF-8 closes with 1007', async () => {
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0x5b, 0xe2, 0x82]]) {
      const raw = await RawSocket.upgraded(server);
      raw.write(frame(opcodes.text, bytes));
      assert.equal(close_code((await raw.frames.count(1))[0]), 1007);
      await raw.closed;
    }
  });

  const violations = {
    'an unmasked frame': frame(opcodes.text, heartbeat('a'), { mask: null }),
    'a reserved bit': frame(opcodes.text, heartbeat('a'), { first: 0xc1 }),
    'an unknown opcode': frame(3, 'x'),
    'an unknown control opcode': frame(11, 'x'),
    'a ping of 126 bytes': frame(opcodes.ping, 'x'.repeat(126)),
    'a ping in fragments': frame(opcodes.ping, 'x', { first: opcodes.ping }),
    'a continuation of nothing': frame(opcodes.continuation, 'x'),
    'a new message inside another': Buffer.concat([
      frame(opcodes.text, 'x', { first: opcodes.text }),
      frame(opcodes.text, 'x'),
    ]),
    'a close with one byte': frame(opcodes.close, 'x'),
    'a close with code 1005': frame(opcodes.close, [0x03, 0xed]),
  };
  for (const [name, bytes] of Object.entries(violations)) {
    test(`${name} closes with 1002`, async () => {
      const raw = await RawSocket.upgraded(server);
      raw.write(bytes);
      assert.equal(close_code((await raw.frames.count(1))[0]), 1002);
      await raw.closed;
    });
  }

  test('what is no frame of Phoenix closes with 1011', async () => {
    const client = await WsClient.open(server.endpoint);
    client.socket.send('no JSON');
    assert.equal(await client.closed, 1011);
  });

  test('sockets cut at any byte leave the server well', async () => {
    const whole = Buffer.concat([
      Buffer.from(upgrade_request),
      frame(opcodes.text, JSON.stringify(['1', '1', 'events:cut', 'phx_join', {}])),
      frame(opcodes.text, heartbeat('a')),
    ]);
    for (let bytes = 1; bytes < whole.length; bytes += 7) {
      const cut = await RawSocket.connect(server);
      cut.write(whole.subarray(0, bytes));
      cut.socket.end();
      await cut.closed;
    }
    assert.equal((await get(server.port, '/healthz')).status, 200);
  });

  test('requests that are no HTTP are refused, and the server lives', async () => {
    for (const junk of ['\0\x01\x02\r\n\r\n', 'GET\r\n\r\n', 'x'.repeat(100_000)]) {
      const raw = await RawSocket.connect(server);
      raw.write(junk);
      await raw.closed;
      assert.ok(raw.status === undefined || raw.status >= 400);
    }
    assert.equal((await get(server.port, '/healthz')).status, 200);
  });

  test('healthz says that all is well', async () => {
    assert.equal((await get(server.port, '/healthz')).status, 200);
  });

  test('an Origin of another host is refused, of the same or none is not', async () => {
    assert.equal(await status_for_origin(server, 'http://evil.example'), 403);
    assert.equal(await status_for_origin(server, 'http://127.0.0.1.evil.example'), 403);
    assert.equal(await status_for_origin(server, `http://${server.authority}`), 101);
    assert.equal(await status_for_origin(server, undefined), 101);
  });
});

test('an idle connection is closed with 1002, one that pings is not', async (t) => {
  const server = await Server.for(t, { settings: { 'socket.timeout': '300ms' } });
  const lively = await WsClient.open(server.endpoint);
  lively.socket.on('pong', () => lively.socket.ping());
  lively.socket.ping();
  const idle = await WsClient.open(server.endpoint);
  assert.equal(await idle.closed, 1002);
  assert.equal((await lively.heartbeat()).status, 'ok');
  await lively.close();
});

test('check_origin takes a list', async (t) => {
  const server = await Server.for(t, {
    settings: { 'socket.check_origin': 'https://app.example,//*.example.com' },
  });
  assert.equal(await status_for_origin(server, 'https://app.example'), 101);
  assert.equal(await status_for_origin(server, 'http://a.b.example.com'), 101);
  assert.equal(await status_for_origin(server, 'http://app.example'), 403);
  assert.equal(await status_for_origin(server, 'http://example.org'), 403);
  assert.equal(await status_for_origin(server, `http://${server.authority}`), 403);
});

test('check_origin = false takes any', async (t) => {
  const server = await Server.for(t, { settings: { 'socket.check_origin': 'false' } });
  assert.equal(await status_for_origin(server, 'http://evil.example'), 101);
});

test('IPv6 is listened on', async (t) => {
  const server = await Server.for(t, { listen: '[::1]:0' });
  const client = await WsClient.open(server.endpoint);
  assert.equal((await client.join('events:lobby')).status, 'ok');
  await client.close();
});

test('the socket is where the configuration puts it', async (t) => {
  const server = await Server.for(t, { settings: { 'socket.path': '/a/b' } });
  const client = await WsClient.open(`ws://${server.authority}/a/b`);
  assert.equal((await client.join('events:lobby')).status, 'ok');
  await client.close();
  assert.equal((await get(server.port, '/socket/websocket?vsn=2.0.0')).status, 404);
});

test('max_channels limits the topics of a socket', async (t) => {
  const server = await Server.for(t, { settings: { 'socket.max_channels': '2' } });
  const client = await WsClient.open(server.endpoint);
  assert.equal((await client.join('events:a')).status, 'ok');
  assert.equal((await client.join('events:b')).status, 'ok');
  const refused = await client.join('events:c');
  assert.deepEqual(refused.response, { reason: 'too many channels joined' });
  await client.close();
});

test('heartbeats come to each joined topic', async (t) => {
  const server = await Server.for(t, { settings: { 'events.heartbeat_interval': '100ms' } });
  const client = await WsClient.open(server.endpoint);
  await client.join('events:lobby');
  const is_beat = (message) => message[3] === 'heartbeat';
  const messages = await client.messages.when((all) => all.filter(is_beat).length >= 2);
  const [, , topic, , payload] = messages.find(is_beat);
  assert.equal(topic, 'events:lobby');
  assert.deepEqual(Object.keys(payload).sort(), ['server_time', 'timestamp', 'type']);
  assert.equal(payload.type, 'heartbeat');
  await client.close();
});
