// phoenix.js's Presence, kept in step by the server: in Node with every version
// that has it, and in web pages.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';

import { test } from './bounded_test.mjs';
import { Browser } from './browser.mjs';
import { connect, disconnect, phoenix, Room } from './phoenix_clients.mjs';
import { Proxy } from './proxy.mjs';
import { Roll } from './roll.mjs';
import { ConformanceServer } from './server.mjs';

const versions = ['1.4', '1.5', '1.6', '1.7', '1.8'];
const transports = ['WebSocket', 'LongPoll'];
const topic = 'presence:room';

/** A member in Node, with what a Visitor can do. */
class Member {
  static async enter(version, endpoint, user_id) {
    const member = new Member();
    member.socket_ = await connect(version, endpoint);
    const { Presence } = await phoenix(version);
    member.room_ = await Room.join(member.socket_, topic, { user_id }, ({ channel }) => {
      member.roll_ = new Roll(Presence, channel);
    });
    return member;
  }

  present(_topic, expected) {
    return this.roll_.is(expected);
  }

  accounts() {
    return this.roll_.accounts();
  }

  leave() {
    return this.room_.leave();
  }

  joined(_topic, number) {
    return this.room_.joins.count(number);
  }

  close() {
    return disconnect(this.socket_);
  }
}

let browser;
before(async () => {
  browser = await Browser.start();
});
after(() => browser.stop());

async function enter_by_page(t, transport, endpoint, user_id) {
  const visitor = await browser.visitor(t);
  await visitor.connect(endpoint, { transport });
  await visitor.join(topic, { user_id });
  return visitor;
}

/** Ways to enter the topic as a user: (t, endpoint, user_id) -> Member or Visitor. */
const ways = [
  ...versions.map((version) => ({
    name: `phoenix.js ${version}`,
    async enter(t, endpoint, user_id) {
      const member = await Member.enter(version, endpoint, user_id);
      t.after(() => member.close());
      return member;
    },
  })),
  ...transports.map((transport) => ({
    name: `a page over ${transport}`,
    enter: (t, endpoint, user_id) => enter_by_page(t, transport, endpoint, user_id),
  })),
];

for (const { name, enter } of ways) {
  describe(`Presence of ${name}`, () => {
    const it = (what, body) => test(`Presence of ${name} ${what}`, body);

    async function all_see(members, expected) {
      await Promise.all(members.map((member) => member.present(topic, expected)));
      const accounts = await Promise.all(members.map((member) => member.accounts(topic)));
      for (const { told, state } of accounts) assert.deepEqual(told, state);
      for (const { state } of accounts) assert.deepEqual(state, accounts[0].state);
    }

    it('sees who joins, also twice, and who leaves', async (t) => {
      const server = await ConformanceServer.for(t);
      const ann = await enter(t, server.endpoint, 'ann');
      await all_see([ann], { ann: 1 });
      const ben = await enter(t, server.endpoint, 'ben');
      await all_see([ann, ben], { ann: 1, ben: 1 });
      const ben_again = await enter(t, server.endpoint, 'ben');
      await all_see([ann, ben, ben_again], { ann: 1, ben: 2 });
      await ben.leave(topic);
      await all_see([ann, ben_again], { ann: 1, ben: 1 });
      await ben_again.leave(topic);
      await all_see([ann], { ann: 1 });
    });

    it('sees who is gone without a word', async (t) => {
      const server = await ConformanceServer.for(t);
      const ann = await enter(t, server.endpoint, 'ann');
      const proxy = await Proxy.for(t, server);
      await enter(t, proxy.endpoint, 'ben');
      await all_see([ann], { ann: 1, ben: 1 });
      proxy.stop();
      await all_see([ann], { ann: 1 });
    });

    it('is in step again after its connection was cut', async (t) => {
      const server = await ConformanceServer.for(t);
      const proxy = await Proxy.for(t, server);
      const ann = await enter(t, proxy.endpoint, 'ann');
      const ben = await enter(t, server.endpoint, 'ben');
      await all_see([ann, ben], { ann: 1, ben: 1 });
      proxy.cut();
      // Chromium repeats a poll that was cut, so that its session lives on.
      if (!name.includes('LongPoll')) await ann.joined(topic, 2);
      const carl = await enter(t, server.endpoint, 'carl');
      await all_see([ann, ben, carl], { ann: 1, ben: 1, carl: 1 });
    });

    it('is in step again after a restart of the server', async (t) => {
      let server = await ConformanceServer.start();
      t.after(() => server.stop());
      const all = [];
      for (const user of ['ann', 'ben', 'ben']) all.push(await enter(t, server.endpoint, user));
      await all_see(all, { ann: 1, ben: 2 });
      server = await server.restart();
      await Promise.all(all.map((member) => member.joined(topic, 2)));
      // Somebody new, so that what they saw before the restart will not do.
      all.push(await enter(t, server.endpoint, 'dora'));
      await all_see(all, { ann: 1, ben: 2, dora: 1 });
    });
  });
}
