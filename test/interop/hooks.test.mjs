// Joins that hooks decide, each with its example in config/: allowed, denied, timed
// out, crashed, reloaded.

import assert from 'node:assert/strict';

import { test } from './bounded_test.mjs';
import { HookedServer, plugin } from './hooks.mjs';
import { connect, disconnect, Room } from './phoenix_clients.mjs';

async function client(t, server) {
  const socket = await connect('1.8', server.endpoint);
  t.after(() => disconnect(socket));
  return socket;
}

/** The response of a join that is allowed. */
async function response(socket, topic, payload = {}) {
  const room = await Room.join(socket, topic, payload);
  await room.leave();
  return room.joins.items[0];
}

/** Expects that a join is refused for this reason. */
const refused = (socket, topic, message, payload = {}) =>
  assert.rejects(Room.join(socket, topic, payload), { message });

const lua = { config: 'auth-lua.toml', files: ['auth-lua.lua'] };

test('a function in Lua allows and denies', async (t) => {
  const server = await HookedServer.with_hooks(t, lua);
  const socket = await client(t, server);
  assert.deepEqual(await response(socket, 'events:room:lobby'), { room: 'lobby' });
  await refused(socket, 'events:room:attic', 'no_such_room');
  await refused(socket, 'events:room:garden', 'members_only', { key: 'please' });
  assert.match((await server.logged('join refused')).why, /no_such_room|auth-lua/);
  assert.deepEqual(await response(socket, 'events:room:garden', { key: 'sesame' }), {
    room: 'garden',
  });
});

test('a function in Lua decides what is published', async (t) => {
  const server = await HookedServer.with_hooks(t, lua);
  const room = await Room.join(await client(t, server), 'events:room:lobby');
  const event = { specversion: '1.0', id: '1', source: '/test', type: 'com.example.said' };
  assert.equal((await room.publish(event)).status, 'ok');
  const { status, response } = await room.publish({ ...event, id: '2', type: 'com.example.shout' });
  assert.equal(status, 'error');
  assert.equal(response.reason, 'no_shouting');
});

// What people do by mistake, at the end of the example.
const mistakes = `
local decide = may_join
function may_join(request)
  local room = request.captures.room
  if room == "endless" then while true do end end
  if room == "hungry" then return ("x"):rep(100000000) end
  if room == "broken" then return request.payload.no.such end
  return decide(request)
end
`;

test('a function in Lua that does not end, or breaks, denies and nothing else', async (t) => {
  const server = await HookedServer.with_hooks(t, lua);
  const socket = await client(t, server);
  const standing = await Room.join(socket, 'events:room:lobby');
  await server.append('auth-lua.lua', mistakes);
  assert.equal((await server.reloaded()).event, 'reloaded');

  await refused(socket, 'events:room:endless', 'unauthorized');
  let { error } = await server.logged('lua hook failed');
  assert.match(error, /auth-lua.lua:\d+: more than 1000000 instructions/);
  await refused(socket, 'events:room:hungry', 'unauthorized');
  ({ error } = await server.logged('lua hook failed'));
  assert.match(error, /more than 1000000 instructions|bytes of memory/);
  await refused(socket, 'events:room:broken', 'unauthorized');
  ({ error } = await server.logged('lua hook failed'));
  assert.match(error, /auth-lua.lua:\d+: attempt to index a nil value/);

  assert.equal((await standing.push('ping', {})).status, 'ok');
  assert.deepEqual(await response(await client(t, server), 'events:room:lobby'), { room: 'lobby' });
});

test('a script in Lua is read again, and stays as it was where it has an error', async (t) => {
  const server = await HookedServer.with_hooks(t, lua);
  const socket = await client(t, server);
  await refused(socket, 'events:room:attic', 'no_such_room');
  await server.change('auth-lua.lua', (text) => text.replace('lobby = true', 'attic = true'));
  assert.equal((await server.reloaded()).event, 'reloaded');
  assert.deepEqual(await response(socket, 'events:room:attic'), { room: 'attic' });
  await refused(socket, 'events:room:lobby', 'no_such_room');

  await server.change('auth-lua.lua', () => '\nfunction may_join(');
  const { event, error } = await server.reloaded();
  assert.equal(event, 'reload refused');
  assert.match(error, /auth-lua.toml:\d+: .*auth-lua.lua:2: /);
  assert.deepEqual(await response(socket, 'events:room:attic'), { room: 'attic' });
});

const library = {
  config: 'auth-library.toml',
  files: [plugin('example_plugin.so')],
  settings: { 'hooks.timeout': '200ms' },
};

test('a shared library allows and denies', async (t) => {
  const server = await HookedServer.with_hooks(t, library);
  const socket = await client(t, server);
  assert.deepEqual(await response(socket, 'events:library:lobby'), {
    decided_by: 'example_plugin',
  });
  await refused(socket, 'events:library:staff', 'members_only');
});

test('a shared library that is silent, or answers no JSON, denies and nothing else', async (t) => {
  const server = await HookedServer.with_hooks(t, library);
  const socket = await client(t, server);
  const standing = await Room.join(socket, 'events:library:lobby');
  await refused(socket, 'events:library:silent', 'authorization_timeout');
  await refused(socket, 'events:library:broken', 'unauthorized');
  const { error, library: name } = await server.logged('library hook failed');
  assert.equal(name, 'example_plugin.so');
  assert.match(error, /no JSON/);
  assert.equal((await standing.push('ping', {})).status, 'ok');
});

test('a shared library is made anew, and stays as it was where that fails', async (t) => {
  const server = await HookedServer.with_hooks(t, library);
  const socket = await client(t, server);
  // The old one still has a question when the new one comes.
  const silent = refused(socket, 'events:library:silent', 'authorization_timeout');
  await server.change('auth-library.toml', (text) => text.replace('"members_only"', '"closed"'));
  assert.equal((await server.reloaded()).event, 'reloaded');
  await refused(socket, 'events:library:staff', 'closed');
  await silent;

  await server.change('auth-library.toml', (text) => text.replace('example_plugin.so', 'gone.so'));
  const { event, error } = await server.reloaded();
  assert.equal(event, 'reload refused');
  assert.match(error, /auth-library.toml:\d+: .*cannot load .*gone.so/);
  await refused(socket, 'events:library:staff', 'closed');
});
