// One attack on a server of its own, beside honest clients, and what it cost.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { build, Server } from '../interop/server.mjs';
import { connection_attacks } from './connections.mjs';
import { frame_attacks } from './frames.mjs';
import { Gauge } from './gauge.mjs';
import { HonestClients } from './honest.mjs';
import { topic_attacks } from './topics.mjs';

export const attacks = [...frame_attacks, ...connection_attacks, ...topic_attacks];

const mib = 1 << 20;
const descriptors_wait_ms_max = 30_000;

const is_sanitized = readFileSync(path.join(build, 'bin', 'roost')).includes('__asan_init');
// What was freed is kept for a while, which would be counted as taken.
if (is_sanitized) {
  process.env.ASAN_OPTIONS = `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64`;
}

/** AddressSanitizer puts something around each allocation, and keeps what was freed for a while. */
const allowed_bytes = (bytes) => (is_sanitized ? 2 * bytes + 32 * mib : bytes);

/** Every descriptor that the attack took is given back, in a while. */
async function until_given_back(gauge, descriptors) {
  for (const began = performance.now(); gauge.descriptors() > descriptors; await sleep(20)) {
    const left = gauge.descriptors() - descriptors;
    assert.ok(performance.now() - began < descriptors_wait_ms_max, `${left} descriptors leak`);
  }
}

/**
 * `form` is 'long' or 'short'. Resolves with its figures; rejects where the server did not do as it
 * must, took more than it may, or did not serve the honest clients.
 */
export async function run_attack({ name, run, config, settings, ...bounds }, form) {
  const size = (sizes) => sizes[form];
  const server = await Server.start({
    config: config && fileURLToPath(new URL(config, import.meta.url)),
    settings: { 'server.threads': '2', 'log.level': 'error', ...settings },
  });
  const honest = await HonestClients.start(server.endpoint);
  try {
    const gauge = new Gauge(server.pid);
    const before = gauge.rss_bytes();
    const descriptors = gauge.descriptors();
    const cpu_before = gauge.cpu_seconds();
    const did = await run({ server, size, gauge });
    const cpu_seconds = gauge.cpu_seconds() - cpu_before;
    const { rounds, slowest_ms } = await honest.stop();
    await until_given_back(gauge, descriptors);

    const bytes_max = allowed_bytes(bounds.bytes_max + size(bounds.bytes_more ?? { long: 0, short: 0 }));
    const figures = {
      name,
      did,
      cpu_seconds,
      grown_bytes: gauge.peak_rss_bytes() - before,
      after_bytes: gauge.rss_bytes() - before,
      pss_bytes: gauge.pss_bytes(),
      bytes_max,
      rounds,
      slowest_ms,
    };
    const in_mib = (bytes) => `${(bytes / mib).toFixed(1)} MiB`;
    assert.ok(
      figures.grown_bytes <= bytes_max,
      `the server grew by ${in_mib(figures.grown_bytes)}, and may by ${in_mib(bytes_max)}`,
    );
    return figures;
  } finally {
    await honest.terminate();
    await server.stop(20_000);
  }
}
