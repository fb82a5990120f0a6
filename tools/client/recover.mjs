// Nothing lost over a reconnect, with an unmodified phoenix.js: a channel of a topic
// that keeps its events ([[history]]) asks at each rejoin for what it missed, and
// publishes until it has an answer.

/**
 * `on_event` is called with each event of others, once and in order. `on_gap` is
 * called with the join's reply where what was missed is no longer there: fetch the
 * state anew. `params` go with each join, such as {event_types: ['com.example.*']}. What is not
 * answered within `retry_ms` (the socket's `timeout`) is published again.
 */
export function recovering(socket, topic, { on_event, on_gap = () => {}, params = {}, retry_ms }) {
  let seen, member; // {epoch, offset}; who we were when we published
  let following = 0, end = 0; // of what was missed, not here yet; how far that will bring us
  const unanswered = new Set();
  const name = ({ source, id }) => `${source}\n${id}`;
  const reach = (...offsets) => { seen.offset = Math.max(seen.offset, ...offsets); };

  // phoenix.js calls this function anew at each rejoin.
  const channel = socket.channel(topic, () => ({
    ...params, offsets: true, ...(seen && { recover: seen, exclude: member }),
  }));

  channel.on('cloudevent', ({ roostoffset, ...event }) => {
    // Of a join before, which was left or given up: the next one brings it again.
    if (channel.state !== 'joined') return;
    // Where one of them was dropped on its way, a new one counts instead, from further on.
    reach(Number(roostoffset), --following === 0 ? end : 0);
    if (!unanswered.has(name(event))) on_event(event);
  });

  // Also past what was of other types, which the topic may not keep for long.
  channel.on('heartbeat', ({ epoch, offset }) => {
    if (epoch && channel.state === 'joined') seen = { epoch, offset };
  });

  const joined = channel.join().receive('ok', (reply) => {
    if (seen && !reply.recovered) on_gap(reply);
    if (!reply.recovered || reply.events === 0) seen = { epoch: reply.epoch, offset: reply.offset };
    ({ events: following = 0, offset: end, member } = reply);
  });

  /**
   * Resolves with {epoch, offset} once the event has its place, however often it is sent. Rejects
   * with {reason} where the server refuses it, or the channel is left before there is an answer.
   */
  const publish = (event) => new Promise((accepted, refused) => {
    unanswered.add(name(event));
    const done = (settle) => (reply) => {
      unanswered.delete(name(event));
      if (channel.state === 'joined' && reply.epoch === seen.epoch) reach(reply.offset);
      settle(reply);
    };
    const send = () => channel.push('cloudevent', event, retry_ms)
      .receive('ok', done(accepted))
      .receive('error', done(refused))
      .receive('timeout', () => (channel.state === 'closed' ? refused({ reason: 'left' }) : send()));
    send();
  });
  return { channel, joined, publish };
}
