// Every attack in its short form: the server does as it must, within its bound of
// memory, gives every descriptor back, and serves others meanwhile.

import { test } from '../interop/bounded_test.mjs';
import { run_attack } from './attack.mjs';
import { frame_attacks } from './frames.mjs';
import { topic_attacks } from './topics.mjs';

for (const attack of [...frame_attacks, ...topic_attacks])
  test(`under attack: ${attack.name}`, () => run_attack(attack, 'short'), { ms_max: 120_000 });
