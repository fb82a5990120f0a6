// Joins that an HTTP service decides: config/auth-http.toml and its service, by
// phoenix.js: allowed, denied, timed out, crashed, reloaded.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { test } from './bounded_test.mjs';
import { connect, disconnect, Room } from './phoenix_clients.mjs';
import { Server } from './server.mjs';

const examples = fileURLToPath(new URL('../../config', import.meta.url));

/** The service of the example, in a process of its own that ends with the test `t`. */
class Service {
  static async for(t, port = 0) {
    const file = path.join(examples, 'auth-http.mjs');
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', process.execPath, file, String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const service = new this(child, exited);
    t.after(() => service.crash());
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    service.url = /http\S+/.exec(line)[0];
    return service;
  }

  constructor(child, exited) {
    this.child_ = child;
    this.exited_ = exited;
  }

  get port() {
    return new URL(this.url).port;
  }

  hang() {
    this.child_.kill('SIGSTOP');
  }

  go_on() {
    this.child_.kill('SIGCONT');
  }

  crash() {
    this.child_.kill('SIGKILL');
    return this.exited_;
  }
}

/** A server with the example's configuration, changed by the test. */
class AskingServer extends Server {
  static async asking(t, service, keys = '') {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'roost-http-'));
    t.after(() => rm(folder, { recursive: true }));
    const file = path.join(folder, 'auth-http.toml');
    await AskingServer.write_(file, service, keys);
    const settings = ['log.level=error', 'server.drain_time=100ms', 'hooks.refusal_delay=0'];
    const options = settings.flatMap((setting) => ['--set', setting]);
    const server = await this.run_(
      'roost', 'serve', '--config', file, '--listen', '127.0.0.1:0', ...options,
    );
    t.after(() => server.stop());
    server.file_ = file;
    return server;
  }

  static async write_(file, service, keys) {
    const example = await readFile(path.join(examples, 'auth-http.toml'), 'utf8');
    const url = 'http://127.0.0.1:9000/authorize';
    assert.ok(example.includes(url));
    await writeFile(file, `${example.replace(url, service.url)}\n${keys}\n`);
  }

  /** Takes another service, when it comes to it. */
  async reload_with(service) {
    await AskingServer.write_(this.file_, service, '');
    this.child_.kill('SIGHUP');
  }
}

async function client(t, server) {
  const socket = await connect('1.8', server.endpoint);
  t.after(() => disconnect(socket));
  return socket;
}

/** What a join is answered: its response, or the reason why not. */
async function answer(socket, topic, payload = {}) {
  try {
    const room = await Room.join(socket, topic, payload);
    await room.leave();
    return room.joins.items[0];
  } catch ({ message }) {
    return message;
  }
}

/** Asks until the answer is the one that is wanted; the test's own time bounds it. */
async function answer_becomes(wanted, socket, topic, payload) {
  for (;;) {
    const said = await answer(socket, topic, payload);
    if (said === wanted || said?.room === wanted) return;
  }
}

test('an HTTP service allows and denies', async (t) => {
  const server = await AskingServer.asking(t, await Service.for(t));
  const socket = await client(t, server);
  assert.deepEqual(await answer(socket, 'events:room:lobby'), { room: 'lobby' });
  assert.equal(await answer(socket, 'events:room:attic'), 'no_such_room');
  assert.equal(await answer(socket, 'events:room:garden', { key: 'please' }), 'members_only');
  assert.deepEqual(await answer(socket, 'events:room:garden', { key: 'sesame' }), {
    room: 'garden',
  });
});

test('an HTTP service that hangs denies, and nobody else waits', async (t) => {
  const service = await Service.for(t);
  const server = await AskingServer.asking(t, service, `
[[authorize_join]]
topic = "events:*"
allow = true`);
  const socket = await client(t, server);
  const standing = await Room.join(socket, 'events:lobby');
  service.hang();
  const late = Promise.all(
    Array.from({ length: 40 }, (_, i) => answer(socket, `events:room:late-${i}`)),
  );
  assert.equal((await standing.push('ping', {})).status, 'ok');
  await Room.join(socket, 'events:hall');
  // What came behind five that were late finds the circuit breaker open.
  const answers = new Set(await late);
  assert.ok(answers.has('authorization_timeout'));
  answers.delete('authorization_timeout');
  answers.delete('unauthorized');
  assert.deepEqual([...answers], []);
});

test('an HTTP service that has crashed denies, and is asked again when it is back', async (t) => {
  const service = await Service.for(t);
  const keys = 'breaker_failures = 2\nbreaker_time = "100ms"';
  const server = await AskingServer.asking(t, service, keys);
  const socket = await client(t, server);
  assert.deepEqual(await answer(socket, 'events:room:lobby'), { room: 'lobby' });
  await service.crash();
  // Its last answers are kept; about others it can say nothing.
  assert.deepEqual(await answer(socket, 'events:room:lobby'), { room: 'lobby' });
  for (let i = 0; i < 4; ++i) {
    assert.equal(await answer(socket, 'events:room:garden', { key: 'sesame' }), 'unauthorized');
  }
  await Service.for(t, service.port);
  await answer_becomes('garden', socket, 'events:room:garden', { key: 'sesame' });
});

test('another HTTP service is asked after a reload', async (t) => {
  const [first, second] = [await Service.for(t), await Service.for(t)];
  const server = await AskingServer.asking(t, first);
  const socket = await client(t, server);
  assert.deepEqual(await answer(socket, 'events:room:lobby'), { room: 'lobby' });
  await first.crash();
  await server.reload_with(second);
  await answer_becomes('garden', socket, 'events:room:garden', { key: 'sesame' });
  assert.equal(await answer(socket, 'events:room:attic'), 'no_such_room');
});
