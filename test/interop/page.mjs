// Runs in a page, beside phoenix.js: what browser.mjs asks it to do.

import { Arrivals } from './arrivals.mjs';
import { Roll } from './roll.mjs';
import { Room } from './room.mjs';

let socket;
const rooms = new Map();
const rolls = new Map();
const failures = new Arrivals();

const soon = () => 20;

// ArrayBuffers do not travel between the test and its page; lists of bytes do.
const inward = (payload) =>
  payload?.binary ? new Uint8Array(payload.binary).buffer : payload;
const outward = (payload) =>
  payload instanceof ArrayBuffer ? { binary: [...new Uint8Array(payload)] } : payload;

window.page = {
  connect(endpoint, { transport, ...options }) {
    const transports = { WebSocket: window.WebSocket, LongPoll: window.Phoenix.LongPoll };
    socket = new window.Phoenix.Socket(endpoint, {
      transport: transports[transport],
      rejoinAfterMs: soon,
      ...options,
    });
    socket.onError(() => failures.add(true));
    socket.connect();
  },

  async join(topic, payload, events) {
    const room = await Room.join(socket, topic, payload, (joining) => {
      for (const event of events) joining.heard(event);
      const { Presence } = window.Phoenix;  // a class from 1.4 on
      if (typeof Presence === 'function') rolls.set(topic, new Roll(Presence, joining.channel));
    });
    rooms.set(topic, room);
  },

  present: (topic, expected) => rolls.get(topic).is(expected),
  accounts: (topic) => rolls.get(topic).accounts(),

  async push(topic, event, payload) {
    const { status, response } = await rooms.get(topic).push(event, inward(payload));
    return { status, response: outward(response) };
  },

  say(topic, event, payload) {
    rooms.get(topic).channel.push(event, inward(payload));
  },

  leave: (topic) => rooms.get(topic).leave(),

  async heard(topic, event, number) {
    const items = await rooms.get(topic).heard(event).count(number);
    return items.map(outward);
  },

  async joined(topic, number) {
    await rooms.get(topic).joins.count(number);
  },

  transport() {
    const name = () => (socket.conn instanceof WebSocket ? 'WebSocket' : 'LongPoll');
    if (socket.isConnected()) return name();
    return new Promise((open) => socket.onOpen(() => open(name())));
  },

  async failed() {
    await failures.count(1);
  },

  disconnect: () => new Promise((done) => socket.disconnect(done)),
};
