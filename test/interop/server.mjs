// Starts and stops the servers of the build under test (ROOST_BUILD).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const build = path.resolve(process.env.ROOST_BUILD ?? 'build/release');
const stop_ms_max = 5000;

// A server ends with its tests, however they end.
const with_parent = ['--pdeathsig', 'KILL', '--'];

/** `roost serve`. */
export class Server {
  /** Where its log goes: to the test's own, or to 'pipe'. */
  static log_ = 'inherit';

  /** A server that ends with the test `t`. */
  static async for(t, options) {
    const server = await this.start(options);
    t.after(() => server.stop());
    return server;
  }

  /**
   * `config` is a file, `settings` are configuration keys such as {'socket.timeout': '1s'}; `listen`
   * is ADDR:PORT. Resolves once the server listens.
   */
  static async start({ config, settings = {}, listen = '127.0.0.1:0' } = {}) {
    const all = {
      'events.heartbeat_interval': '0s',
      'log.level': 'warn',
      'server.drain_time': '100ms',
      ...settings,
    };
    const options = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    if (config) options.push('--config', config);
    return this.run_('roost', 'serve', '--listen', listen, ...options);
  }

  static async run_(program, ...options) {
    const file = path.join(build, 'bin', program);
    const child = spawn('setpriv', [...with_parent, file, ...options], {
      stdio: ['ignore', 'pipe', this.log_],
    });
    const server = new this(child, program);
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      server.exited_.then(({ code, signal }) => {
        throw new Error(`${program} ended with ${signal ?? code}`);
      }),
    ]);
    const [, scheme, authority] = /listening on (?:(wss?):\/\/)?([^/\s]+)/.exec(line);
    server.scheme_ = scheme ?? 'ws';
    server.authority = authority;
    return server;
  }

  constructor(child, program) {
    this.child_ = child;
    this.program_ = program;
    this.exited_ = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  }

  /** The Phoenix socket. */
  get endpoint() {
    return `${this.scheme_}://${this.authority}/socket`;
  }

  get port() {
    return Number(/:(\d+)$/.exec(this.authority)[1]);
  }

  get pid() {
    return this.child_.pid;
  }

  /** The status of a GET. */
  async get(path) {
    return (await fetch(`http://${this.authority}${path}`)).status;
  }

  /** Sends SIGTERM: the first asks it to end in its own time, the second to end at once. */
  terminate() {
    this.child_.kill('SIGTERM');
  }

  /** Ends it at once. */
  kill() {
    this.child_.kill('SIGKILL');
  }

  /** Ends the server by SIGTERM. Rejects where it takes too long, or does not end well. */
  async stop(ms_max = stop_ms_max) {
    this.terminate();
    const too_late = setTimeout(() => this.kill(), ms_max);
    const { code, signal } = await this.exited_;
    clearTimeout(too_late);
    if (code !== 0) throw new Error(`${this.program_} ended with ${signal ?? code}`);
  }

  /** Lets it read its configuration, and the files that it names, anew. */
  reload() {
    this.child_.kill('SIGHUP');
  }

  /** The same server again, at the same address. */
  async restart(options = {}) {
    await this.stop();
    return this.constructor.start({ ...options, listen: this.authority });
  }
}

/** `conformance-server`: channels made with the C++ API, and every origin admitted. */
export class ConformanceServer extends Server {
  static async start({ listen = '127.0.0.1:0' } = {}) {
    return this.run_('conformance-server', '--listen', listen);
  }
}
