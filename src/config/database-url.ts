import { resolve } from 'node:path';
import type { DatabasePlace, PostgresAddress, PostgresTls } from '../domain/postgres-address.ts';
import { isLoopback, ValueError, type Kind } from './kinds.ts';

/** `sqlite:` for the one in the data folder, or `postgres://…`. URLs are not repeated: they may hold passwords. */
export const databaseUrl: Kind<DatabasePlace> = {
  shape: 'URL',
  parse(text, base) {
    if (/^postgres(ql)?:/.test(text)) return { engine: 'postgres', address: parsePostgresUrl(text, base) };
    if (text !== 'sqlite:')
      throw new ValueError(
        'this is no URL of a database: "sqlite:" is the one in the data folder, postgres://… another',
      );
    return { engine: 'sqlite' };
  },
};

/** Parameters after the `?`. Those that PostgreSQL's own clients know have their names and units there (seconds). */
const parameters = ['host', 'sslmode', 'sslrootcert', 'connect_timeout', 'statement_timeout', 'connections'];

const modes: readonly PostgresTls['mode'][] = ['disable', 'require', 'verify-ca', 'verify-full'];

/**
 * Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?…`. A relative path starts from `base`.
 *
 * @throws ValueError, which never repeats the URL: there may be a password in it.
 */
function parsePostgresUrl(text: string, base: string): PostgresAddress {
  const url = URL.parse(text);
  const form = 'the URL of a PostgreSQL database is postgres://USER:PASSWORD@HOST:PORT/DATABASE';
  if (!url) throw new ValueError(form);
  const given = url.searchParams;
  for (const name of given.keys()) {
    if (!parameters.includes(name))
      // Not repeated: behind a "?" in a password that was not escaped stands the rest of it.
      throw new ValueError(`it has a parameter that is none; there are ${parameters.join(', ')}`);
  }
  const host = given.get('host') ?? unescaped(url.hostname.replace(/^\[|\]$/g, ''));
  const [user, database] = [unescaped(url.username), unescaped(url.pathname.slice(1))];
  if (host === '' || user === '' || database === '' || database.includes('/')) throw new ValueError(form);
  return {
    host,
    port: Number(url.port || 5432),
    user,
    password: url.password === '' ? undefined : unescaped(url.password),
    database,
    tls: tlsOf(host, given, base),
    connections: count(given, 'connections', { otherwise: 20, most: 1000 }),
    connectTimeout: count(given, 'connect_timeout', { otherwise: 5, most: 300 }) * 1000,
    statementTimeout: count(given, 'statement_timeout', { otherwise: 30, most: 3600 }) * 1000,
  };
}

/** What leaves the machine is encrypted, for a server that is known, unless something else is asked for. */
function tlsOf(host: string, given: URLSearchParams, base: string): PostgresTls {
  const isLocal = host.startsWith('/') || isLoopback(host);
  const asked = given.get('sslmode');
  const mode = asked === null ? (isLocal ? 'disable' : 'verify-full') : modes.find((one) => one === asked);
  if (mode === undefined) throw new ValueError(`its sslmode is not one of ${modes.join(', ')}`);
  if (host.startsWith('/') && mode !== 'disable')
    throw new ValueError('there is no TLS on a socket: leave sslmode out');
  const file = given.get('sslrootcert');
  const isVerified = mode === 'verify-ca' || mode === 'verify-full';
  if (file !== null && !isVerified) throw new ValueError('sslrootcert needs sslmode=verify-full or verify-ca');
  return { mode, authorities: file === null ? undefined : resolve(base, file) };
}

function count(given: URLSearchParams, name: string, range: { otherwise: number; most: number }): number {
  const text = given.get(name);
  if (text === null) return range.otherwise;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > range.most)
    throw new ValueError(`its ${name} is not a whole number from 1 to ${range.most}`);
  return value;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ValueError('a "%" in it is not followed by two hex digits; a "%" itself is written %25');
  }
}
