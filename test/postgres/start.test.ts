import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openInstallation, type OpenInstallation } from '../../src/core/installation/open-installation.ts';
import { StartError } from '../../src/domain/start-error.ts';
import { addressOf } from '../contract/store-engines.ts';
import { temporaryFolder, type Folder } from '../support/folders.ts';
import { startCluster, type Cluster } from '../support/postgres.ts';
import { freePort } from '../support/process.ts';
import { startStowage, stowage } from '../support/stowage.ts';

let cluster: Cluster;
let folder: Folder;
let database: string;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster.close();
});
beforeEach(async () => {
  folder = temporaryFolder('start');
  database = await cluster.createDatabase();
});
afterEach(async () => {
  folder.remove();
  await cluster.dropDatabase(database);
});

const account = '123456789012';

interface Places {
  readonly url?: string;
  readonly data?: string;
  readonly rootKeyFile?: string;
}

async function open({ url = database, data = 'data', rootKeyFile }: Places = {}): Promise<OpenInstallation> {
  const dataFolder = join(folder.path, data);
  return await openInstallation(
    {
      dataFolder,
      database: { engine: 'postgres', address: addressOf(url) },
      rootKeyFile: rootKeyFile ?? join(dataFolder, 'root-key'),
      credentialsFile: join(dataFolder, 'credentials'),
      account,
    },
    () => 0,
  );
}

/** What a start says that is refused. */
async function sentenceOf(places: Places): Promise<string> {
  const opened = await open(places).catch((error: unknown) => error);
  if (!(opened instanceof StartError)) {
    await (opened as OpenInstallation).close();
    throw new Error('it was not refused');
  }
  expect(opened.message).not.toContain('cret');
  return opened.message;
}

const replaced = (change: (url: URL) => void): string => {
  const url = new URL(database);
  change(url);
  return url.href;
};

const ask = async (sql: string): Promise<void> => {
  const client = await cluster.connect(new URL(database).pathname.slice(1));
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};

describe('a start is refused in one sentence', () => {
  test('where nobody listens', async () => {
    const port = String(await freePort());
    const url = replaced((one) => void (one.port = port));
    expect(await sentenceOf({ url })).toBe(`PostgreSQL at 127.0.0.1:${port} cannot be used (ECONNREFUSED).`);
  });

  test('with a wrong password, or with none', async () => {
    const place = `127.0.0.1:${cluster.place.port}`;
    const sentence = `PostgreSQL at ${place} does not let "stowage" in; check user and password.`;
    expect(await sentenceOf({ url: replaced((one) => void (one.password = 'wrong')) })).toBe(sentence);
    expect(await sentenceOf({ url: replaced((one) => void (one.password = '')) })).toBe(sentence);
  });

  test('where there is no such database', async () => {
    const place = `127.0.0.1:${cluster.place.port}`;
    const url = replaced((one) => void (one.pathname = '/nothing'));
    expect(await sentenceOf({ url })).toBe(`There is no database "nothing" at ${place}; make it first.`);
  });

  test('on a database of another encoding', async () => {
    const url = await cluster.createDatabase({ encoding: 'SQL_ASCII' });
    expect(await sentenceOf({ url })).toMatch(
      /^The database "[^"]+" at \S+ has the encoding SQL_ASCII; Stowage needs UTF8\.$/,
    );
    await cluster.dropDatabase(url);
  });

  test('where TLS is asked for and not spoken', async () => {
    expect(await sentenceOf({ url: `${database}?sslmode=require` })).toMatch(
      /^No trusted TLS connection to PostgreSQL at/,
    );
  });

  test('for a user who may not make tables', async () => {
    await ask(`create role "reader ${new URL(database).pathname.slice(1)}" login password 'secret'`);
    const url = replaced((one) => {
      one.username = `reader ${one.pathname.slice(1)}`;
      one.password = 'secret';
    });
    expect(await sentenceOf({ url })).toMatch(
      /^"reader [^"]+" may not make tables in the database .*; let it own the database\.$/,
    );
    await ask(`drop role "reader ${new URL(database).pathname.slice(1)}"`);
  });

  test('on a database that a newer Stowage has written', async () => {
    await (await open()).close();
    await ask(`update meta set value = '99' where name = 'schema'`);
    expect(await sentenceOf({})).toMatch(
      /^The database .* was written by a newer Stowage \(format 99, this one knows \d+\)/,
    );
  });

  test('without the root key, and with another one', async () => {
    await (await open()).close();
    expect(await sentenceOf({ data: 'other' })).toMatch(
      /^The root key .*root-key is missing; without it nothing in the database/,
    );
    const rootKeyFile = join(folder.path, 'other-key');
    writeFileSync(rootKeyFile, `${'ab'.repeat(32)}\n`, { mode: 0o600 });
    expect(await sentenceOf({ data: 'other', rootKeyFile })).toMatch(
      /^The root key is not the one that the database .* was written with/,
    );
  });

  test('in a data folder that has a database of its own, or somebody else’s files', async () => {
    mkdirSync(join(folder.path, 'data'));
    writeFileSync(join(folder.path, 'data', 'stowage.db'), 'something');
    expect(await sentenceOf({})).toMatch(
      /holds a database of its own, but --database names another one; give it another folder\.$/,
    );
    mkdirSync(join(folder.path, 'home'));
    writeFileSync(join(folder.path, 'home', 'letter.txt'), 'something');
    expect(await sentenceOf({ data: 'home' })).toMatch(/is not a data folder of Stowage/);
  });
});

test('a start that fails lets the next one in', async () => {
  await (await open()).close();
  await sentenceOf({ data: 'other' });
  const opened = await open();
  expect(opened.firstStart).toBe(false);
  await opened.close();
});

test('a first start that ended after its tables were made is completed by the next one', async () => {
  const first = await open();
  const { id } = first.installation;
  await first.close();
  await ask('delete from access_key; delete from iam_user; delete from account');
  await ask(`delete from meta where name <> 'schema'`);
  const second = await open();
  expect(second.firstStart).toBe(true);
  expect(second.installation.id).not.toBe(id);
  await second.close();
});

test('a server starts and stops on it, and commands work with and without it', async () => {
  const data = join(folder.path, 'data');
  const env = { STOWAGE_DATABASE: database, STOWAGE_DATA: data };
  const server = await startStowage({ data, env });
  const running = await stowage(['login-password', '--region', 'eu-central-1'], env);
  expect(running.stderr).toBe('');
  expect((await server.stop()).code).toBe(0);
  expect(server.child.stdout() + server.child.stderr()).not.toContain('cret');
  const alone = await stowage(['create-repository', 'team/app', '--region', 'eu-central-1'], env);
  expect(alone).toMatchObject({ code: 0, stderr: '' });
  expect(alone.stdout).toContain('/team/app');
  const refused = await stowage(['login-password', '--region', 'eu-central-1'], {
    ...env,
    STOWAGE_DATABASE: replaced((one) => void (one.password = 'secret-but-wrong')),
  });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/does not let "stowage" in/);
  expect(refused.stderr).not.toContain('secret');
});
