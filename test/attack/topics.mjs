// Attacks by the names of topics.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { Peer, text } from './peer.mjs';

const mib = 1 << 20;

// What joins cost is to be seen, not that their rate can be limited.
const schema = new URL('../../schemas/config.schema.json', import.meta.url);
const { limits } = JSON.parse(readFileSync(schema, 'utf8')).properties;
const any_rate = limits?.properties.joins_per_second ? { 'limits.joins_per_second': '0' } : {};

/** Says `messages_of(n)` for each n, so that at most so many of its answers are on their way. */
async function say_all(peer, count, messages_of, answers_each) {
  const handful = 50;
  for (let n = 0; n < count; n += handful) {
    const frames = [];
    for (let i = n; i < Math.min(n + handful, count); ++i) frames.push(...messages_of(i).map(text));
    if (!(await peer.say(Buffer.concat(frames)))) break;
    await peer.until(() => peer.texts >= (n - 10 * handful) * answers_each);
  }
  await peer.until(() => peer.texts >= count * answers_each);
}

async function topics({ server, size }) {
  const count = size({ long: 1_000_000, short: 20_000 });
  const sockets = 50;
  const each = count / sockets;
  const peers = await Promise.all(Array.from({ length: sockets }, () => Peer.upgraded(server)));
  await Promise.all(
    peers.map((peer, p) => {
      const messages = (i) => {
        const topic = `events:${p}-${i}-${'x'.repeat(200)}`;
        return [`["${i}","1","${topic}","phx_join",{}]`, `["${i}","2","${topic}","phx_leave",{}]`];
      };
      // The join's reply, the leave's, and phx_close.
      return say_all(peer, each, messages, 3);
    }),
  );
  for (const peer of peers) assert.equal(peer.texts, 3 * each, peer.last_text);
  // And without leaving: a hundred are joined, no more.
  const hoarder = peers[0];
  const before = hoarder.texts;
  for (let i = 0; i <= 100; ++i) await hoarder.say(text(`["1","1","events:h${i}","phx_join",{}]`));
  await hoarder.until(() => hoarder.texts === before + 101);
  assert.match(hoarder.last_text, /too many channels joined/);
  await Promise.all(peers.map((peer) => peer.reset()));
  return `${count} topics joined and left over ${sockets} sockets; the 101st at once refused`;
}

async function kept_topics({ server, size }) {
  const count = size({ long: 400_000, short: 20_000 });
  const sockets = 20;
  const each = count / sockets;
  const handful = 50;
  const name = (p, i) => `events:${p}-${i}-${'x'.repeat(200)}`;
  const event = (id) =>
    `{"specversion":"1.0","id":"${id}","source":"/a","type":"t","data":"${'x'.repeat(500)}"}`;
  const rounds = async (p) => {
    const peer = await Peer.upgraded(server);
    const say = async (first, messages_of, answers) => {
      const expected = peer.texts + handful * answers;
      const all = Array.from({ length: handful }, (_, i) => messages_of(first + i)).flat();
      await peer.say(Buffer.concat(all.map(text)));
      await peer.until(() => peer.texts >= expected);
      assert.equal(peer.texts, expected, peer.last_text);
    };
    for (let first = 0; first < each; first += handful) {
      const enter = (i) => [
        `["${i}","1","${name(p, i)}","phx_join",{}]`,
        `["${i}","2","${name(p, i)}","cloudevent",${event(i)}]`,
      ];
      const leave = (i) => [`["${i}","3","${name(p, i)}","phx_leave",{}]`];
      await say(first, enter, 2);
      await say(first, leave, 2);
    }
    await peer.reset();
  };
  await Promise.all(Array.from({ length: sockets }, (_, p) => rounds(p)));
  return `${count} topics with an event each: the oldest are forgotten`;
}

export const topic_attacks = [
  { name: 'topics', run: topics, settings: any_rate, bytes_max: 64 * mib },
  {
    name: 'kept_topics',
    run: kept_topics,
    config: 'history.toml',
    settings: { ...any_rate, 'events.history_bytes_max': '16MiB' },
    bytes_max: 64 * mib,
  },
];
