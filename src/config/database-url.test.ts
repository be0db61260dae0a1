import { describe, expect, it } from 'vitest';
import type { PostgresAddress } from '../domain/postgres-address.ts';
import { databaseUrl } from './database-url.ts';
import { ValueError } from './kinds.ts';

const addressOf = (text: string): PostgresAddress => {
  const place = databaseUrl.parse(text, '/etc/stowage');
  if (place.engine !== 'postgres') throw new TypeError('not PostgreSQL');
  return place.address;
};

describe('the URL of the database', () => {
  it('is sqlite: for the one in the data folder', () => {
    expect(databaseUrl.parse('sqlite:', '/')).toEqual({ engine: 'sqlite' });
  });

  it('names server, user, password and database of PostgreSQL', () => {
    expect(addressOf('postgres://stow:s%40cret%2F@127.0.0.1/registry')).toEqual({
      host: '127.0.0.1',
      port: 5432,
      user: 'stow',
      password: 's@cret/',
      database: 'registry',
      tls: { mode: 'disable', authorities: undefined },
      connections: 20,
      connectTimeout: 5000,
      statementTimeout: 30_000,
    });
  });

  it.each<[string, Partial<PostgresAddress>]>([
    ['postgresql://u@localhost:6432/d', { host: 'localhost', port: 6432, password: undefined }],
    ['postgres://u@[::1]/d', { host: '::1' }],
    ['postgres://u@localhost/d?host=/var/run/postgresql', { host: '/var/run/postgresql', tls: off() }],
    ['postgres://u@h/d%20e?connections=3&connect_timeout=1&statement_timeout=2', { database: 'd e', connections: 3 }],
    ['postgres://u@h/d?connect_timeout=1&statement_timeout=2', { connectTimeout: 1000, statementTimeout: 2000 }],
    ['postgres://u@db.example.com/d', { tls: { mode: 'verify-full', authorities: undefined } }],
    ['postgres://u@10.0.0.7/d', { tls: { mode: 'verify-full', authorities: undefined } }],
    ['postgres://u@db.example.com/d?sslmode=disable', { tls: off() }],
    ['postgres://u@localhost/d?sslmode=require', { tls: { mode: 'require', authorities: undefined } }],
    ['postgres://u@h/d?sslrootcert=ca.crt', { tls: { mode: 'verify-full', authorities: '/etc/stowage/ca.crt' } }],
    ['postgres://u@h/d?sslmode=verify-ca&sslrootcert=/ca.crt', { tls: { mode: 'verify-ca', authorities: '/ca.crt' } }],
  ])('%s is read in all its parts', (text, expected) => {
    expect(addressOf(text)).toMatchObject(expected);
  });

  const form = 'the URL of a PostgreSQL database is postgres://USER:PASSWORD@HOST:PORT/DATABASE';
  it.each([
    ['mysql://u:secret@h/d', /^this is no URL of a database: "sqlite:" is/],
    ['sqlite:/tmp/x', /^this is no URL of a database/],
    ['postgres://u:secret@h', form],
    ['postgres://u:secret@h/', form],
    ['postgres://u:secret@h/a/b', form],
    ['postgres://:secret@h/d', form],
    ['postgres://u:secret@/d', form],
    ['postgres:u:secret', form],
    ['postgres://u:secret@h:99999/d', form],
    ['postgres://u:sec%ret@h/d', /^a "%" in it is not followed by two hex digits/],
    ['postgres://u:secret@h/d?pool=3', /^it has a parameter that is none; there are host, sslmode,/],
    ['postgres://u:secret@h/d?sslmode=prefer', 'its sslmode is not one of disable, require, verify-ca, verify-full'],
    ['postgres://u:secret@h/d?sslmode=disable&sslrootcert=x', 'sslrootcert needs sslmode=verify-full or verify-ca'],
    ['postgres://u@localhost/d?host=/run&sslmode=require', 'there is no TLS on a socket: leave sslmode out'],
    ['postgres://u:secret@h/d?connections=0', 'its connections is not a whole number from 1 to 1000'],
    ['postgres://u:secret@h/d?statement_timeout=5s', 'its statement_timeout is not a whole number from 1 to 3600'],
  ])('%s is refused, and never repeated', (text, words) => {
    let refusal: unknown;
    try {
      databaseUrl.parse(text, '/');
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(ValueError);
    expect((refusal as Error).message).toMatch(words);
    expect((refusal as Error).message).not.toContain('secret');
  });
});

function off(): PostgresAddress['tls'] {
  return { mode: 'disable', authorities: undefined };
}
