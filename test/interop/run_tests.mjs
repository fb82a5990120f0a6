// Runs test files, three at a time since most of them wait for clocks, and counts:
//   node run_tests.mjs [FILE...]      (all, where none is named)

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

const file_ms_max = 300_000;

function test_files() {
  const folders = ['.', '../conformance'].map((f) => fileURLToPath(new URL(f, import.meta.url)));
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.test.mjs'))
      .sort()
      .map((name) => path.join(folder, name)),
  );
}

const named = process.argv.slice(2).map((file) => path.resolve(file));
const files = named.length > 0 ? named : test_files();
let passed = 0;
let failed = 0;

/** A file or a suite is no test of its own; it is a failure when it broke outside of its tests. */
const holds_tests = ({ name, details }) =>
  details.type === 'suite' || files.some((file) => path.basename(file) === path.basename(name));

const events = run({ files, concurrency: 3, timeout: file_ms_max });
events.on('test:pass', (test) => {
  if (holds_tests(test)) return;
  passed += 1;
  console.log(`ok      ${test.name}`);
});
events.on('test:fail', (test) => {
  const { error } = test.details;
  if (holds_tests(test) && error.failureType === 'subtestsFailed') return;
  failed += 1;
  console.log(`FAILED  ${test.name}\n${inspect(error.cause ?? error)}`);
});
events.on('test:stdout', ({ message }) => process.stdout.write(message));
events.on('test:stderr', ({ message }) => process.stderr.write(message));
events.on('end', () => {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
});
events.resume();
