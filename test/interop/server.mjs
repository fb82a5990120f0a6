// Starts and stops `roost serve` of the build under test (ROOST_BUILD).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const program = path.resolve(process.env.ROOST_BUILD ?? 'build/release', 'bin/roost');
const stop_ms_max = 5000;

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export class Server {
  /** A server that ends with the test `t`. */
  static async for(t, options) {
    const server = await Server.start(options);
    t.after(() => server.stop());
    return server;
  }

  /**
   * `settings` are configuration keys such as {'socket.timeout': '1s'}; `listen`
   * is ADDR:PORT. Resolves once the server listens.
   */
  static async start({ settings = {}, listen = '127.0.0.1:0' } = {}) {
    const all = {
      'events.heartbeat_interval': '0s',
      'log.level': 'warn',
      'server.drain_time': '100ms',
      ...settings,
    };
    const options = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const child = spawn(program, ['serve', '--listen', listen, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const server = new Server(child);
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      server.exited_.then(({ code, signal }) => {
        throw new Error(`roost serve ended with ${signal ?? code}`);
      }),
    ]);
    server.authority = /ws:\/\/([^/\s]+)/.exec(line)[1];
    return server;
  }

  constructor(child) {
    this.child_ = child;
    running.add(child);
    this.exited_ = once(child, 'exit').then(([code, signal]) => {
      running.delete(child);
      return { code, signal };
    });
  }

  /** The Phoenix socket. */
  get endpoint() {
    return `ws://${this.authority}/socket`;
  }

  get port() {
    return Number(/:(\d+)$/.exec(this.authority)[1]);
  }

  /** The status of a GET. */
  async get(path) {
    return (await fetch(`http://${this.authority}${path}`)).status;
  }

  /** Sends SIGTERM: the first asks it to end in its own time, the second to end at once. */
  terminate() {
    this.child_.kill('SIGTERM');
  }

  /** Ends the server by SIGTERM. Rejects where it takes too long, or does not end well. */
  async stop() {
    this.terminate();
    const too_late = setTimeout(() => this.child_.kill('SIGKILL'), stop_ms_max);
    const { code, signal } = await this.exited_;
    clearTimeout(too_late);
    if (code !== 0) throw new Error(`roost serve ended with ${signal ?? code}`);
  }

  /** The same server again, at the same address. */
  async restart(options = {}) {
    await this.stop();
    return Server.start({ ...options, listen: this.authority });
  }
}
