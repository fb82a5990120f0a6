// phoenix.js's option longPollFallbackMs: a page that WebSockets do not get
// through from goes on by long-polling.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { test } from './bounded_test.mjs';
import { Browser } from './browser.mjs';
import { Proxy, Upgrades } from './proxy.mjs';
import { Server } from './server.mjs';

const versions = ['1.7', '1.8'];
const blocked = [Upgrades.refuse, Upgrades.swallow];
const soon_ms = 200;
const late_ms = 1_000_000;
const lobby = 'events:lobby';
const event_of = (id) => ({ specversion: '1.0', type: 'com.example.x', id, source: '/browser' });

let browser;
before(async () => {
  browser = await Browser.start();
});
after(() => browser.stop());

/** A page behind the proxy, and another that has a WebSocket of its own. */
async function visitors(t, server, proxy, { version, longPollFallbackMs }) {
  const behind = await browser.visitor(t, { version });
  await behind.connect(proxy.endpoint, { longPollFallbackMs });
  const beside = await browser.visitor(t);
  await beside.connect(server.endpoint);
  await Promise.all([behind.join(lobby), beside.join(lobby)]);
  return { behind, beside };
}

async function exchange(one, other, name) {
  const [there, back] = [event_of(`${name}, there`), event_of(`${name}, back`)];
  const before = (await other.heard(lobby, 'cloudevent')).length;
  assert.equal((await one.publish(lobby, there)).status, 'ok');
  assert.deepEqual((await other.heard(lobby, 'cloudevent', before + 1)).at(-1), there);
  const heard = (await one.heard(lobby, 'cloudevent')).length;
  assert.equal((await other.publish(lobby, back)).status, 'ok');
  assert.deepEqual((await one.heard(lobby, 'cloudevent', heard + 1)).at(-1), back);
}

for (const version of versions) {
  for (const upgrades of blocked) {
    test(`phoenix.js ${version} falls back where a proxy ${upgrades}s WebSockets`, async (t) => {
      const server = await Server.for(t);
      const proxy = await Proxy.for(t, server, upgrades);
      const options = { version, longPollFallbackMs: soon_ms };
      const { behind, beside } = await visitors(t, server, proxy, options);
      assert.equal(await behind.transport(), 'LongPoll');
      assert.ok(proxy.upgrades_asked > 0);
      await exchange(behind, beside, 'first');

      // It remembers for as long as the tab lives.
      const asked = proxy.upgrades_asked;
      await behind.reload();
      await behind.connect(proxy.endpoint, { longPollFallbackMs: soon_ms });
      await behind.join(lobby);
      assert.equal(await behind.transport(), 'LongPoll');
      assert.equal(proxy.upgrades_asked, asked);
      await exchange(behind, beside, 'after a reload');
    });
  }

  test(`phoenix.js ${version} stays with WebSockets where they get through`, async (t) => {
    const server = await Server.for(t);
    const proxy = await Proxy.for(t, server);
    const options = { version, longPollFallbackMs: late_ms };
    const { behind, beside } = await visitors(t, server, proxy, options);
    assert.equal(await behind.transport(), 'WebSocket');
    await exchange(behind, beside, 'first');
    assert.equal(proxy.requests, 0);
  });

  test(`phoenix.js ${version} comes back to long-polling after a restart`, async (t) => {
    let server = await Server.start();
    t.after(() => server.stop());
    const proxy = await Proxy.for(t, server, Upgrades.refuse);
    const options = { version, longPollFallbackMs: soon_ms };
    const { behind, beside } = await visitors(t, server, proxy, options);
    server = await server.restart();
    await Promise.all([behind.joined(lobby, 2), beside.joined(lobby, 2)]);
    assert.equal(await behind.transport(), 'LongPoll');
    await exchange(behind, beside, 'after the restart');
  });
}
