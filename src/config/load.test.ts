import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, type Config } from './load.ts';
import { settings, type Setting } from './schema.ts';
import type { Sources } from './sources.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Given {
  flags?: Record<string, string | string[]>;
  env?: Sources['env'];
  yaml?: string;
  listens?: boolean;
}

function load({ flags = {}, env = {}, yaml, listens = true }: Given): Config {
  if (yaml !== undefined) {
    writeFileSync(join(folder, 'stowage.yaml'), yaml);
    env = { STOWAGE_CONFIG: join(folder, 'stowage.yaml'), ...env };
  }
  const lists = new Map(Object.entries(flags).map(([name, value]) => [name, [value].flat()]));
  return loadConfig({ flags: lists, env, cwd: '/work here', listens });
}

function mistakesOf(given: Given): readonly string[] {
  try {
    load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.map((text) => text.replaceAll(`${folder}/`, ''));
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('has a default for everything', () => {
    expect(load({})).toEqual({
      database: { engine: 'sqlite' },
      dataFolder: '/work here/data',
      rootKeyFile: '/work here/data/root-key',
      credentialsFile: '/work here/data/credentials',
      blobsFolder: '/work here/data/blobs',
      listen: { host: '127.0.0.1', port: 4566 },
      trustedProxies: [],
      domains: ['amazonaws.com'],
      account: '123456789012',
      advertise: { family: 'host' },
      uploadExpiry: 86_400_000,
      lease: 86_400_000,
      deletionGrace: 3_600_000,
      shutdownTimeout: 30_000,
      logLevel: 'warn',
      endpoints: [],
    });
  });

  it('gives what cannot be changed', () => {
    const config = load({ flags: { domain: 'example.com' } });
    for (const part of [config, config.listen, config.domains, config.advertise, config.trustedProxies]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('lets variables win over the file, and flags over both', () => {
    const yaml = 'account: "111111111111"\nlog-level: info\nlisten: 127.0.0.1:1\n';
    const env = { STOWAGE_LOG_LEVEL: 'debug', STOWAGE_LISTEN: '127.0.0.1:2' };
    const config = load({ yaml, env, flags: { listen: ['127.0.0.1:8', '127.0.0.1:3'] } });
    expect(config).toMatchObject({ account: '111111111111', logLevel: 'debug', listen: { port: 3 } });
  });

  it('can turn a switch of the environment off by a flag', () => {
    const env = { STOWAGE_ALLOW_PLAIN_HTTP: 'true', STOWAGE_LISTEN: '0.0.0.0:80' };
    expect(load({ env }).listen.host).toBe('0.0.0.0');
    expect(mistakesOf({ env, flags: { 'allow-plain-http': 'false' } })).toHaveLength(1);
  });

  it('counts an empty variable as not set', () => {
    expect(load({ env: { STOWAGE_ACCOUNT: '' } }).account).toBe('123456789012');
  });

  it('starts relative paths of the file from its folder, and others from the working folder', () => {
    expect(load({ yaml: 'data: kept' }).dataFolder).toBe(join(folder, 'kept'));
    expect(load({ env: { STOWAGE_DATA: 'kept' } }).dataFolder).toBe('/work here/kept');
    expect(load({ flags: { data: '../kept' } }).dataFolder).toBe('/kept');
  });

  it('keeps the zero at the front of an account in the file', () => {
    expect(load({ yaml: 'account: 012345678901' }).account).toBe('012345678901');
  });

  it('takes lists as YAML lists, with commas, and as repeated flags', () => {
    const domains = ['amazonaws.com', 'a.example', 'b.example'];
    expect(load({ yaml: 'domains: [a.example, B.example]' }).domains).toEqual(domains);
    expect(load({ env: { STOWAGE_DOMAINS: 'a.example, b.example,' } }).domains).toEqual(domains);
    expect(load({ flags: { domain: ['a.example', 'b.example', 'a.example'] } }).domains).toEqual(domains);
  });

  it('accepts the domain that it advertises', () => {
    expect(load({ flags: { advertise: 'domain:Registry.example' } })).toMatchObject({
      advertise: { family: 'domain', domain: 'registry.example' },
      domains: ['amazonaws.com', 'registry.example'],
    });
  });

  it('reads blobs from another folder', () => {
    expect(load({ flags: { blobs: 'file:/srv/blobs' } }).blobsFolder).toBe('/srv/blobs');
    expect(load({ flags: { blobs: 'file:///srv/blobs' } }).blobsFolder).toBe('/srv/blobs');
  });

  it.each([
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:4566', { host: '::1', port: 4566 }],
    ['LocalHost:65535', { host: 'localhost', port: 65_535 }],
    ['127.8.8.8:1', { host: '127.8.8.8', port: 1 }],
  ])('listens on %s', (text, listen) => {
    expect(load({ flags: { listen: text } }).listen).toEqual(listen);
  });

  it.each([
    '4566',
    ':4566',
    '127.0.0.1',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '::1:80',
    '[127.0.0.1]:80',
    '[::1]',
    '300.1.1.1:80',
    'a b:80',
    'http://127.0.0.1:80',
    '',
  ])('refuses to listen on "%s"', (text) => {
    expect(mistakesOf({ flags: { listen: text } })).toEqual([
      `--listen: "${text}" is not HOST:PORT, as in 127.0.0.1:4566 or [::1]:4566.`,
    ]);
  });

  it.each(['0.0.0.0:80', '[::]:80', '10.0.0.1:80', 'registry.example:80'])(
    'refuses plain HTTP on %s, unless it is allowed or a proxy is in front',
    (listen) => {
      expect(mistakesOf({ flags: { listen } })).toEqual([expect.stringMatching(/^--listen: .* --allow-plain-http/)]);
      expect(mistakesOf({ flags: { listen, 'allow-plain-http': 'true' } })).toEqual([]);
      expect(mistakesOf({ flags: { listen, 'trusted-proxies': '10.0.0.0/8' } })).toEqual([]);
      expect(mistakesOf({ flags: { listen }, listens: false })).toEqual([]);
    },
  );

  it.each([
    [{ flags: { account: '12345' } }, '--account: "12345" is not an account id of 12 digits.'],
    [
      { flags: { domain: 'a.example,http://b' } },
      '--domain: "http://b" is not a domain name, as in registry.example.com.',
    ],
    [{ flags: { domain: '10.0.0.1' } }, '--domain: "10.0.0.1" is not a domain name, as in registry.example.com.'],
    [{ flags: { advertise: 'me' } }, '--advertise: "me" is not host, aws or domain:NAME.'],
    [
      { flags: { 'trusted-proxies': '10.0.0.0/33' } },
      '--trusted-proxies: "10.0.0.0/33" is not an IP address or a network, as in 10.0.0.7 or 10.0.0.0/8.',
    ],
    [{ flags: { lease: '0' } }, '--lease: "0" is not a whole number of seconds from 1 to 315360000.'],
    [{ flags: { lease: '1h' } }, '--lease: "1h" is not a whole number of seconds from 1 to 315360000.'],
    [
      { env: { STOWAGE_LOG_LEVEL: 'loud' } },
      'STOWAGE_LOG_LEVEL: "loud" is not one of trace, debug, info, warn, error, fatal, silent.',
    ],
    [{ yaml: 'allow-plain-http: yes' }, 'stowage.yaml: allow-plain-http: "yes" is neither true nor false.'],
    [{ yaml: 'listne: 127.0.0.1:80' }, 'stowage.yaml: there is no setting "listne"; did you mean "listen"?'],
    [{ yaml: 'log_level: info' }, 'stowage.yaml: there is no setting "log_level"; did you mean "log-level"?'],
    [{ yaml: 'colour: blue' }, 'stowage.yaml: there is no setting "colour".'],
    [{ yaml: 'account: [1, 2]' }, 'stowage.yaml: account: it must be a single value.'],
    [{ yaml: 'domains: {a: b}' }, 'stowage.yaml: domains: it must be a value or a list of values.'],
    [{ yaml: 'data:' }, 'stowage.yaml: data: it has no value.'],
    [{ yaml: '- data' }, 'stowage.yaml: it is not a list of "key: value" lines.'],
    [{ yaml: 'data: a\ndata: b' }, 'stowage.yaml: Map keys must be unique at line 2, column 1.'],
    [{ yaml: 'data: *folder' }, 'stowage.yaml: Unresolved alias (the anchor must be set before the alias): folder.'],
    [{ env: { STOWAGE_LISTNE: 'x' } }, 'There is no variable STOWAGE_LISTNE; did you mean STOWAGE_LISTEN?'],
    [
      { flags: { config: '/nowhere/stowage.yaml' } },
      '--config: the file /nowhere/stowage.yaml cannot be read (ENOENT).',
    ],
    [
      { flags: { database: 'postgres://u:secret@h' } },
      '--database: the URL of a PostgreSQL database is postgres://USER:PASSWORD@HOST:PORT/DATABASE.',
    ],
    [{ flags: { blobs: 's3://bucket' } }, '--blobs: object stores are not built yet: they come with a later version.'],
  ] satisfies [Given, string][])('says of %j: %s', (given, sentence) => {
    expect(mistakesOf(given)).toEqual([sentence]);
  });

  it('refuses every setting that has no effect yet, wherever it stands', () => {
    const later = Object.values<Setting<unknown>>(settings).filter((setting) => setting.later !== undefined);
    expect(later.map((setting) => setting.flag)).toEqual(['archive-blobs', 'lifecycle-interval']);
    for (const { flag, variable, key, later: reason } of later) {
      expect(mistakesOf({ flags: { [flag]: 'x' } })).toEqual([`--${flag} is not built yet: ${reason}`]);
      expect(mistakesOf({ env: { [variable]: 'x' } })).toEqual([`${variable} is not built yet: ${reason}`]);
      expect(mistakesOf({ yaml: `${key}: x` })).toEqual([`stowage.yaml: ${key} is not built yet: ${reason}`]);
    }
  });

  it('tells all mistakes at once', () => {
    const given = {
      yaml: 'colour: blue\naccount: 1',
      env: { STOWAGE_LEASE: 'x' },
      flags: { listen: '1', 'archive-blobs': 'x' },
    };
    expect(mistakesOf(given)).toHaveLength(5);
  });

  it('leaves the variables alone that Kubernetes sets for a service called stowage', () => {
    const env = {
      STOWAGE_SERVICE_HOST: '10.0.0.1',
      STOWAGE_PORT: 'tcp://10.0.0.1:80',
      STOWAGE_PORT_4566_TCP_ADDR: '10.0.0.1',
      STOWAGE_TEST_INSTALL: '1',
    };
    expect(mistakesOf({ env })).toEqual([]);
  });

  it('wants the credentials outside the data folder where the root key is outside', () => {
    expect(mistakesOf({ flags: { 'root-key': '/keys/root' } })).toEqual([
      expect.stringMatching(/--credentials must name a file outside/),
    ]);
    expect(mistakesOf({ flags: { 'root-key': '/work here/data-keys/root' } })).toHaveLength(1);
    expect(mistakesOf({ flags: { 'root-key': '/keys/root', credentials: '/keys/credentials' } })).toEqual([]);
    expect(mistakesOf({ flags: { 'root-key': 'data/other' } })).toEqual([]);
    expect(mistakesOf({ flags: { 'root-key': '/keys/root', credentials: '/keys/root' } })).toEqual([
      '--root-key and --credentials name the same file.',
    ]);
  });
});

describe('HTTPS', () => {
  it('takes an address and a folder', () => {
    const flags = { 'tls-listen': '127.0.0.1:8443', 'tls-dir': 'tls' };
    expect(load({ flags }).tls).toEqual({ listen: { host: '127.0.0.1', port: 8443 }, folder: '/work here/tls' });
    expect(load({}).tls).toBeUndefined();
  });

  it.each([{ 'tls-listen': '0.0.0.0:443' }, { 'tls-dir': 'tls' }])('refuses %j alone', (flags) => {
    expect(mistakesOf({ flags })).toEqual([
      '--tls-listen and --tls-dir need each other: an address, and the certificate to be shown there.',
    ]);
  });
});

describe('the table of settings', () => {
  it('names a setting alike everywhere', () => {
    const all = Object.values<Setting<unknown>>(settings);
    for (const names of [all.map((s) => s.flag), all.map((s) => s.variable), all.flatMap((s) => s.key ?? [])]) {
      expect(new Set(names).size).toBe(names.length);
    }
    for (const { flag, variable, kind } of all) {
      const plural = kind.list && !flag.endsWith('ies') ? 'S' : '';
      expect(variable).toBe(`STOWAGE_${flag.toUpperCase().replaceAll('-', '_')}${plural}`);
    }
  });
});
