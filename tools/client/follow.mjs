// An example: follows events:lobby, and misses nothing while the connection is cut.
//   node follow.mjs [ws://127.0.0.1:4000/socket]        (npm install phoenix ws)
// The server's configuration has:
//   [[history]]
//   topic = "events:lobby"

import { Socket } from 'phoenix';
import WebSocket from 'ws';

import { recovering } from './recover.mjs';

const socket = new Socket(process.argv[2] ?? 'ws://127.0.0.1:4000/socket', {
  transport: WebSocket,
});
socket.connect();
const { joined } = recovering(socket, 'events:lobby', {
  on_event: ({ type, id, data }) => console.log(type, id, data),
  on_gap: ({ reason }) => console.log('something was missed for good:', reason),
});
joined.receive('ok', ({ recovered, events }) =>
  console.log(recovered ? `back: ${events} events were missed` : 'here'));
