// The soak in its short form, and that its parts do what it builds on: the proxy changes no byte
// and repeats itself, the accounts notice what they are there to notice.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

import { test } from './bounded_test.mjs';
import { Account } from './soak/account.mjs';
import { Faults, fault_plan } from './soak/fault_plan.mjs';
import { FaultProxy } from './soak/fault_proxy.mjs';
import { Follower } from './soak/follower.mjs';
import { Ledger, Violation } from './soak/ledger.mjs';
import { Random } from './soak/random.mjs';
import { Soak } from './soak/soak.mjs';

// Told to disconnect, phoenix.js leaves timers behind: none of them may keep this process alive.
const { setTimeout: set_timeout } = globalThis;
globalThis.setTimeout = (...args) => set_timeout(...args).unref();

const seed = process.env.ROOST_SOAK_SEED ?? '1';

test('150 clients that come, go and are cut off have every event once and in order', async (t) => {
  const soak = new Soak({
    seed,
    clients: 150,
    ms: 12_000,
    arrive_ms: 1000,
    stay_ms: 3000,
    away_ms_max: 3000,
    publish_ms: 50,
    retry_ms: 1000,
  });
  t.after(() => soak.end());
  const figures = await soak.run().catch((error) => {
    throw new Error(`ROOST_SOAK_SEED=${seed}: ${error.stack}`);
  });
  // It has seen what it is for.
  assert.equal(figures.restarts, 2);
  const followers = soak.crowd.filter((client) => client instanceof Follower);
  const recoveries = followers.flatMap(({ accounts }) => accounts).filter((one) => one.recoveries > 0);
  assert.ok(recoveries.length > 0, 'somebody has come back with Last-Event-ID');
  for (const name of ['accepted', 'delivered', 'recovered_events', 'told_restarts', ...Object.values(Faults)]) {
    assert.ok(figures[name] > 10, `${name}: ${figures[name]}`);
  }
}, { ms_max: 240_000 });

/** What arrives of `sent`, each byte its number, through a proxy that does what `plan` says. */
async function through(t, plan, sent) {
  const arrived = [];
  const server = createServer((end) => {
    end.on('error', () => {});
    end.on('data', (data) => arrived.push(data));
    end.on('close', () => server.emit('done'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const proxy = await FaultProxy.start({ port: server.address().port, seed, plan: () => plan });
  t.after(() => proxy.stop());
  const client = connect(Number(new URL(proxy.endpoint).port), '127.0.0.1');
  client.on('error', () => {});
  client.end(sent);
  await once(server, 'done');
  return { bytes: Buffer.concat(arrived), pieces: arrived.length, counts: proxy.counts };
}

const sent = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
const nothing = { delay_ms: 0, faults: [] };
const plan_of = (...faults) => ({ up: { delay_ms: 1, faults }, down: nothing, lives_ms: Infinity });

test('what is split and stalled arrives unchanged', async (t) => {
  const plan = plan_of(
    { at: 0, kind: Faults.split, bytes: 300 },
    { at: 5000, kind: Faults.stall, ms: 20 },
    { at: 5000, kind: Faults.split, bytes: 2 },
  );
  const { bytes, counts } = await through(t, plan, sent);
  assert.ok(bytes.equals(sent));
  assert.deepEqual([counts.split, counts.stall], [2, 1]);
});

for (const kind of [Faults.reset, Faults.close, Faults.deaf]) {
  test(`a connection is cut at its byte: ${kind}`, async (t) => {
    const { bytes, counts } = await through(t, plan_of({ at: 70_001, kind, ms: 100 }), sent);
    // A reset may take with it what was on its way.
    if (kind !== Faults.reset) assert.equal(bytes.length, 70_001);
    assert.ok(bytes.length <= 70_001 && bytes.equals(sent.subarray(0, bytes.length)));
    assert.equal(counts[kind], 1);
  });
}

test('a seed repeats what a connection suffers, and no other', () => {
  const plan = (...names) => JSON.stringify(fault_plan(new Random(...names)));
  assert.equal(plan(seed, '7', 1), plan(seed, '7', 1));
  const plans = Array.from({ length: 100 }, (_, i) => plan(seed, `${i % 10}`, Math.floor(i / 10)));
  assert.equal(new Set(plans).size, 100);
});

/** The first offsets of a topic as two members see it; the second publishes none. */
function two_accounts() {
  const ledger = new Ledger();
  const account = (name, more) => {
    const one = new Account(ledger, { name, topic: 't', ...more });
    one.joined({ recovered: false, epoch: 'e', offset: 0 });
    return one;
  };
  const one = account('one');
  const events = ['a-main', 'b-side', 'c-main', 'd-main'];
  events.forEach((id, i) => one.came({ id, roostoffset: `${i + 1}` }));
  return { ledger, account, one };
}

const came = (account, id, offset) => account.came({ id, roostoffset: `${offset}` });
const fails = (what, pattern) =>
  assert.throws(what, (error) => error instanceof Violation && pattern.test(error.message));

test('an account notices what is missing, twice, out of order or not asked for', () => {
  const { account } = two_accounts();
  const misses = account('misses');
  came(misses, 'a-main', 1);
  came(misses, 'c-main', 3);
  fails(() => misses.verify(), /b-side, which stands at 2 .* never came/);
  const twice = account('twice');
  came(twice, 'a-main', 1);
  fails(() => came(twice, 'a-main', 1), /behind/);
  const moved = account('moved');
  fails(() => came(moved, 'b-side', 1), /stand/);
  const narrow = account('narrow', { wants: (id) => id.endsWith('main') });
  came(narrow, 'a-main', 1);
  fails(() => came(narrow, 'b-side', 2), /not asked for/);
  came(narrow, 'c-main', 3);
  narrow.verify(true);
});

test('an account notices a recovery that leaves something out', () => {
  const { account } = two_accounts();
  const back = account('back');
  came(back, 'a-main', 1);
  back.joined({ recovered: true, epoch: 'e', offset: 4, events: 2 });
  came(back, 'b-side', 2);
  came(back, 'c-main', 3);
  fails(() => back.verify(true), /d-main, which stands at 4/);
  const none = account('none');
  none.joined({ recovered: true, epoch: 'e', offset: 4, events: 0 });
  fails(() => none.verify(true), /a-main/);
});

test('that something is gone may be said after a restart alone', () => {
  const { ledger, account } = two_accounts();
  const lost = { recovered: false, offset: 9 };
  fails(() => account('one').joined({ ...lost, epoch: 'e', reason: 'unknown_epoch' }), /without a restart/);
  fails(() => account('two').joined({ ...lost, epoch: 'e', reason: 'not_kept' }), /not_kept/);
  fails(() => account('three').joined({ ...lost, epoch: 'f', reason: 'unknown_epoch' }), /forgotten/);
  ledger.starts += 1;
  const told = account('told');
  told.joined({ ...lost, epoch: 'f', reason: 'unknown_epoch' });
  assert.equal(told.told_restarts, 1);
});

test('an account knows its own events, and that one answered without a place is a fault', () => {
  const { account } = two_accounts();
  const own = account('own', { is_own: (id) => id.startsWith('c') });
  came(own, 'a-main', 1);
  came(own, 'b-side', 2);
  own.publishes('c-main');
  own.answered('c-main', { epoch: 'e', offset: 3, duplicate: true });
  came(own, 'd-main', 4);
  own.verify(true);
  assert.equal(own.duplicates, 1);
  fails(() => own.answered('e-main', { epoch: 'e', offset: 4 }), /both stand at 4/);
});
