// The attacks by connections in their short form: a file of its own, since they
// wait for clocks.

import { test } from '../interop/bounded_test.mjs';
import { run_attack } from './attack.mjs';
import { connection_attacks } from './connections.mjs';

for (const attack of connection_attacks)
  test(`under attack: ${attack.name}`, () => run_attack(attack, 'short'), { ms_max: 120_000 });
