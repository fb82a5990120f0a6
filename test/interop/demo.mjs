import { Socket } from 'phoenix';
import WebSocket from 'ws';

const address = process.argv[2] ?? 'ws://127.0.0.1:4000/socket';

function enter(name) {
  const socket = new Socket(address, { transport: WebSocket });
  socket.connect();
  const lobby = socket.channel('events:lobby');
  return new Promise((joined) => {
    lobby.join().receive('ok', () => joined({ name, socket, lobby }));
  });
}

const [ann, ben] = await Promise.all([enter('ann'), enter('ben')]);
ben.lobby.on('cloudevent', (event) => {
  console.log('ben received:', event.type, event.data);
  ann.socket.disconnect();
  ben.socket.disconnect();
});

const event = { specversion: '1.0', id: '1', source: '/demo', type: 'com.example.greeting', data: { text: 'hello' } };
ann.lobby.push('cloudevent', event).receive('ok', () => console.log('ann: accepted'));
ann.lobby.push('cloudevent', { type: 'no event' }).receive('error', (e) => console.log('ann:', e.message));
