// The official phoenix.js clients, each version as npm has it, behind promises.

import WebSocket from 'ws';

export { Room } from './room.mjs';

// 1.2 speaks V1, the others V2. It sends no join_ref, so that a late phx_close
// ends whatever it has joined since: it cannot leave and join again at once, at
// any server.
export const versions = ['1.2', '1.3', '1.4', '1.5', '1.6', '1.7', '1.8'];

/** The module: Socket, LongPoll, and from 1.4 on the class Presence. */
export async function phoenix(version) {
  const module = await import(`phoenix-${version.replace('.', '-')}`);
  return module.Socket ? module : module.default;
}

// Ever later: 1.7 that falls back to long-polling reconnects beside it, and where
// that comes sooner than the first poll's answer it starts over, without end.
const soon = (tries) => 20 * tries;
// phoenix.js 1.5 waits for its next heartbeat even when it was told to disconnect.
const heartbeat_ms = 3000;

/** A connected phoenix.js Socket. A lost connection is tried again by itself, and soon. */
export async function connect(version, endpoint, options = {}) {
  const { Socket } = await phoenix(version);
  const socket = new Socket(endpoint, {
    transport: WebSocket,
    reconnectAfterMs: soon,
    rejoinAfterMs: soon,
    heartbeatIntervalMs: heartbeat_ms,
    ...options,
  });
  socket.connect();
  return socket;
}

export async function disconnect(...sockets) {
  await Promise.all(sockets.map((socket) => new Promise((done) => socket.disconnect(done))));
  // Up to 1.5 these timers run on, and would keep this process alive.
  for (const socket of sockets) {
    clearInterval(socket.heartbeatTimer);
    socket.reconnectTimer.reset();
    for (const channel of socket.channels) channel.rejoinTimer.reset();
  }
}
