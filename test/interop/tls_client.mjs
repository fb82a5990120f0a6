// Run by tls.test.mjs in a process of its own, since Node reads the certificates
// that it trusts (NODE_EXTRA_CA_CERTS) when it starts:
//   node tls_client.mjs ENDPOINT     wss://ADDRESS:PORT/socket
// phoenix.js over a WebSocket and phoenix.js over long-polling send each other an
// event; prints what each received.

import { connect, disconnect, phoenix, Room } from './phoenix_clients.mjs';

const event = (id, data) => ({ specversion: '1.0', id, source: '/tls', type: 't', data });

const [endpoint] = process.argv.slice(2);
const { LongPoll } = await phoenix('1.8');
const sockets = await Promise.all([
  connect('1.8', endpoint),
  connect('1.8', endpoint, { transport: LongPoll }),
]);
const [a, b] = await Promise.all(sockets.map((socket) => Room.join(socket, 'events:lobby')));
await a.publish(event('1', 'x'.repeat(900_000)));
await b.publish(event('2', 'polled'));
const [[for_b], [for_a]] = [await b.events.count(1), await a.events.count(1)];
console.log(JSON.stringify({ for_a: for_a.data, bytes_for_b: for_b.data.length }));
await disconnect(...sockets);
process.exit(0);
