// `roost listen` and `roost publish` over a connection that is cut: every event once
// and in order, as its sender wrote it.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { test } from './bounded_test.mjs';
import { Proxy } from './proxy.mjs';
import { roost } from './roost.mjs';
import { Server } from './server.mjs';

const topic = 'events:history';
const rounds = 5;
const events_a_round = 20;

const config = fileURLToPath(new URL('recovery.toml', import.meta.url));

test('roost listen and roost publish lose nothing where their connections are cut', async (t) => {
  const server = await Server.for(t, { config });
  const proxy = await Proxy.for(t, server);
  const listener = roost(t, 'listen', topic, '--url', proxy.endpoint);
  await listener.until_said('listening to');
  const publisher = roost(t, 'publish', topic, '--url', proxy.endpoint);

  const sent = [];
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < events_a_round; i += 1) {
      // The spaces show that nothing was written anew.
      sent.push(`{ "specversion":"1.0","id":"${sent.length}",  "source":"/t","type":"com.example" }`);
    }
    publisher.write(`${sent.slice(-events_a_round).join('\n')}\n`);
    await publisher.until_lines(sent.length - events_a_round / 2);
    proxy.cut();
  }
  publisher.end();
  assert.equal(await publisher.exited, 0, publisher.complaints());
  const verdicts = publisher.lines.map((line) => JSON.parse(line));
  assert.deepEqual(verdicts.map(({ line }) => line), sent.map((_, i) => i + 1));
  assert.deepEqual(verdicts.map(({ offset }) => offset), sent.map((_, i) => i + 1));

  await listener.until_lines(sent.length);
  listener.interrupt();
  assert.equal(await listener.exited, 0, listener.complaints());
  assert.deepEqual(listener.lines, sent);
  assert.doesNotMatch(listener.complaints(), /cannot be recovered/);
});
