// phoenix.js's Presence of one channel, and whether it is in step: what its
// callbacks tell of must add up to its state. It runs in Node and in a page.

import { Arrivals } from './arrivals.mjs';

const refs_of = ({ metas }) => metas.map(({ phx_ref }) => phx_ref);

export class Roll {
  syncs_ = new Arrivals();
  told_ = new Set();

  /** Before the channel is joined. `Presence` is phoenix.js's. */
  constructor(Presence, channel) {
    this.presence_ = new Presence(channel);
    this.presence_.onJoin((_key, _current, { metas }) => {
      for (const ref of refs_of({ metas })) this.told_.add(ref);
    });
    this.presence_.onLeave((_key, _current, { metas }) => {
      for (const ref of refs_of({ metas })) this.told_.delete(ref);
    });
    this.presence_.onSync(() => this.syncs_.add(this.count()));
  }

  /** Who is there, and how often: {ann: 1, ben: 2}. */
  count() {
    const entries = this.presence_.list((key, { metas }) => [key, metas.length]);
    return Object.fromEntries(entries.sort());
  }

  /** Resolves once `expected`, of the form above, are there, and nobody else. */
  async is(expected) {
    const same = (one, other) =>
      JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
    await this.syncs_.when(() => same(this.count(), expected));
  }

  /** The presences that the callbacks told of, and those of the state: the same, sorted. */
  accounts() {
    const state = this.presence_.list((_key, { metas }) => refs_of({ metas })).flat();
    return { told: [...this.told_].sort(), state: state.sort() };
  }
}
