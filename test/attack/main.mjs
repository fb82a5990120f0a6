// Attacks, one by one, and a table of what they cost: see run.

import { attacks, run_attack } from './attack.mjs';

const named = process.argv.slice(2).filter((word) => word !== '--short');
const form = process.argv.includes('--short') ? 'short' : 'long';
const unknown = named.filter((name) => !attacks.some((attack) => attack.name === name));
if (unknown.length > 0) {
  const names = attacks.map(({ name }) => name).join(' ');
  console.error(`no attack is called ${unknown.join(' ')}; there are: ${names}`);
  process.exit(2);
}

const attack_ms_max = 300_000;

/** What hangs is a failure too, and the end: its server ends with this program. */
function bounded(figures, name) {
  const too_late = setTimeout(() => {
    console.log(`FAILED ${name}: not over after ${attack_ms_max / 1000} s`);
    process.exit(1);
  }, attack_ms_max);
  return figures.finally(() => clearTimeout(too_late));
}

const in_mib = (bytes) => (bytes / (1 << 20)).toFixed(1);
console.log('| attack | what was done | RSS grew by, bound (MiB) | stays (MiB) | PSS (MiB) | CPU (s) | honest rounds, slowest |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
const began = Date.now();
for (const attack of attacks.filter(({ name }) => named.length === 0 || named.includes(name))) {
  try {
    const f = await bounded(run_attack(attack, form), attack.name);
    const cells = [
      `\`${f.name}\``,
      f.did,
      `${in_mib(f.grown_bytes)}, ${in_mib(f.bytes_max)}`,
      in_mib(f.after_bytes),
      in_mib(f.pss_bytes),
      f.cpu_seconds.toFixed(2),
      `${f.rounds}, ${Math.round(f.slowest_ms)} ms`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAILED ${attack.name}: ${error.stack}`);
  }
}
console.error(`${((Date.now() - began) / 1000).toFixed(0)} s`);
