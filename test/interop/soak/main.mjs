// tools/soak's part in Node: runs a Soak, says how it goes, and exits with 1 at the first violation.

import { parseArgs } from 'node:util';

import { Soak } from './soak.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    clients: { type: 'string', default: '2000' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
  },
});
const minutes = Number(values.minutes);
const clients = Number(values.clients);
if (!(minutes > 0) || !Number.isInteger(clients) || clients < 2) {
  console.error('usage: tools/soak [--minutes M] [--clients N] [--seed S]');
  process.exit(2);
}

const line = (figures) =>
  Object.entries(figures).map(([name, value]) => `${name}=${value}`).join(' ');
const soak = new Soak({
  seed: values.seed,
  clients,
  ms: minutes * 60_000,
  arrive_ms: Math.min(60_000, minutes * 6000),
  report: (figures) => console.log(line(figures)),
});
console.log(`soak: ${minutes} minutes, ${clients} clients, --seed ${values.seed}`);
try {
  const figures = await soak.run();
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(20)}${value}`);
  console.log(`every event once and in order, or said to be gone with a restart (--seed ${values.seed})`);
  process.exit(0);
} catch (error) {
  console.log(line(soak.figures()));
  console.log(`VIOLATION: ${error.stack}`);
  console.log(`again: tools/soak --minutes ${minutes} --clients ${clients} --seed ${values.seed}`);
  process.exit(1);
}
