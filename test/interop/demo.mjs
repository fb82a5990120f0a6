import { Socket } from 'phoenix';
import WebSocket from 'ws';

const address = process.argv[2] ?? 'ws://127.0.0.1:4000/socket';

async function enter_lobby() {
  const socket = new Socket(address, { transport: WebSocket });
  socket.connect();
  const lobby = socket.channel('events:lobby');
  await new Promise((joined) => lobby.join().receive('ok', joined));
  return { socket, lobby };
}

const ann = await enter_lobby();
const ben = await enter_lobby();
ben.lobby.on('cloudevent', ({ type, data }) => {
  console.log('ben received', type, data);
  ann.socket.disconnect();
  ben.socket.disconnect();
});

const event = { specversion: '1.0', id: '1', source: '/demo', type: 'com.example.hello' };
ann.lobby.push('cloudevent', { type: 'no event' })
  .receive('error', ({ message }) => console.log('refused:', message));
ann.lobby.push('cloudevent', { ...event, data: { text: 'Hi, Ben!' } })
  .receive('ok', () => console.log('accepted'));
