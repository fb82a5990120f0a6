// An attacker's connection: any bytes, as many as TCP takes. Counts what the
// server says, and keeps nothing of it.

import { once } from 'node:events';
import net from 'node:net';

import { opcodes, upgrade_request } from '../interop/raw_socket.mjs';

export { opcodes, upgrade_request };

/** A frame masked with zeros, which leave it as it is (RFC 6455 5.3). */
export function frame(opcode, data, { is_final = true } = {}) {
  const body = Buffer.from(data);
  const long = body.length > 0xffff ? 10 : body.length > 125 ? 4 : 2;
  const bytes = Buffer.alloc(long + 4 + body.length);
  bytes[0] = opcode | (is_final ? 0x80 : 0);
  bytes[1] = 0x80 | (long === 10 ? 127 : long === 4 ? 126 : body.length);
  if (long === 4) bytes.writeUInt16BE(body.length, 2);
  if (long === 10) bytes.writeUInt32BE(body.length, 6);
  body.copy(bytes, long + 4);
  return bytes;
}

export const text = (message) =>
  frame(opcodes.text, typeof message === 'string' ? message : JSON.stringify(message));

export const heartbeat = (ref = '1', payload = '{}') =>
  text(`[null,${JSON.stringify(ref)},"phoenix","heartbeat",${payload}]`);

export class Peer {
  texts = 0;
  pongs = 0;
  /** The last text, for a message when it is not what was expected. */
  last_text = '';
  /** What the server closed the WebSocket with. */
  close_code = undefined;
  /** The HTTP status of the upgrade. */
  status = undefined;
  rest_ = Buffer.alloc(0);
  waiting_ = new Set();

  static async connect({ port }, { address = '127.0.0.1' } = {}) {
    const peer = new Peer(net.connect({ port, host: '127.0.0.1', localAddress: address }));
    await Promise.race([once(peer.socket, 'connect'), peer.closed]);
    return peer;
  }

  static async upgraded(server, options) {
    const peer = await Peer.connect(server, options);
    peer.socket.write(upgrade_request);
    await peer.until(() => peer.status !== undefined);
    return peer;
  }

  constructor(socket) {
    this.socket = socket;
    this.is_closed = false;
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        this.is_closed = true;
        this.check_();
        resolve();
      }),
    );
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (data) => this.take_(data));
  }

  take_(data) {
    this.rest_ = this.rest_.length > 0 ? Buffer.concat([this.rest_, data]) : data;
    let at = 0;
    if (this.status === undefined) {
      const end = this.rest_.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.status = Number(this.rest_.toString('latin1', 9, 12));
      at = end + 4;
    }
    if (this.status === 101) {
      for (let end; (end = this.take_frame_(at)) !== undefined; ) at = end;
      this.rest_ = this.rest_.subarray(at);
    } else {
      this.rest_ = Buffer.alloc(0);
    }
    this.check_();
  }

  /** Where the frame at `at` ends, if all of it is there. */
  take_frame_(at) {
    const bytes = this.rest_;
    if (bytes.length < at + 2) return undefined;
    const short = bytes[at + 1];
    const start = at + (short === 127 ? 10 : short === 126 ? 4 : 2);
    if (bytes.length < start) return undefined;
    const size =
      short === 127 ? bytes.readUInt32BE(at + 6) : short === 126 ? bytes.readUInt16BE(at + 2) : short;
    const end = start + size;
    if (bytes.length < end) return undefined;
    const opcode = bytes[at] & 15;
    if (opcode === opcodes.text) {
      ++this.texts;
      if (end + 2 > bytes.length) this.last_text = bytes.toString('utf8', start, Math.min(end, start + 300));
    } else if (opcode === opcodes.pong) {
      ++this.pongs;
    } else if (opcode === opcodes.close) {
      this.close_code = size >= 2 ? bytes.readUInt16BE(start) : 1005;
    }
    return end;
  }

  check_() {
    for (const look of this.waiting_) look();
  }

  /** Resolves once `condition` holds, or the connection is gone. */
  until(condition) {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.is_closed && !condition()) return;
        this.waiting_.delete(look);
        resolve();
      };
      this.waiting_.add(look);
      look();
    });
  }

  /** Resolves once TCP has taken it: whether the connection is still there. */
  async say(bytes) {
    if (this.is_closed) return false;
    if (!this.socket.write(bytes)) {
      await Promise.race([once(this.socket, 'drain').catch(() => {}), this.closed]);
    }
    return !this.is_closed;
  }

  /** Resolves with the code that the server closes with, or `reset` where it cuts. */
  async ending() {
    await this.until(() => this.close_code !== undefined);
    return this.close_code ?? 'reset';
  }

  /** Goes without a word: TCP tells the server by a reset. */
  reset() {
    // Of a socket that has ended, Node 20 may then forget to say that it is closed.
    if (this.socket.readableEnded) this.socket.destroy();
    else this.socket.resetAndDestroy();
    return this.closed;
  }
}
