// A server whose joins hooks decide, by a configuration of config/ in a folder of
// its own, where a test may change it.

import { appendFile, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { Arrivals } from './arrivals.mjs';
import { build, Server } from './server.mjs';

const examples = fileURLToPath(new URL('../../config', import.meta.url));

/** A shared library that the build has made. */
export const plugin = (name) => path.join(build, 'plugins', name);

export class HookedServer extends Server {
  static log_ = 'pipe';
  /** The lines of its log. */
  log = new Arrivals();

  /** `config` is a name in config/, `files` are too, or paths; the server ends with the test `t`. */
  static async with_hooks(t, { config, files, settings = {} }) {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'roost-hooks-'));
    for (const file of [config, ...files]) {
      await copyFile(path.resolve(examples, file), path.join(folder, path.basename(file)));
    }
    const server = await this.for(t, {
      config: path.join(folder, config),
      settings: { 'log.level': 'info', ...settings },
    });
    t.after(() => rm(folder, { recursive: true }));
    server.folder_ = folder;
    return server;
  }

  constructor(child, program) {
    super(child, program);
    createInterface({ input: child.stderr }).on('line', (line) => this.log.add(JSON.parse(line)));
  }

  async change(name, change) {
    const file = path.join(this.folder_, name);
    await writeFile(file, change(await readFile(file, 'utf8')));
  }

  append(name, text) {
    return appendFile(path.join(this.folder_, name), text);
  }

  /** Has it read its configuration again; resolves with what it says of that. */
  async reloaded() {
    const before = this.log.items.length;
    const says = ({ event }) => event === 'reloaded' || event === 'reload refused';
    this.reload();
    const lines = await this.log.when((items) => items.slice(before).some(says));
    return lines.slice(before).find(says);
  }

  /** Resolves with the first line of the log that says `event`, and is forgotten. */
  async logged(event) {
    const lines = await this.log.when((items) => items.some((line) => line.event === event));
    const at = lines.findIndex((line) => line.event === event);
    return lines.splice(at, 1)[0];
  }
}
