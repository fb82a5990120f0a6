// Attacks by connections: how they begin, how slowly they speak or read, and how
// many of them come and go.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { event_of, WsClient } from '../interop/ws_client.mjs';
import { frame, heartbeat, opcodes, Peer, text, upgrade_request } from './peer.mjs';

const mib = 1 << 20;
const many = (count, make) => Promise.all(Array.from({ length: count }, (_, i) => make(i)));

async function half_open({ server, size }) {
  const count = size({ long: 6000, short: 600 });
  const head = `${upgrade_request.slice(0, -4)}\r\nX-Padding: ${'x'.repeat(15_000)}`;
  const beginnings = ['', 'GET /socket/webs', head];
  const peers = await many(count, async (i) => {
    const peer = await Peer.connect(server);
    await peer.say(beginnings[i % 3]);
    return peer;
  });
  // Who says nothing, or half of a request, has 10 s.
  await Promise.all(peers.map((peer) => peer.closed));
  return `${count} connections that never finish their request's head: all cut off`;
}

/** A byte at a time, until it is said or the connection is gone. */
async function dribble(peer, bytes, pause_ms) {
  for (const byte of bytes) {
    if (!(await peer.say(Buffer.of(byte)))) return;
    await sleep(pause_ms);
  }
}

async function slow_writers({ server, size }) {
  const count = size({ long: 1000, short: 60 });
  const head = Buffer.from(upgrade_request.replace('\r\n\r\n', `\r\nX: ${'x'.repeat(4000)}`));
  const post = [
    'POST /socket/longpoll?vsn=2.0.0 HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/x-ndjson',
    'Content-Length: 60000',
    '\r\n',
  ].join('\r\n');
  const slow_head = async () => {
    const peer = await Peer.connect(server);
    dribble(peer, head, 200);
    await peer.closed;
  };
  const slow_body = async () => {
    const peer = await Peer.connect(server);
    await peer.say(post);
    dribble(peer, Buffer.alloc(60_000, 0x20), 200);
    await peer.closed;
  };
  // Slow, but it speaks: it is heard to its end.
  const slow_frame = async () => {
    const peer = await Peer.upgraded(server);
    await dribble(peer, heartbeat(), 50);
    await peer.until(() => peer.texts === 1);
    assert.equal(peer.texts, 1, 'a frame that comes byte by byte is answered');
    await peer.reset();
  };
  const kinds = [slow_head, slow_body, slow_frame];
  await many(count, (i) => kinds[i % 3]());
  return `${count} heads, bodies and frames byte by byte: heads and bodies cut off, frames answered`;
}

/** Resolves when all of them are cut off by the server. */
async function slow_readers({ server, size, gauge }) {
  const count = size({ long: 100, short: 10 });
  const before = gauge.descriptors();
  const readers = await many(count, async () => {
    const peer = await Peer.upgraded(server);
    await peer.say(text('["1","1","events:flood","phx_join",{}]'));
    await peer.until(() => peer.texts === 1);
    peer.socket.pause();
    return peer;
  });
  const publisher = await WsClient.open(server.endpoint);
  await publisher.join('events:flood');
  const data = 'x'.repeat(256 * 1024);
  let sent = 0;
  // Each reader's share: what the kernel holds for it, then socket.queue_bytes_max.
  for (; gauge.descriptors() > before + 1; ++sent) {
    assert.ok(sent < 400, 'who does not read is cut off');
    await publisher.push('events:flood', 'cloudevent', event_of(`${sent}`, data));
  }
  await publisher.close();
  await Promise.all(readers.map((peer) => peer.reset()));
  return `${count} members that do not read ${sent} events of 256 KiB: all reset`;
}

async function slow_askers({ server, size }) {
  const count = size({ long: 30, short: 5 });
  // Each is owed replies of its own, of a KiB each.
  const asked = heartbeat('r'.repeat(1000));
  const handful = Buffer.concat(Array(64).fill(asked));
  await many(count, async () => {
    const peer = await Peer.upgraded(server);
    peer.socket.pause();
    for (let i = 0; i < 4000; ++i) if (!(await peer.say(handful))) return;
    assert.fail('who does not read its replies is cut off');
  });
  return `${count} clients that ask and do not read the answers: all reset`;
}

async function unfinished({ server, size }) {
  const count = size({ long: 1000, short: 100 });
  const piece = frame(opcodes.text, Buffer.alloc(1_000_000, 0x20), { is_final: false });
  const peers = await many(count, async () => {
    const peer = await Peer.upgraded(server);
    await peer.say(piece);
    // The server has read what stood before the ping.
    await peer.say(frame(opcodes.ping, ''));
    await peer.until(() => peer.pongs === 1 || peer.close_code !== undefined);
    return peer;
  });
  const refused = peers.filter((peer) => peer.pongs === 0);
  await Promise.all(peers.map((peer) => peer.reset()));
  assert.ok(refused.length >= count - 40, `${refused.length} of ${count} are refused`);
  assert.deepEqual([...new Set(refused.map((peer) => peer.close_code))], [1013]);
  return `${count} messages of 1 MB left unfinished: ${refused.length} closed with 1013`;
}

async function churn({ server, size, gauge }) {
  const seconds = size({ long: 60, short: 3 });
  const per_second = 1000;
  const before = gauge.rss_bytes();
  const upgraded = async (address) => {
    const peer = await Peer.connect(server, { address });
    peer.socket.write(upgrade_request);
    return peer;
  };
  const kinds = [
    // Comes, and goes.
    async (address) => (await Peer.connect(server, { address })).reset(),
    async (address) => {
      const peer = await Peer.connect(server, { address });
      await peer.say('GET /healthz HTT');
      return peer.reset();
    },
    async (address) => {
      const peer = await upgraded(address);
      await peer.until(() => peer.status !== undefined);
      return peer.reset();
    },
    async (address, i) => {
      const peer = await upgraded(address);
      await peer.say(text(`["1","1","events:churn-${i % 5000}","phx_join",{}]`));
      await peer.until(() => peer.texts === 1);
      assert.equal(peer.texts, 1);
      return peer.reset();
    },
  ];
  const began = performance.now();
  const under_way = new Set();
  const total = seconds * per_second;
  for (let i = 0; i < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * per_second) + 1);
    for (; i < due && under_way.size < 2000; ++i) {
      const one = kinds[i % kinds.length](`127.0.0.${2 + (i % 20)}`, i);
      under_way.add(one);
      one.finally(() => under_way.delete(one)).catch(() => {});
    }
    await sleep(5);
  }
  await Promise.all(under_way);
  const rate = Math.round(total / ((performance.now() - began) / 1000));
  return `${total} connections at ${rate} a second; RSS after: ${((gauge.rss_bytes() - before) / mib).toFixed(1)} MiB more`;
}

export const connection_attacks = [
  { name: 'half_open', run: half_open, bytes_max: 8 * mib, bytes_more: { long: 6000 * 24 * 1024, short: 600 * 24 * 1024 } },
  {
    name: 'slow_writers',
    run: slow_writers,
    settings: { 'socket.timeout': '10s' },
    bytes_max: 32 * mib,
  },
  // One queue's worth: an event is in memory once, however many wait for it.
  { name: 'slow_readers', run: slow_readers, bytes_max: 64 * mib },
  { name: 'slow_askers', run: slow_askers, bytes_max: 0, bytes_more: { long: 30 * 5 * mib, short: 5 * 5 * mib } },
  // With what the kernel hands over at once, and what is counted for nobody.
  {
    name: 'unfinished',
    run: unfinished,
    settings: { 'socket.unfinished_bytes_max': '32MiB' },
    bytes_max: 48 * mib,
    bytes_more: { long: 1000 * 16 * 1024, short: 100 * 16 * 1024 },
  },
  { name: 'churn', run: churn, bytes_max: 32 * mib },
];
