// What a connection suffers, drawn before it has carried a byte.

export const Faults = {
  stall: 'stall', // nothing moves for `ms`
  split: 'split', // the next `bytes` go one by one
  reset: 'reset', // cut, with a TCP reset to both ends
  close: 'close', // cut, as if both ends had closed
  deaf: 'deaf', // cut, but only the other end knows; this one hears nothing for `ms`
};

const cuts = [Faults.reset, Faults.reset, Faults.close, Faults.deaf];

/** Of one direction: how late it is, and what happens at which byte, in order. */
function direction(random) {
  const delay_ms = random.chance(0.3) ? random.magnitude(1, 200) : 0;
  const faults = [];
  const at = () => random.magnitude(1, 50_000);
  if (random.chance(0.3)) faults.push({ at: at(), kind: Faults.stall, ms: random.magnitude(50, 4000) });
  if (random.chance(0.4)) faults.push({ at: at(), kind: Faults.split, bytes: random.magnitude(2, 300) });
  faults.sort((one, other) => one.at - other.at);
  return { delay_ms, faults };
}

/**
 * {up, down, lives_ms}: towards the server, towards the client, and how long the connection
 * lasts where no byte ends it. The cut stands among the faults of one direction.
 */
export function fault_plan(random) {
  const plan = { up: direction(random), down: direction(random) };
  plan.lives_ms = random.wait(90_000);
  plan.end = random.pick(cuts);
  plan.deaf_ms = random.magnitude(500, 20_000);
  if (random.chance(0.5)) {
    const { faults } = random.chance(0.7) ? plan.down : plan.up;
    faults.push({ at: random.magnitude(1, 100_000), kind: plan.end, ms: plan.deaf_ms });
    faults.sort((one, other) => one.at - other.at);
  }
  return plan;
}
