// wss:// and https://, with certificates made by openssl for each test.

import assert from 'node:assert/strict';
import { execFile as exec_file } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connect_tls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { test } from './bounded_test.mjs';
import { Server } from './server.mjs';

const run = promisify(exec_file);
const client = fileURLToPath(new URL('tls_client.mjs', import.meta.url));

/** A folder with cert.pem and key.pem that goes with the test. */
async function certificates(t) {
  const folder = await mkdtemp(path.join(tmpdir(), 'roost-tls-'));
  t.after(() => rm(folder, { recursive: true }));
  const [certificate, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name));
  const make = (name) =>
    run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-days', '1', '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-out', certificate, '-keyout', key],
    ]);
  await make('first.example');
  return { certificate, key, make };
}

const start = (t, { certificate, key }) =>
  Server.for(t, {
    settings: { 'server.tls.certificate': certificate, 'server.tls.key': key },
  });

const exchange = async (server, certificate) => {
  const { stdout } = await run(process.execPath, [client, server.endpoint], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
  });
  return JSON.parse(stdout);
};

/** Of the certificate that a new connection is shown. */
const common_name = ({ port }) =>
  new Promise((resolve, reject) => {
    const socket = connect_tls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.end();
    });
    socket.once('error', reject);
  });

test('phoenix.js exchanges events over wss:// and https://', async (t) => {
  const files = await certificates(t);
  const server = await start(t, files);
  assert.match(server.endpoint, /^wss:/);
  assert.deepEqual(await exchange(server, files.certificate), {
    for_a: 'polled',
    bytes_for_b: 900_000,
  });
});

test('SIGHUP takes a new certificate, and no broken one', async (t) => {
  const files = await certificates(t);
  const server = await start(t, files);
  assert.equal(await common_name(server), 'first.example');
  await files.make('second.example');
  server.reload();
  while ((await common_name(server)) !== 'second.example');
  await rm(files.key);
  server.reload();
  await exchange(server, files.certificate);
  assert.equal(await common_name(server), 'second.example');
});
