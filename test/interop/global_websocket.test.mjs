// phoenix.js without the option `transport` takes the WebSocket that it finds, as
// in a page. This file stands apart because up to 1.5 it looks for it in `self` or
// `window`, which Node has not.

import assert from 'node:assert/strict';

import WebSocket from 'ws';

import { test } from './bounded_test.mjs';
import { connect, disconnect, Room, versions } from './phoenix_clients.mjs';
import { Server } from './server.mjs';

globalThis.WebSocket = WebSocket;
globalThis.self = globalThis;
globalThis.window = globalThis;

for (const version of versions) {
  test(`phoenix.js ${version} takes the WebSocket of its global scope`, async (t) => {
    const server = await Server.for(t);
    const socket = await connect(version, server.endpoint, { transport: undefined });
    t.after(() => disconnect(socket));
    const room = await Room.join(socket, 'events:lobby');
    assert.equal((await room.push('ping', {})).response.type, 'pong');
    assert.ok(socket.conn instanceof WebSocket);
  });
}
