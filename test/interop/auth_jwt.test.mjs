// config/auth-jwt.toml with the official phoenix.js: who may in, who may not, and
// what becomes of a connection whose token expires.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { test } from './bounded_test.mjs';
import { connect, disconnect, phoenix } from './phoenix_clients.mjs';
import { Room } from './room.mjs';
import { Server } from './server.mjs';
import { event_of } from './ws_client.mjs';

const version = '1.8'; // the first with authToken
const config_folder = fileURLToPath(new URL('../../config', import.meta.url));
const config = path.join(config_folder, 'auth-jwt.toml');
const demo_secret = readFileSync(path.join(config_folder, 'auth-jwt-demo.secret'), 'utf8').trimEnd();
const leeway = 5; // as the configuration says

const base64url = (text) => Buffer.from(text).toString('base64url');
const seconds_now = () => Math.floor(Date.now() / 1000);

function token_of(claims, secret = demo_secret) {
  const all = { aud: 'roost', exp: seconds_now() + 600, ...claims };
  const text = `${base64url('{"alg":"HS256"}')}.${base64url(JSON.stringify(all))}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** A token that the server takes for so many seconds more, and at most one beyond. */
const token_for = (seconds, claims) =>
  token_of({ ...claims, exp: Math.ceil(Date.now() / 1000) + seconds - leeway });

const opened = (socket) => new Promise((resolve) => socket.onOpen(resolve));
const closed = (socket) => new Promise((resolve) => socket.onClose(resolve));
const failed = (socket) => new Promise((resolve) => socket.onError(resolve));
const channel_failed = (room) => new Promise((resolve) => room.channel.onError(resolve));

/** A phoenix.js socket with this token, or what a function says, gone with the test. */
async function enter(t, server, authToken, options = {}) {
  const socket = await connect(version, server.endpoint, { authToken, ...options });
  t.after(() => disconnect(socket));
  return socket;
}

const carriers = {
  'a WebSocket': async () => ({}),
  'long-polling': async () => ({ transport: (await phoenix(version)).LongPoll }),
};

for (const [carrier, options_of] of Object.entries(carriers)) {
  const it = (what, body) =>
    test(`over ${carrier} ${what}`, async (t) => {
      const server = await Server.for(t, { config });
      const options = await options_of();
      return body((authToken) => enter(t, server, authToken, options));
    });

  it('a token says who it is and which rooms are theirs', async (enter) => {
    const socket = await enter(token_of({ sub: 'ann', rooms: ['staff'] }));
    await Room.join(socket, 'events:lobby');
    await Room.join(socket, 'events:staff');
    await Room.join(socket, 'events:user:ann');
    await assert.rejects(Room.join(socket, 'events:board'), /unauthorized/);
    await assert.rejects(Room.join(socket, 'events:user:ben'), /unauthorized/);
  });

  it('who has no good token does not connect', async (enter) => {
    const tokens = {
      missing: undefined,
      forged: token_of({ sub: 'ann' }, 'x'.repeat(40)),
      expired: token_for(-1, { sub: 'ann' }),
      elsewhere: token_of({ sub: 'ann', aud: 'shop' }),
      nobody: token_of({}),
    };
    for (const [name, token] of Object.entries(tokens)) {
      const socket = await enter(token);
      let opens = 0;
      socket.onOpen(() => (opens += 1));
      await failed(socket);
      assert.equal(opens, 0, name);
      await disconnect(socket);
    }
  });

  it('an expired token ends the connection, and phoenix.js comes back with a new one', async (enter) => {
    let token = token_for(1, { sub: 'ann' });
    const socket = await enter(() => token);
    const lobby = await Room.join(socket, 'events:lobby');
    const reason = channel_failed(lobby);
    const close = closed(socket);
    assert.deepEqual(await reason, { reason: 'token_expired' });
    token = token_of({ sub: 'ann' });
    const { code } = await close;
    if (carrier === 'a WebSocket') assert.equal(code, 4401);
    await lobby.joins.count(2);
    assert.equal((await lobby.publish(event_of('1'))).status, 'ok');
  });

  it('a new token in time keeps the connection', async (enter) => {
    const [renewed, other] = await Promise.all(
      [1, 2].map(() => enter(token_for(2, { sub: 'ann' }))),
    );
    let closes = 0;
    renewed.onClose(() => (closes += 1));
    const [lobby] = await Promise.all([renewed, other].map((s) => Room.join(s, 'events:lobby')));
    const exp = seconds_now() + 600;
    assert.deepEqual(await lobby.push('token', { token: token_of({ sub: 'ann', exp }) }), {
      status: 'ok',
      response: { expires: exp + leeway },
    });
    await closed(other);
    assert.equal((await lobby.publish(event_of('1'))).status, 'ok');
    assert.equal(closes, 0);
    assert.deepEqual(await lobby.push('token', { token: token_of({ sub: 'ben' }) }), {
      status: 'error',
      response: { reason: 'token_other_user' },
    });
  });
}

for (const how of ['by SIGHUP', 'by themselves when the file changes']) {
  test(`keys are reloaded ${how}`, async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'roost-jwt-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const copy = (name) => copyFileSync(path.join(config_folder, name), path.join(folder, name));
    copy('auth-jwt.toml');
    copy('auth-jwt-demo.secret');
    const server = await Server.for(t, { config: path.join(folder, 'auth-jwt.toml') });
    await opened(await enter(t, server, token_of({ sub: 'ann' })));

    const secret = 'another secret of thirty-two bytes';
    const waiting = await enter(t, server, token_of({ sub: 'ann' }, secret));
    await failed(waiting);
    writeFileSync(path.join(folder, 'auth-jwt-demo.secret'), `${secret}\n`);
    if (how === 'by SIGHUP') server.reload();
    await opened(waiting);
    await failed(await enter(t, server, token_of({ sub: 'ann' })));
  });
}
