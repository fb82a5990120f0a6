// The test() of node:test, bounded: a server that stays silent fails its test
// and no other.

import node_test from 'node:test';

const test_ms_max = 60_000;

export function test(name, body, { ms_max = test_ms_max } = {}) {
  return node_test(name, { timeout: ms_max }, body);
}
