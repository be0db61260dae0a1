import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { PostgresAddress } from '../../domain/postgres-address.ts';
import { StartError } from '../../domain/start-error.ts';

/** For every connection. A plan that was made while a table was small must not scan it when it is large. */
const sessionSettings = ['enable_seqscan=off', 'jit=off', 'client_min_messages=warning'];

/** Beyond the server's own time-out for a statement: by then the server, or the way to it, is gone. */
const answerMargin = 5000;

/** A transaction in which nothing is asked for so long belongs to a node that is gone or frozen, and keeps others waiting. */
const longestIdle = 10_000;

/** Numbers of PostgreSQL that we take as numbers: sizes, times and ids are far below 2^53. */
const getTypeParser: pg.CustomTypesConfig['getTypeParser'] = (id, format) =>
  id === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(id, format);

/** @throws StartError when the file of authorities cannot be read. */
export function connectionOf(address: PostgresAddress): pg.ClientConfig {
  const { host, port, user, database, connectTimeout, statementTimeout } = address;
  return {
    host,
    port,
    user,
    database,
    ...(address.password === undefined ? {} : { password: address.password }),
    ssl: tlsOf(address),
    application_name: 'stowage',
    connectionTimeoutMillis: connectTimeout,
    statement_timeout: statementTimeout,
    query_timeout: statementTimeout + answerMargin,
    idle_in_transaction_session_timeout: Math.min(longestIdle, statementTimeout),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: sessionSettings.map((one) => `-c ${one}`).join(' '),
    types: { getTypeParser },
  };
}

function tlsOf({ tls }: PostgresAddress): pg.ClientConfig['ssl'] {
  if (tls.mode === 'disable') return false;
  if (tls.mode === 'require') return { rejectUnauthorized: false };
  const ca = tls.authorities === undefined ? undefined : readAuthorities(tls.authorities);
  const authorities = ca === undefined ? {} : { ca };
  if (tls.mode === 'verify-ca')
    return { ...authorities, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  return { ...authorities, rejectUnauthorized: true };
}

function readAuthorities(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new StartError(
      `The certificates ${file} for the database cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
      { cause },
    );
  }
}
