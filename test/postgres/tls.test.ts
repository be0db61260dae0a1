import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openingPostgres } from '../../src/store/dialects/postgres-opening.ts';
import { addressOf } from '../contract/store-engines.ts';
import { temporaryFolder } from '../support/folders.ts';
import { startCluster, type Cluster } from '../support/postgres.ts';
import { stowage } from '../support/stowage.ts';

const folder = temporaryFolder('tls');
const at = (name: string): string => join(folder.path, 'tls', name);
let cluster: Cluster;
let database: string;

beforeAll(async () => {
  const made = await stowage(['tls', 'init', '--out', join(folder.path, 'tls'), '--region', 'eu-central-1']);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  cluster = await startCluster({ tls: { certificate: at('server.crt'), key: at('server.key') } });
  database = await cluster.createDatabase();
});
afterAll(async () => {
  await cluster?.close();
  folder.remove();
});

/** Whether the store's own connections speak TLS, as the server sees them. */
async function isEncrypted(parameters: string): Promise<boolean | undefined> {
  const opening = await openingPostgres(addressOf(`${database}?${parameters}`));
  const store = await opening.open();
  expect(await store.isReachable()).toBe(true);
  const client = await cluster.connect();
  const { rows } = await client.query<{ ssl: boolean }>(
    `select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'stowage'`,
  );
  await client.end();
  await store.close();
  await opening.release();
  expect(rows).toHaveLength(1);
  return rows[0]?.ssl;
}

test.each([
  ['sslmode=disable', false],
  ['sslmode=require', true],
  [`sslmode=verify-ca&sslrootcert=${at('ca.crt')}`, true],
  [`sslmode=verify-full&sslrootcert=${at('ca.crt')}`, true],
])('with %s the way to the database is encrypted: %s', async (parameters, encrypted) => {
  expect(await isEncrypted(parameters)).toBe(encrypted);
});

test.each([
  ['sslmode=verify-full', /^No trusted TLS connection to PostgreSQL at 127\.0\.0\.1:\d+ comes about \(/],
  ['sslmode=verify-ca', /^No trusted TLS connection to PostgreSQL at/],
  [
    `sslmode=verify-full&sslrootcert=${at('nothing.crt')}`,
    /^The certificates .*nothing\.crt for the database cannot be read \(ENOENT\)\.$/,
  ],
])('with %s a server that cannot be known is refused', async (parameters, sentence) => {
  await expect(openingPostgres(addressOf(`${database}?${parameters}`))).rejects.toThrow(sentence);
});
