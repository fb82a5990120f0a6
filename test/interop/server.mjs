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
  /**
   * `settings` are configuration keys such as {'socket.timeout': '1s'}; `listen`
   * is ADDR:PORT. Resolves once the server listens.
   */
  static async start({ settings = {}, listen = '127.0.0.1:0' } = {}) {
    const all = { 'events.heartbeat_interval': '0s', 'log.level': 'warn', ...settings };
    const options = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const child = spawn(program, ['serve', '--listen', listen, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const server = new Server(child);
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      server.exited_.then(({ code }) => {
        throw new Error(`roost serve ended with ${code}`);
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

  /** Ends the server by SIGTERM, which it obeys within five seconds; resolves with how it ended. */
  async stop() {
    if (!running.has(this.child_)) return this.exited_;
    this.child_.kill('SIGTERM');
    let timer;
    const too_late = new Promise((_, reject) => {
      timer = setTimeout(() => {
        this.child_.kill('SIGKILL');
        reject(new Error('SIGTERM did not end the server in time'));
      }, stop_ms_max);
    });
    return Promise.race([this.exited_, too_late]).finally(() => clearTimeout(timer));
  }

  /** The same server again, at the same address. */
  async restart(options = {}) {
    const { code } = await this.stop();
    if (code !== 0) throw new Error(`roost serve ended with ${code}`);
    return Server.start({ ...options, listen: this.authority });
  }
}
