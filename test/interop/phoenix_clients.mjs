// The official phoenix.js clients, each version as npm has it, behind promises.

import WebSocket from 'ws';

import { Arrivals } from './arrivals.mjs';

// 1.2 is the last client of the V1 wire; the others speak V2.
export const versions = ['1.2', '1.3', '1.4', '1.5', '1.6', '1.7', '1.8'];

async function socket_class(version) {
  const module = await import(`phoenix-${version.replace('.', '-')}`);
  return module.Socket ?? module.default.Socket;
}

const soon = () => 20;

/** A connected phoenix.js Socket. A lost connection is tried again by itself, and soon. */
export async function connect(version, endpoint, options = {}) {
  const Socket = await socket_class(version);
  const socket = new Socket(endpoint, {
    transport: WebSocket,
    reconnectAfterMs: soon,
    rejoinAfterMs: soon,
    ...options,
  });
  socket.connect();
  return socket;
}

export function disconnect(...sockets) {
  return Promise.all(sockets.map((socket) => new Promise((done) => socket.disconnect(done))));
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
      room.join_.receive('error', ({ reason }) => reject(new Error(reason)));
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
