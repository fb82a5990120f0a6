// Attacks by what one connection says: frames, and the messages in them.

import assert from 'node:assert/strict';

import { event_of, WsClient } from '../interop/ws_client.mjs';
import { frame, heartbeat, opcodes, Peer, text } from './peer.mjs';

const message_bytes_max = 1 << 20; // socket.max_message_size

/** `piece` so often that TCP gets it in handfuls. */
async function say_times(peer, piece, times) {
  const handful = Math.max(1, Math.min(times, Math.ceil(65536 / piece.length)));
  const bytes = Buffer.alloc(handful * piece.length, piece);
  let left = times;
  for (; left >= handful; left -= handful) if (!(await peer.say(bytes))) return false;
  return peer.say(bytes.subarray(0, left * piece.length));
}

async function fragments({ server, size }) {
  const count = size({ long: 1_000_000, short: 100_000 });
  const peer = await Peer.upgraded(server);
  // A heartbeat, and white space behind it: a message of `count` bytes in as many frames.
  const start = frame(opcodes.text, '[null,"1","phoenix","heartbeat",{}]', { is_final: false });
  const space = frame(opcodes.continuation, ' ', { is_final: false });
  const nothing = frame(opcodes.continuation, '', { is_final: false });
  const last = frame(opcodes.continuation, ' ');
  for (const fragment of [space, nothing]) {
    await peer.say(start);
    await say_times(peer, fragment, count);
    await peer.say(last);
  }
  await peer.until(() => peer.texts === 2);
  assert.equal(peer.texts, 2, `both messages are answered, not closed with ${peer.close_code}`);
  await peer.reset();
  return `${2 * count} fragments of two messages, which are answered`;
}

async function continuation({ server, size }) {
  const piece = frame(opcodes.continuation, Buffer.alloc(16 * 1024, 0x20), { is_final: false });
  const endless = async () => {
    const peer = await Peer.upgraded(server);
    await peer.say(frame(opcodes.text, '', { is_final: false }));
    // Far beyond what TCP holds between the two.
    while (peer.close_code === undefined && (await peer.say(piece)));
    const code = await peer.ending();
    await peer.reset();
    return code;
  };
  const count = size({ long: 1000, short: 50 });
  for (let i = 0; i < count; i += 10) {
    const codes = await Promise.all(Array.from({ length: 10 }, endless));
    // Who goes on sending may have the close thrown away by TCP.
    assert.ok(codes.every((code) => code === 1009 || code === 'reset'), `${codes}`);
  }
  return `${count} messages without end, 10 at a time: closed with 1009`;
}

async function pings({ server, size }) {
  const count = size({ long: 1_000_000, short: 50_000 });
  const ping = frame(opcodes.ping, 'x'.repeat(125));
  const reader = await Peer.upgraded(server);
  await say_times(reader, ping, count);
  await reader.until(() => reader.pongs === count);
  assert.equal(reader.pongs, count);
  // And one who does not want the answers.
  const sleeper = await Peer.upgraded(server);
  sleeper.socket.pause();
  const goes_on = await say_times(sleeper, ping, 1_000_000);
  assert.ok(!goes_on, 'a client that does not read its pongs is cut off');
  await reader.reset();
  return `${count} pings answered; who does not read is reset`;
}

async function refs({ server, size }) {
  const count = size({ long: 10_000, short: 200 });
  const reader = await Peer.upgraded(server);
  const longest = 'r'.repeat(1024 - 2);
  await say_times(reader, heartbeat(longest), count);
  await reader.until(() => reader.texts === count);
  assert.equal(reader.texts, count);
  await reader.reset();
  const giants = ['r'.repeat(1024 - 1), 'r'.repeat(1_000_000), `[${'1,'.repeat(400_000)}1]`];
  const codes = [];
  for (let i = 0; i < count / 100; ++i) {
    for (const giant of giants) {
      const ref = giant.startsWith('[') ? giant : `"${giant}"`;
      for (const refs of [`null,${ref}`, `${ref},"1"`]) {
        const peer = await Peer.upgraded(server);
        await peer.say(text(`[${refs},"phoenix","heartbeat",{}]`));
        codes.push(await peer.ending());
        await peer.reset();
      }
    }
  }
  assert.deepEqual([...new Set(codes)], [1011]);
  return `${count} refs of 1,024 bytes echoed, ${codes.length} longer ones closed with 1011`;
}

const nested = (levels, open, close) => open.repeat(levels) + '1' + close.repeat(levels);

async function deep_json({ server, size }) {
  const rounds = size({ long: 200, short: 5 });
  const peer = await Peer.upgraded(server);
  await peer.say(heartbeat('1', nested(128, '[', ']')));
  await peer.until(() => peer.texts === 1);
  assert.equal(peer.texts, 1, '128 levels are taken');
  await peer.reset();
  const bombs = [
    nested(129, '[', ']'),
    nested(129, '{"a":', '}'),
    nested(500_000, '[', ']'),
    nested(150_000, '{"a":', '}'),
    '['.repeat(1_000_000),
    '[{"":'.repeat(200_000),
  ];
  const codes = [];
  for (let i = 0; i < rounds; ++i) {
    for (const bomb of bombs) {
      const sender = await Peer.upgraded(server);
      await sender.say(heartbeat('1', bomb));
      codes.push(await sender.ending());
      await sender.reset();
    }
  }
  assert.deepEqual([...new Set(codes)], [1011]);
  return `128 levels taken, ${codes.length} deeper ones closed with 1011`;
}

async function unjoined({ server, size }) {
  const count = size({ long: 1_000_000, short: 50_000 });
  const peers = await Promise.all(Array.from({ length: 4 }, () => Peer.upgraded(server)));
  const each = count / peers.length;
  await Promise.all(
    peers.map(async (peer, p) => {
      for (let i = 0; i < each; i += 500) {
        const pushes = Array.from({ length: 500 }, (_, j) =>
          text(`["1","${i + j}","events:${p}-${i + j}","cloudevent",{}]`),
        );
        await peer.say(Buffer.concat(pushes));
        await peer.until(() => peer.texts + 5000 > i);
      }
      await peer.until(() => peer.texts === each);
    }),
  );
  for (const peer of peers) assert.equal(peer.texts, each, peer.last_text);
  assert.match(peers[0].last_text, /unmatched topic/);
  await Promise.all(peers.map((peer) => peer.reset()));
  return `${count} pushes answered with \`unmatched topic\``;
}

async function patterns({ server, size }) {
  const sockets = size({ long: 80, short: 20 });
  const events = size({ long: 20, short: 3 });
  const stars = (i) => `*a${i}`.repeat(100).slice(0, 250);
  const shapes = [
    (i) => `${'*a'.repeat(122)}*${i}`,
    (i) => `*${'a'.repeat(245)}${i}*`,
    (i) => `*${String.fromCharCode(98 + (i % 20))}${'ab'.repeat(110)}${i}*`,
    stars,
  ];
  const clients = await Promise.all(
    Array.from({ length: sockets }, () => WsClient.open(server.endpoint)),
  );
  const joined = await Promise.all(
    clients.map((client, c) => {
      const mine = Array.from({ length: 100 }, (_, i) => shapes[i % 4](100 * c + i));
      return client.join('events:patterns', { event_types: mine });
    }),
  );
  for (const { status } of joined) assert.equal(status, 'ok');
  const hundred_and_one = Array.from({ length: 101 }, (_, i) => `*${i}`);
  const refused = await clients[0].push('events:patterns', 'subscribe', {
    event_types: hundred_and_one,
  });
  assert.equal(refused.response.reason, 'invalid_subscription_request');
  for (let i = 0; i < events; ++i) {
    const type = ['a', 'ab', 'a1'][i % 3].repeat(450_000 / (1 + (i % 3 > 0)));
    const event = { ...event_of(`${i}`), type };
    assert.equal((await clients[0].push('events:patterns', 'cloudevent', event)).status, 'ok');
  }
  await Promise.all(clients.map((client) => client.close()));
  return `${events} events with types of 450 kB against ${100 * sockets} patterns`;
}

const mib = 1 << 20;

/** The bound of each is on what the server's RSS may grow by while it lasts, in bytes. */
export const frame_attacks = [
  { name: 'fragments', run: fragments, bytes_max: 2 * message_bytes_max + 8 * mib },
  { name: 'continuation', run: continuation, bytes_max: 10 * 2 * message_bytes_max + 8 * mib },
  { name: 'pings', run: pings, bytes_max: 2 * 4 * mib + 8 * mib },
  { name: 'refs', run: refs, bytes_max: 3 * message_bytes_max + 8 * mib },
  { name: 'deep_json', run: deep_json, bytes_max: 3 * message_bytes_max + 8 * mib },
  { name: 'unjoined', run: unjoined, bytes_max: 4 * 4 * mib + 8 * mib },
  { name: 'patterns', run: patterns, bytes_max: 256 * mib },
];
