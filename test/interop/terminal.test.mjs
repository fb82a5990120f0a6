// `roost listen` and `roost publish` on a terminal: what a person sees, rather than a pipe.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { test } from './bounded_test.mjs';
import { connect, disconnect, Room } from './phoenix_clients.mjs';
import { build, Server } from './server.mjs';

const topic = 'events:terminal';
const program = `'${path.join(build, 'bin', 'roost')}'`;

const event = (id, more) => ({ specversion: '1.0', source: '/desk', type: 'com.example.n', id, ...more });

/** A command of the shell on a terminal of its own. */
class Terminal {
  text = '';

  constructor(t, command) {
    this.child_ = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: { ...process.env, SHELL: '/bin/sh' },
    });
    // Its terminal goes with it, which ends the command.
    t.after(() => this.child_.kill('SIGKILL'));
    this.exited = once(this.child_, 'close').then(([code]) => code);
    this.child_.stdout.setEncoding('utf8').on('data', (text) => {
      this.text += text;
      this.child_.emit('shown');
    });
  }

  /** Resolves once it shows `text`. */
  async shows(text) {
    const ended = this.exited.then(() => assert.ok(this.text.includes(text), this.text));
    while (!this.text.includes(text)) await Promise.race([once(this.child_, 'shown'), ended]);
  }

  type(text) {
    this.child_.stdin.write(text);
  }
}

test('roost listen shows events readably on a terminal, and nothing that it obeys', async (t) => {
  const server = await Server.for(t);
  const listener = new Terminal(t, `${program} listen ${topic} --url ${server.endpoint} --count 2`);
  await listener.shows('listening to');
  const socket = await connect('1.8', server.endpoint);
  t.after(() => disconnect(socket));
  const room = await Room.join(socket, topic);
  const evil = '\u001b]0;title\u0007\u009b2J';
  for (const one of [event('first', { data: { text: 'Hi' } }), event('evil', { data: evil })]) assert.equal((await room.publish(one)).status, 'ok');

  assert.equal(await listener.exited, 0, listener.text);
  // Its colours are all that it tells the terminal.
  const plain = listener.text.replaceAll(/\u001b\[[\d;]*m/g, '');
  assert.notEqual(plain, listener.text);
  assert.doesNotMatch(plain, /[\u001b\u0007\u009b]/);
  assert.match(plain, /^\d\d:\d\d:\d\d com\.example\.n \/desk id=first\r\n +\{"text":"Hi"\}\r\n/m);
  assert.match(plain, /^\d\d:\d\d:\d\d com\.example\.n \/desk id=evil/m);
  assert.doesNotMatch(plain, /specversion/);
});

test('roost publish shows how far it is where its verdicts go to a file', async (t) => {
  const server = await Server.for(t);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'roost-terminal-'));
  t.after(() => rm(folder, { recursive: true }));
  const verdicts = path.join(folder, 'verdicts');
  const publisher = new Terminal(t, `${program} publish ${topic} --url ${server.endpoint} >'${verdicts}'`);
  await publisher.shows('0 accepted, 0 refused, 0 on their way');
  publisher.type(`${JSON.stringify(event('1'))}\n${JSON.stringify(event('2', { time: 'noon' }))}\n`);
  await publisher.shows('\r1 accepted, 1 refused, 0 on their way');
  publisher.type('\u0004'); // Ctrl-D
  assert.equal(await publisher.exited, 1, publisher.text);
  // The line of progress is wiped before anything else is said.
  const said = publisher.text.split('\r\u001b[K');
  assert.match(said.at(-1), /^roost: 2 events: 1 accepted \(0 duplicates\), 1 refused, 0 without/);
  assert.ok(said.some((text) => /^roost: stdin:2: invalid_time: /.test(text)), publisher.text);
  const lines = (await readFile(verdicts, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ id, verdict }) => `${id} ${verdict}`).sort(), ['1 ok', '2 refused']);
});
