// The README's demo, as a new user types it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { test } from './bounded_test.mjs';
import { Server } from './server.mjs';

const beside = (name) => fileURLToPath(new URL(name, import.meta.url));

/** A folder in which `npm install phoenix ws` has run, as far as Node can tell. */
async function folder_with(...packages) {
  const folder = await mkdtemp(path.join(tmpdir(), 'roost-demo-'));
  await mkdir(path.join(folder, 'node_modules'));
  for (const [name, installed] of packages) {
    const target = beside(`node_modules/${installed}`);
    await symlink(target, path.join(folder, 'node_modules', name));
  }
  return folder;
}

test('the demo prints what the README says', async (t) => {
  const server = await Server.for(t);
  const folder = await folder_with(['phoenix', 'phoenix-1-8'], ['ws', 'ws']);
  await copyFile(beside('demo.mjs'), path.join(folder, 'demo.mjs'));
  const { stdout } = await promisify(execFile)('node', ['demo.mjs', server.endpoint], {
    cwd: folder,
    timeout: 20_000,
  });
  // Ben's line comes from another connection than the other two.
  assert.deepEqual(stdout.trimEnd().split('\n').sort(), [
    'accepted',
    "ben received com.example.hello { text: 'Hi, Ben!' }",
    'refused: Missing required fields: specversion, id, source',
  ]);
  await rm(folder, { recursive: true });
});

test('the README shows the demo as it is', async (t) => {
  const readme = await readFile(beside('../../README.md'), 'utf8');
  assert.ok(readme.includes(await readFile(beside('demo.mjs'), 'utf8')));
});
