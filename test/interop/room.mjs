// One joined phoenix.js channel behind promises. It runs in Node and in a page.

import { Arrivals } from './arrivals.mjs';

export class Room {
  joins = new Arrivals();
  heard_ = new Map();

  /**
   * Resolves when the join is allowed, and rejects with the reason when it is not.
   * `prepare` is handed the room before anything can have come.
   */
  static async join(socket, topic, payload = {}, prepare = () => {}) {
    const room = new Room(socket, topic, payload);
    prepare(room);
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
    this.events = this.heard('cloudevent');
    this.errors = this.heard('error');
    // phoenix.js calls these again whenever it rejoins by itself.
    this.join_ = this.channel.join().receive('ok', (response) => this.joins.add(response));
  }

  /** The payloads of the event `name`, from the first time this is asked on. */
  heard(name) {
    if (!this.heard_.has(name)) {
      const arrivals = new Arrivals();
      this.channel.on(name, (payload) => arrivals.add(payload));
      this.heard_.set(name, arrivals);
    }
    return this.heard_.get(name);
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
