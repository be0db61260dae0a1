import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bumpAccountRevision, findAccount, findMeta, insertAccount, insertMeta } from '../../src/store/accounts.ts';
import { statement } from '../../src/store/db.ts';
import { openPostgres } from '../../src/store/dialects/postgres.ts';
import { addressOf } from '../contract/store-engines.ts';
import { blobOf, region, startApp, type RunningApp } from '../support/app.ts';
import { isWhole } from '../support/collector.ts';
import { seededImage } from '../support/images.ts';
import { startCluster, type Cluster } from '../support/postgres.ts';
import { until } from '../support/process.ts';

let cluster: Cluster;
let database: string;
let app: RunningApp;

beforeAll(async () => {
  cluster = await startCluster({ durable: true });
});
afterAll(async () => {
  await cluster.close();
});
beforeEach(async () => {
  database = await cluster.createDatabase();
  app = await startApp({
    flags: { database: `${database}?connect_timeout=2&statement_timeout=1` },
    repositories: ['team/app'],
  });
});
afterEach(async () => {
  await app.close();
  await cluster.dropDatabase(database);
});

const readiness = async (): Promise<number> => (await app.ask('GET', '/readyz')).status;

const isReady = async (): Promise<true | undefined> => ((await readiness()) === 200 ? true : undefined);

/** Runs while the tables of the registry are held, as by somebody who alters one. */
async function whileLocked(table: string, run: () => Promise<void>): Promise<void> {
  const client = await cluster.connect(new URL(database).pathname.slice(1));
  try {
    await client.query(`begin; lock table ${table} in access exclusive mode`);
    await run();
  } finally {
    await client.end();
  }
}

describe('while the database is gone', () => {
  test('both fronts answer 503, for which clients come back; it goes on by itself when the database is there again', async () => {
    const image = seededImage('before', 2);
    await app.registry.pushImage('team/app', image, 'kept');
    await cluster.kill();
    const pull = await app.registry.send('GET', '/v2/team/app/manifests/kept');
    expect(pull.status).toBe(503);
    expect(pull.headers.get('retry-after')).toBe('1');
    expect(await pull.json()).toMatchObject({ errors: [{ code: 'UNAVAILABLE' }] });
    const push = await app.registry.send('POST', '/v2/team/app/blobs/uploads/');
    expect(push.status).toBe(503);
    await expect(app.ecr().send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({
      name: 'ServiceUnavailableException',
      $metadata: { httpStatusCode: 503 },
    });
    expect(await readiness()).toBe(503);
    expect((await app.ask('GET', '/healthz')).status).toBe(200);
    await cluster.start();
    await until('the registry is ready', isReady);
    expect(await isWhole(app, 'team/app', image, 'kept')).toBe(true);
    const after = seededImage('after', 2);
    await app.registry.pushImage('team/app', after, 'after');
    expect(await isWhole(app, 'team/app', after, 'after')).toBe(true);
  });

  test('an AWS client that asks again by itself does not notice a short outage', async () => {
    await cluster.kill();
    const client = new ECRClient({
      endpoint: app.url,
      region,
      credentials: { ...app.credentials() },
      maxAttempts: 10,
    });
    const asked = client.send(new DescribeRepositoriesCommand({}));
    await cluster.start();
    expect((await asked).repositories).toHaveLength(1);
    client.destroy();
  });

  test('it closes, and says that it does', async () => {
    await cluster.kill();
    await app.registry.send('GET', '/v2/team/app/manifests/any');
    const closed = await Promise.race([
      app.close().then(() => 'closed'),
      until('never', () => undefined, { timeout: 20_000 }).catch(() => 'stuck'),
    ]);
    expect(closed).toBe('closed');
    await cluster.start();
    await cluster.dropDatabase(database);
    database = await cluster.createDatabase();
    app = await startApp({ flags: { database } });
  });
});

describe('a database that is there and does not answer', () => {
  test('costs a read its time-out and no more, and others go on', async () => {
    await whileLocked('image', async () => {
      expect((await app.registry.send('GET', '/v2/team/app/manifests/any')).status).toBe(503);
      expect((await app.registry.send('GET', '/v2/')).status).toBe(200);
      await app.ecr().send(new DescribeRepositoriesCommand({}));
    });
    expect((await app.registry.send('GET', '/v2/team/app/manifests/any')).status).toBe(404);
  });

  test('costs a write its time-out, of which nothing is left', async () => {
    const session = await app.registry.startUpload('team/app');
    await app.registry.sendChunk(session, Buffer.from('some'), 0);
    await whileLocked('doomed_blob', async () => {
      expect((await app.registry.send('DELETE', session)).status).toBe(503);
    });
    const client = await cluster.connect(new URL(database).pathname.slice(1));
    const count = async (table: string): Promise<unknown> =>
      (await client.query(`select count(*)::int as count from ${table}`)).rows;
    expect([await count('upload'), await count('ended_upload')]).toEqual([[{ count: 1 }], [{ count: 0 }]]);
    expect((await app.registry.send('DELETE', session)).status).toBe(204);
    expect([await count('upload'), await count('ended_upload')]).toEqual([[{ count: 0 }], [{ count: 1 }]]);
    await client.end();
  });

  test('takes the turn away from a writer that asks nothing any more', async () => {
    const { store } = app.app;
    const stuck = store.write(async (tx) => {
      await tx.run(insertMeta, { name: 'stuck', value: '' });
      await until('never', () => undefined, { timeout: 3000 }).catch(() => undefined);
      await tx.first(findMeta, { name: 'stuck' });
    });
    await expect(stuck).rejects.toMatchObject({ kind: 'databaseUnavailable' });
    expect(await store.read.first(findMeta, { name: 'stuck' })).toBeUndefined();
    expect(await store.write((tx) => tx.run(insertMeta, { name: 'next', value: '' }))).toBe(1);
  });
});

test('connections that the database ends are replaced', async () => {
  const client = await cluster.connect();
  for (let count = 0; count < 3; count += 1) {
    await Promise.all(Array.from({ length: 8 }, () => app.registry.send('GET', '/v2/team/app/manifests/any')));
    await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'stowage'`);
    await until('the registry is ready', isReady);
    expect((await app.registry.send('GET', '/v2/team/app/manifests/any')).status).toBe(404);
    await app.registry.pushBlob('team/app', blobOf(Buffer.from(`after ${count}`)));
  }
  await client.end();
});

/** Passes everything on to the database, but cuts the way as soon as COMMIT went through it, so that its answer is lost. */
async function relayThatLosesCommits(): Promise<{ port: number; commits: () => number; close: () => void }> {
  let commits = 0;
  const relay = createServer((from) => {
    const to = connect(cluster.place.port, '127.0.0.1');
    from.on('error', () => to.end()).on('close', () => to.end());
    to.on('error', () => from.destroy()).on('close', () => from.destroy());
    to.on('data', (bytes) => from.write(bytes));
    from.on('data', (bytes) => {
      to.write(bytes);
      // the text of a query ends with a zero byte; isolation levels are called so, too
      if (!bytes.includes('commit\0')) return;
      commits += 1;
      from.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  return { port: (relay.address() as AddressInfo).port, commits: () => commits, close: () => void relay.close() };
}

test('a commit whose answer never came is no success, and is not tried again', async () => {
  const relay = await relayThatLosesCommits();
  const store = openPostgres({ ...addressOf(database), port: relay.port, host: '127.0.0.1' });
  const account = '000000000001';
  await app.app.store.write((tx) => tx.run(insertAccount, { account, time: 0 }));
  const asked = store.write((tx) => tx.run(bumpAccountRevision, { account }));
  await expect(asked).rejects.toMatchObject({ kind: 'databaseUnavailable' });
  await until('the database has carried it out', async () => {
    const row = await app.app.store.read.first(findAccount, { account });
    return row?.revision === 2 ? true : undefined;
  });
  expect(relay.commits()).toBe(1);
  await store.close();
  relay.close();
});

test.each([1, 4])(
  'a closure that met somebody else runs again, and leaves nothing of before (%i at once)',
  async (count) => {
    const { store } = app.app;
    const runs = Array.from({ length: count }, () => 0);
    const asked = runs.map((_, index) =>
      store.write(async (tx) => {
        await tx.run(insertMeta, { name: `met ${index}`, value: String((runs[index] = (runs[index] ?? 0) + 1)) });
        // as the database says it of a deadlock with a statement of its operator
        if (runs[index] === 1 && index === 0) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
        return index;
      }),
    );
    expect(await Promise.all(asked)).toEqual(runs.map((_, index) => index));
    expect(runs[0]).toBe(2);
    expect(await store.read.first(findMeta, { name: 'met 0' })).toEqual({ value: '2' });
  },
);

test('commits are on disk before they are answered, also where the server does not care', async () => {
  const client = await cluster.connect();
  await client.query(`alter database "${new URL(database).pathname.slice(1)}" set synchronous_commit = off`);
  await client.end();
  const store = openPostgres(addressOf(database));
  const setting = statement<Record<never, never>>()((db) =>
    db.selectNoFrom((e) => e.fn<string>('current_setting', [e.val('synchronous_commit')]).as('value')),
  );
  expect(await store.write((tx) => tx.first(setting, {}))).toEqual({ value: 'on' });
  await store.close();
});

test('a name with a character that the database does not hold is refused, not a failure', async () => {
  const answer = await app.registry.send('GET', '/v2/team/app/tags/list?n=5&last=a%00');
  expect(answer.status).toBeLessThan(500);
});
