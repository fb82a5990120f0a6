// A WebSocket client that says exactly the bytes it is told to, for what no
// well-behaved client does.

import { once } from 'node:events';
import net from 'node:net';

import { Arrivals } from './arrivals.mjs';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** One masked frame (RFC 6455 5.2); `first` replaces the byte of FIN, RSV and opcode. */
export function frame(opcode, data, { first = 0x80 | opcode, mask = [1, 2, 3, 4] } = {}) {
  const body = Buffer.from(data);
  const head =
    body.length < 126
      ? Buffer.from([first, body.length])
      : Buffer.from([first, 126, body.length >> 8, body.length & 0xff]);
  if (mask === null) return Buffer.concat([head, body]);
  head[1] |= 0x80;
  return Buffer.concat([head, Buffer.from(mask), body.map((byte, i) => byte ^ mask[i % 4])]);
}

export const upgrade_request = [
  'GET /socket/websocket?vsn=2.0.0 HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

export class RawSocket {
  /** The server's frames, as {opcode, data}; the HTTP answer is not among them. */
  frames = new Arrivals();
  status = undefined;
  rest_ = Buffer.alloc(0);

  static async connect({ port, host = '127.0.0.1' }) {
    const raw = new RawSocket(net.connect({ port, host }));
    await once(raw.socket, 'connect');
    return raw;
  }

  static async upgraded(server) {
    const raw = await RawSocket.connect(server);
    raw.write(upgrade_request);
    return raw;
  }

  constructor(socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    this.ended_ = false;
    socket.on('end', () => (this.ended_ = true));
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      this.rest_ = Buffer.concat([this.rest_, data]);
      if (this.status === undefined) this.take_head();
      if (this.status !== undefined) while (this.take_frame());
    });
  }

  take_head() {
    const end = this.rest_.indexOf('\r\n\r\n');
    if (end < 0) return;
    this.status = Number(this.rest_.toString('latin1', 9, 12));
    this.rest_ = this.rest_.subarray(end + 4);
  }

  /** Server frames are unmasked, and short in these tests. */
  take_frame() {
    if (this.rest_.length < 2) return false;
    const is_long = this.rest_[1] === 126;
    const start = is_long ? 4 : 2;
    if (this.rest_.length < start) return false;
    const end = start + (is_long ? this.rest_.readUInt16BE(2) : this.rest_[1]);
    if (this.rest_.length < end) return false;
    this.frames.add({ opcode: this.rest_[0] & 15, data: this.rest_.subarray(start, end) });
    this.rest_ = this.rest_.subarray(end);
    return true;
  }

  write(...parts) {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
  }

  /** Whether the server has neither closed nor cut the connection, as far as is known. */
  is_open() {
    return !this.ended_ && !this.socket.destroyed;
  }

  destroy() {
    this.socket.destroy();
    return this.closed;
  }
}
