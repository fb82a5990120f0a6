// SECURITY.md promises nothing without a test: each row of its tables names
// some, and each that it names exists.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { test } from '../interop/bounded_test.mjs';
import { attacks } from './attack.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders = readdirSync(path.join(root, 'test'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => path.join(root, 'test', name));

function cpp_tests() {
  const names = new Set();
  for (const folder of folders) {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('_test.cpp'))) {
      const code = readFileSync(path.join(folder, file), 'utf8');
      for (const [, suite, name] of code.matchAll(/^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)/gm))
        names.add(`${suite}.${name}`);
    }
  }
  return names;
}

function is_node_test(name) {
  const [file, title] = name.split(/: (.*)/);
  const place = folders.map((folder) => path.join(folder, file)).find((f) => existsSync(f));
  return place !== undefined && readFileSync(place, 'utf8').includes(`test('${title}'`);
}

/** The first cell of each row of a table, and the names in the second. */
function promises() {
  const rows = readFileSync(path.join(root, 'SECURITY.md'), 'utf8').matchAll(
    /^\| (?!promise |---)(.*?) \| (.*) \|$/gm,
  );
  return [...rows].map(([, promise, tests]) => ({
    promise,
    tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  }));
}

test('every promise of SECURITY.md names tests that exist', () => {
  const known = cpp_tests();
  const is_attack = (name) => attacks.some((attack) => name === `attack ${attack.name}`);
  const all = promises();
  assert.ok(all.length >= 25, `${all.length} promises are found`);
  for (const { promise, tests } of all) {
    assert.notEqual(tests.length, 0, promise);
    for (const name of tests)
      assert.ok(known.has(name) || is_attack(name) || is_node_test(name), `no test: ${name}`);
  }
  for (const { name } of attacks)
    assert.ok(all.some(({ tests }) => tests.includes(`attack ${name}`)), `no promise: ${name}`);
});
