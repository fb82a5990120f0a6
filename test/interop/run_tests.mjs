// Runs test files, three at a time since most of them wait for clocks, and counts:
//   node run_tests.mjs [FILE...]      (all, where none is named)
//
// A file with a failure is run once more, by itself: browsers and clocks on a
// machine that others use as well fail at times. What failed is shown all the same,
// and what failed twice, or for a server that crashed, has failed.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

const file_ms_max = 300_000;

function test_files() {
  const folders = ['.', '../attack', '../conformance'].map((f) => fileURLToPath(new URL(f, import.meta.url)));
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.test.mjs'))
      .sort()
      .map((name) => path.join(folder, name)),
  );
}

/** A file or a suite is no test of its own; it is a failure when it broke outside of its tests. */
const holds_tests = ({ name, details }, file) =>
  details.type === 'suite' || path.basename(file) === path.basename(name);

const is_crash = (error) => /ended with|AddressSanitizer|runtime error:/.test(inspect(error));

/** Resolves with the names of what passed, and with what failed. */
async function run_file(file) {
  const passed = [];
  const failed = [];
  const events = run({ files: [file], timeout: file_ms_max });
  events.on('test:pass', (test) => {
    if (holds_tests(test, file)) return;
    passed.push(test.name);
    console.log(`ok      ${test.name}`);
  });
  events.on('test:fail', (test) => {
    const { error } = test.details;
    if (holds_tests(test, file) && error.failureType === 'subtestsFailed') return;
    failed.push({ name: test.name, file, crash: is_crash(error) });
    console.log(`FAILED  ${test.name}\n${inspect(error.cause ?? error)}`);
  });
  events.on('test:stdout', ({ message }) => process.stdout.write(message));
  events.on('test:stderr', ({ message }) => process.stderr.write(message));
  events.resume();
  await new Promise((resolve) => events.on('end', resolve));
  return { passed, failed };
}

async function run_files(files, at_once) {
  const waiting = [...files];
  const results = [];
  const run_next = async () => {
    while (waiting.length > 0) results.push(await run_file(waiting.shift()));
  };
  await Promise.all(Array.from({ length: at_once }, run_next));
  return {
    passed: results.flatMap(({ passed }) => passed),
    failed: results.flatMap(({ failed }) => failed),
  };
}

const names_of = (tests) => new Set(tests.map(({ name }) => name));

const named = process.argv.slice(2).map((file) => path.resolve(file));
const { passed, failed } = await run_files(named.length > 0 ? named : test_files(), 3);
let failures = names_of(failed);
if (failed.length > 0 && !failed.some(({ crash }) => crash)) {
  const again = [...new Set(failed.map(({ file }) => file))];
  console.log(`once more, each by itself: ${again.map((file) => path.basename(file)).join(' ')}`);
  const second = await run_files(again, 1);
  const failed_again = names_of(second.failed);
  for (const { name } of failed) {
    if (!second.passed.includes(name)) failed_again.add(name);
    else console.log(`PASSED AT THE SECOND TRY  ${name}`);
  }
  failures = failed_again;
}
console.log(`${passed.length + failed.length - failures.size} passed, ${failures.size} failed`);
process.exitCode = failures.size === 0 && passed.length > 0 ? 0 : 1;
