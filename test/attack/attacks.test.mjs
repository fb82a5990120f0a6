// Every attack in its short form: the server does as it must, within its bound of
// memory, gives every descriptor back, and serves others meanwhile.

import { test } from '../interop/bounded_test.mjs';
import { attacks, run_attack } from './attack.mjs';

for (const attack of attacks) {
  test(`under attack: ${attack.name}`, () => run_attack(attack, 'short'), { ms_max: 120_000 });
}
