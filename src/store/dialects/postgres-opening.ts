import pg from 'pg';
import type { PostgresAddress } from '../../domain/postgres-address.ts';
import { StartError } from '../../domain/start-error.ts';
import { migrations } from '../migrations/index.ts';
import type { Opening } from '../opening.ts';
import { connectionOf } from './postgres-connection.ts';
import { codeOf } from './postgres-errors.ts';
import { openPostgres, postgresSpelling } from './postgres.ts';

/** The oldest server that is taken (server_version_num). */
const oldestServer = 130_000;

/** Held in the database by the node that starts ("stow" in ASCII). Others wait for it so long. */
const startLock = 0x73746f77;
const startPatience = 60_000;

/** Long enough for a migration of a large database. */
const noTimeout = 0;

/** A database of PostgreSQL, which one node at a time starts on. @throws StartError. */
export async function openingPostgres(address: PostgresAddress): Promise<Opening> {
  const name = nameOf(address);
  const client = new pg.Client({
    ...connectionOf(address),
    statement_timeout: noTimeout,
    query_timeout: noTimeout,
    idle_in_transaction_session_timeout: noTimeout,
    lock_timeout: startPatience,
  });
  // What goes wrong between two statements shows at the next one.
  client.on('error', () => {});
  try {
    await client.connect();
    await checkServer(client, name);
    await client.query(`select pg_advisory_lock(${startLock})`);
    const version = await readVersion(client);
    return {
      name,
      version,
      readMeta: (key) => readMeta(client, key),
      async open() {
        await migrate(client, version).catch((error: unknown) => {
          throw sentenceOf(error, address);
        });
        return openPostgres(address);
      },
      release: () => client.end(),
    };
  } catch (error) {
    await client.end().catch(() => {});
    throw error instanceof StartError ? error : sentenceOf(error, address);
  }
}

/** Never with the password. */
function nameOf({ database, host, port }: PostgresAddress): string {
  return `the database "${database}" at ${host}:${port}`;
}

function sentenceOf(error: unknown, address: PostgresAddress): StartError {
  const { host, port, user, database } = address;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const say = (sentence: string): StartError => new StartError(sentence, { cause: error });
  if (code?.startsWith('28') || message.startsWith('SASL'))
    return say(`PostgreSQL at ${host}:${port} does not let "${user}" in; check user and password.`);
  if (code === '3D000') return say(`There is no database "${database}" at ${host}:${port}; make it first.`);
  if (code === '42501') return say(`"${user}" may not make tables in ${nameOf(address)}; let it own the database.`);
  if (code === '55P03')
    return say(`Another Stowage has been starting on ${nameOf(address)} for a minute; try again when it has ended.`);
  if (message.includes('SSL') || message.includes('certificate') || code?.startsWith('ERR_TLS') || isOfTls(code))
    return say(`No trusted TLS connection to PostgreSQL at ${host}:${port} comes about (${code ?? message}).`);
  return say(`PostgreSQL at ${host}:${port} cannot be used (${code ?? message}).`);
}

const isOfTls = (code: string | undefined): boolean =>
  code !== undefined && /^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|ERR_SSL)/.test(code);

async function checkServer(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query<{ version: string; words: string; encoding: string; standby: boolean }>(
    `select current_setting('server_version_num') as version, current_setting('server_version') as words,
      current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby`,
  );
  const [server] = rows;
  const Name = name.replace(/^t/, 'T');
  if (Number(server?.version) < oldestServer)
    throw new StartError(
      `${Name} runs on PostgreSQL ${server?.words}; Stowage needs ${oldestServer / 10_000} or newer.`,
    );
  if (server?.encoding !== 'UTF8')
    throw new StartError(`${Name} has the encoding ${server?.encoding}; Stowage needs UTF8.`);
  if (server.standby) throw new StartError(`${Name} is a standby, which cannot be written; name the primary server.`);
}

async function readVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ there: boolean }>(`select to_regclass('meta') is not null as there`);
  return rows[0]?.there ? Number((await readMeta(client, 'schema')) ?? 0) : 0;
}

async function readMeta(client: pg.Client, name: string): Promise<string | undefined> {
  const { rows } = await client.query<{ value: string }>('select value from meta where name = $1', [name]);
  return rows[0]?.value;
}

/** Each migration and its number in one transaction. */
async function migrate(client: pg.Client, from: number): Promise<void> {
  for (const { number, statements } of migrations) {
    if (number <= from) continue;
    await client.query('begin');
    try {
      for (const sql of statements(postgresSpelling)) await client.query(sql);
      const put = `insert into meta (name, value) values ('schema', $1) on conflict (name) do update set value = excluded.value`;
      await client.query(put, [String(number)]);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    }
  }
}
