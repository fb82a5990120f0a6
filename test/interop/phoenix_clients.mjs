// The official phoenix.js clients, each version as npm has it, behind promises.

import WebSocket from 'ws';

import { Arrivals } from './arrivals.mjs';

export const versions = ['1.3', '1.4', '1.5', '1.6', '1.7', '1.8'];
// The last client of the V1 wire. It sends no join_ref, so that a late phx_close
// ends whatever it has joined since: it cannot rejoin reliably, at any server.
export const v1_version = '1.2';

async function socket_class(version) {
  const module = await import(`phoenix-${version.replace('.', '-')}`);
  return module.Socket ?? module.default.Socket;
}

const soon = () => 20;
// phoenix.js 1.5 waits for its next heartbeat even when it was told to disconnect.
const heartbeat_ms = 3000;

/** A connected phoenix.js Socket. A lost connection is tried again by itself, and soon. */
export async function connect(version, endpoint, options = {}) {
  const Socket = await socket_class(version);
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

/** One joined channel, and what came to it. */
export class Room {
  events = new Arrivals();
  errors = new Arrivals();
  joins = new Arrivals();

  /** Resolves when the join is allowed, and rejects with the reason when it is not. */
  static async join(socket, topic, payload = {}) {
    const room = new Room(socket, topic, payload);
    const refused = new Promise((_, reject) => {
      room.join_.receive('error', ({ reason }) => {
        room.channel.leave();
        reject(new Error(reason));
      });
    });
    await Promise.race([room.joins.count(1), refused]);
    return room;
  }

  constructor(socket, topic, payload) {
    this.channel = socket.channel(topic, payload);
    this.channel.on('cloudevent', (event) => this.events.add(event));
    this.channel.on('error', (error) => this.errors.add(error));
    // phoenix.js calls these again whenever it rejoins by itself.
    this.join_ = this.channel.join().receive('ok', (response) => this.joins.add(response));
  }

  /** Resolves with the reply: its status and response. */
  push(event, payload) {
    return new Promise((resolve, reject) => {
      this.channel
        .push(event, payload)
        .receive('ok', (response) => resolve({ status: 'ok', response }))
        .receive('error', (response) => resolve({ status: 'error', response }))
        .receive('timeout', () => reject(new Error(`${event} was not answered`)));
    });
  }

  publish(event) {
    return this.push('cloudevent', event);
  }

  leave() {
    return new Promise((resolve) => {
      this.channel.leave().receive('ok', resolve);
    });
  }

  /** What came before the event with this id: one topic's events have one order. */
  async before(id) {
    const events = await this.events.when((items) => items.some((event) => event.id === id));
    return events.slice(0, events.findIndex((event) => event.id === id));
  }
}
