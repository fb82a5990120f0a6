// An HTTP proxy before a server under test: it may refuse WebSockets, swallow
// them as some middleboxes do, or cut what is open.

import { createServer, request as http_request } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';

export const Upgrades = { pass: 'pass', refuse: 'refuse', swallow: 'swallow' };

export class Proxy {
  /** A proxy that ends with the test `t`. */
  static async for(t, server, upgrades = Upgrades.pass) {
    const proxy = new Proxy(server, upgrades);
    proxy.http_.listen(0, '127.0.0.1');
    await once(proxy.http_, 'listening');
    t.after(() => proxy.stop());
    return proxy;
  }

  upgrades_asked = 0;
  requests = 0;

  constructor(server, upgrades) {
    this.port_ = server.port;
    this.upgrades_ = upgrades;
    this.open_ = new Set();
    this.http_ = createServer((request, response) => this.forward_(request, response));
    this.http_.on('upgrade', (request, socket, head) => this.upgrade_(request, socket, head));
    this.http_.on('connection', (socket) => this.watch_(socket));
  }

  get endpoint() {
    return `ws://127.0.0.1:${this.http_.address().port}/socket`;
  }

  /** Ends every connection, and leaves those that come alone. */
  cut() {
    for (const socket of this.open_) socket.destroy();
  }

  stop() {
    this.http_.close();
    this.cut();
  }

  watch_(socket) {
    this.open_.add(socket);
    socket.on('close', () => this.open_.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  forward_(request, response) {
    this.requests += 1;
    const { method, url: path, headers } = request;
    const onward = http_request({ port: this.port_, method, path, headers, agent: false });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  upgrade_(request, socket, head) {
    this.upgrades_asked += 1;
    if (this.upgrades_ === Upgrades.swallow) return;
    if (this.upgrades_ === Upgrades.refuse) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      return;
    }
    const onward = connect(this.port_, '127.0.0.1');
    this.watch_(onward);
    const { method, url, rawHeaders } = request;
    const lines = [`${method} ${url} HTTP/1.1`];
    for (let i = 0; i < rawHeaders.length; i += 2) {
      lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
    }
    onward.write(`${lines.join('\r\n')}\r\n\r\n`);
    onward.write(head);
    socket.pipe(onward).pipe(socket);
    for (const [one, other] of [[socket, onward], [onward, socket]]) {
      one.on('close', () => other.destroy());
    }
  }
}
