// An HTTP service that decides joins, for config/auth-http.toml:
//
//   node config/auth-http.mjs [PORT]
//
// config/hooks.md says what is in a question and in an answer.

import { createServer } from 'node:http';

const open_rooms = ['lobby', 'garden'];

function may_join({ captures, payload }) {
  const { room } = captures;
  if (!open_rooms.includes(room)) return { allow: false, reason: 'no_such_room' };
  // phoenix.js: socket.channel('events:room:garden', { key: '...' })
  if (room === 'garden' && payload?.key !== 'sesame') {
    return { allow: false, reason: 'members_only', log: 'a wrong key for the garden' };
  }
  return { allow: true, response: { room }, limits: { events_per_second: 50 } };
}

const service = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const question = JSON.parse(Buffer.concat(chunks).toString());
  response.setHeader('content-type', 'application/json');
  response.setHeader('cache-control', 'max-age=60');
  response.end(JSON.stringify(may_join(question)));
});

service.listen(Number(process.argv[2] ?? 9000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${service.address().port}/authorize`);
});
