// Plays recorded scenarios against a running server and compares:
//   node play.mjs HOST:PORT [--only NAME] [FILE...]
// The closing line counts them; the exit code is 1 where one failed.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { entry_differences } from './compare.mjs';
import { Player, records } from './player.mjs';

const line_chars_max = 1000;

/** What differs in the first step that does: later ones would only follow from it. */
async function failures(address, { steps, got }) {
  const player = new Player(address);
  let next = 0;
  try {
    for (const [i, step] of steps.entries()) {
      const expected = records(step) ? got[next++] : undefined;
      const entry = await player.play(step, expected);
      if (expected === undefined) continue;
      const lines = entry_differences(expected, entry, `step ${i + 1}`);
      if (lines.length > 0) return lines;
    }
    const count = steps.filter(records).length;
    return count === got.length ? [] : [`${count} steps record, got has ${got.length} entries`];
  } catch (error) {
    return [`the runner: ${error.message}`];
  } finally {
    player.stop();
  }
}

function report_failure({ name, why, steps }, lines) {
  console.log(`FAILED ${name}${why ? ` (${why})` : ''}`);
  for (const line of lines) console.log(`    ${line.slice(0, line_chars_max)}`);
  console.log('  of the steps:');
  steps.forEach((step, i) => console.log(`    ${i + 1}. ${JSON.stringify(step).slice(0, line_chars_max)}`));
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { only: { type: 'string' } },
    allowPositionals: true,
  });
  const [address, ...files] = positionals;
  if (address === undefined) {
    console.error('usage: node play.mjs HOST:PORT [--only NAME] [FILE...]');
    return 2;
  }
  if (files.length === 0) {
    files.push(...['phoenix-1.8.json', 'roost.json'].map((f) => new URL(f, import.meta.url)));
  }
  const all = files.flatMap((file) => JSON.parse(readFileSync(file)));
  const chosen = all.filter(({ name }) => values.only === undefined || name === values.only);
  if (chosen.length === 0) {
    console.error(`no scenario is named ${values.only}`);
    return 2;
  }

  let failed = 0;
  for (const scenario of chosen) {
    const lines = await failures(address, scenario);
    if (lines.length === 0) continue;
    failed += 1;
    report_failure(scenario, lines);
  }
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exit(await main());
