// `roost ...` of the build under test.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { build } from './server.mjs';

/** `roost ...`: its lines as they come, its exit code. */
export function roost(t, ...options) {
  const child = spawn(path.join(build, 'bin', 'roost'), options);
  t.after(() => child.kill('SIGKILL'));
  const lines = [];
  let complaints = '';
  let wake = () => {};
  const exited = once(child, 'close').then(([code]) => code);
  createInterface({ input: child.stdout }).on('line', (line) => (lines.push(line), wake()));
  child.stderr.on('data', (text) => ((complaints += text), wake()));
  const until = async (met) => {
    while (!met()) await Promise.race([new Promise((woken) => (wake = woken)), exited]);
  };
  return {
    lines,
    exited,
    write: (text) => child.stdin.write(text),
    end: () => child.stdin.end(),
    interrupt: () => child.kill('SIGINT'),
    until_lines: (count) => until(() => lines.length >= count || child.exitCode !== null),
    until_said: (text) => until(() => complaints.includes(text) || child.exitCode !== null),
    complaints: () => complaints,
  };
}
