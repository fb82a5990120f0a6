// Honest clients beside an attack, on a thread of their own, so that what they
// wait for is the server and not the attacker's event loop.
//
// Each round every one of them sends a heartbeat and one publishes an event that
// all others must get. The next round begins when all of it has come.

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { Arrivals } from '../interop/arrivals.mjs';
import { event_of, WsClient } from '../interop/ws_client.mjs';

const round_pause_ms = 50;
const topic = 'events:honest';

export class HonestClients {
  said_ = new Arrivals();

  /** Resolves once they have joined. */
  static async start(endpoint, number = 4) {
    const worker = new Worker(new URL(import.meta.url), { workerData: { endpoint, number } });
    const clients = new HonestClients(worker);
    await clients.said(1);
    return clients;
  }

  constructor(worker) {
    this.worker_ = worker;
    worker.on('message', (message) => this.said_.add(message));
    worker.on('error', ({ message }) => this.said_.add({ error: message }));
  }

  /** Resolves with the last thing that they say. */
  async said(number) {
    const { error, ...figures } = (await this.said_.count(number))[number - 1];
    if (error) throw new Error(`an honest client: ${error}`);
    return figures;
  }

  /**
   * Lets them finish their round and go. Resolves with {rounds, slowest_ms}; rejects where one of
   * them was not served.
   */
  stop() {
    this.worker_.postMessage('stop');
    return this.said(2);
  }

  terminate() {
    return this.worker_.terminate();
  }
}

async function serve_rounds({ endpoint, number }) {
  let is_stopping = false;
  parentPort.once('message', () => (is_stopping = true));
  const clients = await Promise.all(Array.from({ length: number }, () => WsClient.open(endpoint)));
  const lost = Promise.race(
    clients.map(async (client) => {
      throw new Error(`closed with ${await client.closed}`);
    }),
  );
  await Promise.all(clients.map((client) => client.join(topic)));
  parentPort.postMessage({});

  const round = async (n) => {
    const publisher = clients[n % number];
    const heard = (client) =>
      client.messages.when((items) => items.some(({ 4: { id } }) => id === `round-${n}`));
    await Promise.all([
      publisher.push(topic, 'cloudevent', event_of(`round-${n}`)),
      ...clients.filter((client) => client !== publisher).map(heard),
      ...clients.map((client) => client.heartbeat()),
    ]);
    for (const client of clients) client.messages.items = [];
  };
  let slowest_ms = 0;
  let rounds = 0;
  // At least one round begins when the attack is over.
  for (let is_last = false; !is_last; ++rounds) {
    is_last = is_stopping;
    const began = performance.now();
    await Promise.race([round(rounds), lost]);
    slowest_ms = Math.max(slowest_ms, performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, round_pause_ms));
  }
  lost.catch(() => {});
  await Promise.all(clients.map((client) => client.close()));
  return { rounds, slowest_ms };
}

if (!isMainThread) {
  try {
    parentPort.postMessage(await serve_rounds(workerData));
  } catch (error) {
    parentPort.postMessage({ error: error.message });
  }
  parentPort.close();
}
