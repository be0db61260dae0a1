/** Starting and ending: every refusal is one sentence that leaves the data folder as it was. */
import { copyFileSync, chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { execPath, getuid } from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRepositories, logIn } from '../support/aws.ts';
import { mayMount } from '../support/engines.ts';
import { filesIn, snapshot, temporaryFolder, type Folder } from '../support/folders.ts';
import { seededImage } from '../support/images.ts';
import { cleanEnv, freePort, run, type Outcome } from '../support/process.ts';
import { expectStatus, registryAt } from '../support/registry.ts';
import { checkout, spawnStowage, startStowage, type Stowage } from '../support/stowage.ts';

let folder: Folder;
let data: string;
let rootKey: string;
let flags: string[];

beforeEach(() => {
  folder = temporaryFolder('start');
  data = join(folder.path, 'data');
  rootKey = join(folder.path, 'root.key');
  flags = ['--root-key', rootKey, '--credentials', join(folder.path, 'credentials')];
});

afterEach(() => {
  folder.remove();
});

/** Serves with the data folder, root key and credentials of this test. */
const startHere = async (): Promise<Stowage> =>
  await startStowage({ data, flags, credentialsFile: join(folder.path, 'credentials') });

const image = seededImage('kept', 2, 5_000);

/** A data folder as a server leaves it that was ended well, with one image in it. */
async function fillData(): Promise<void> {
  const server = await startHere();
  await createRepositories(server, 'kept');
  await registryAt(server.url, (await logIn(server)).authorization).pushImage('kept', image, 'v1');
  await server.stop();
}

/** The image of `fillData` is served from here. */
async function expectImageServed(server: Stowage): Promise<void> {
  const registry = registryAt(server.url, (await logIn(server)).authorization);
  expect(await expectStatus(await registry.getManifest('kept', 'v1'), 200)).toEqual(image.manifest);
  for (const layer of image.layers) {
    expect(await expectStatus(await registry.getBlob('kept', layer.digest), 200)).toEqual(layer.bytes);
  }
}

/** What a start that must be refused said; a server that starts all the same is ended, and the test fails. */
async function refusedStart(...more: string[]): Promise<Outcome> {
  const given = more.includes('--listen') ? more : ['--listen', `127.0.0.1:${await freePort()}`, ...more];
  const args = [join(checkout, 'bin', 'stowage'), 'serve', '--data', data, ...flags, ...given];
  return await run(execPath, args, { env: cleanEnv(), timeout: 20_000 });
}

/** The same where the data folder lies on a file system that is read only, in a mount namespace that nobody else sees. */
async function startOnReadOnlyMount(): Promise<Outcome> {
  const launch = [execPath, join(checkout, 'bin', 'stowage'), 'serve', '--data', data, ...flags];
  const script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
  const args = ['-m', '--propagation', 'private', 'sh', '-c', script, data, ...launch];
  const listen = ['--listen', `127.0.0.1:${await freePort()}`];
  return await run('unshare', [...args, ...listen], { env: cleanEnv(), timeout: 20_000 });
}

/** Not 0, nothing on stdout, one sentence on stderr that says `about`, no stack trace. */
function expectOneSentence(outcome: Outcome, about: RegExp): void {
  expect(outcome.code, outcome.stderr).toBeGreaterThan(0);
  expect(outcome.stdout).toBe('');
  expect(outcome.stderr).toMatch(/^stowage: [^\n]+[.?]\n$/);
  expect(outcome.stderr).toMatch(about);
  expect(outcome.stderr).not.toMatch(/ at .*:\d+:\d+/);
}

/** Files that SQLite makes and removes as it opens a database; they hold nothing after a good end. */
async function keptFiles(): Promise<Record<string, string>> {
  const all = Object.entries(await snapshot(data));
  return Object.fromEntries(all.filter(([file]) => !/-(wal|shm|journal)$|\.lock$|(^|\/)lock/.test(file)));
}

/** Harms what `fillData` left by `spoil`, expects a refusal that changes nothing, and the image after `mend`. */
async function expectRefusalOf(spoil: () => void, mend: () => void, about: RegExp): Promise<void> {
  spoil();
  const before = await keptFiles();
  expectOneSentence(await refusedStart(), about);
  expect(await keptFiles()).toEqual(before);
  mend();
  const server = await startHere();
  await expectImageServed(server);
  await server.stop();
}

async function databaseFiles(): Promise<string[]> {
  const magic = 'SQLite format 3\0';
  const files = (await filesIn(data)).map((file) => join(data, file));
  return files.filter((file) => readFileSync(file).subarray(0, magic.length).toString('latin1') === magic);
}

describe('a start is refused with one sentence, and nothing is damaged,', () => {
  test('for a flag that does not exist', async () => {
    expectOneSentence(await refusedStart('--lisen', '127.0.0.1:1'), /--lisen/);
    await expect(filesIn(data)).rejects.toThrow('ENOENT');
  });

  test('for a flag whose effect is not built yet', async () => {
    expectOneSentence(await refusedStart('--archive-blobs', 'file:/x'), /--archive-blobs/);
  });

  test('for plain HTTP on an address that is not loopback', async () => {
    expectOneSentence(await refusedStart('--listen', `0.0.0.0:${await freePort()}`), /--allow-plain-http/);
  });

  test('for a root key outside with credentials inside', async () => {
    flags = ['--root-key', rootKey];
    expectOneSentence(await refusedStart(), /--credentials/);
  });

  test('for a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await fillData();
    const before = await keptFiles();
    expectOneSentence(await refusedStart('--listen', `127.0.0.1:${port}`), new RegExp(`${port}`));
    expect(await keptFiles()).toEqual(before);
    taken.close();
    const server = await startHere();
    await expectImageServed(server);
    await server.stop();
  });

  // root may write into any folder, so there the file system has to say no
  const asRoot = getuid?.() === 0;

  test.runIf(!asRoot || mayMount())('for a data folder that may not be written', async () => {
    await fillData();
    const before = await keptFiles();
    if (!asRoot) chmodSync(data, 0o500);
    const outcome = asRoot ? await startOnReadOnlyMount() : await refusedStart();
    chmodSync(data, 0o700);
    expectOneSentence(outcome, /writ|permission|read-only/i);
    expect(await keptFiles()).toEqual(before);
  });

  test('for a root key that is missing', async () => {
    await fillData();
    const aside = `${rootKey}.aside`;
    const spoil = (): void => {
      copyFileSync(rootKey, aside);
      rmSync(rootKey);
    };
    await expectRefusalOf(spoil, () => copyFileSync(aside, rootKey), /root key/i);
  });

  test('for the root key of another installation', async () => {
    await fillData();
    const aside = `${rootKey}.aside`;
    const strange = join(folder.path, 'strange');
    const server = await startStowage({
      data: join(folder.path, 'other'),
      flags: ['--root-key', strange, '--credentials', join(folder.path, 'strange-credentials')],
      credentialsFile: join(folder.path, 'strange-credentials'),
    });
    await server.stop();
    const spoil = (): void => {
      copyFileSync(rootKey, aside);
      copyFileSync(strange, rootKey);
    };
    await expectRefusalOf(spoil, () => copyFileSync(aside, rootKey), /root key/i);
  });

  test('for a folder of a newer version', async () => {
    await fillData();
    const databases = await databaseFiles();
    const setVersion = (change: number) => (): void => {
      for (const file of databases) {
        const database = new DatabaseSync(file);
        const version = Number(database.prepare('pragma user_version').get()?.['user_version']);
        if (version > 0) database.exec(`pragma user_version = ${version + change}`);
        database.close();
      }
    };
    expect(databases.length).toBeGreaterThan(0);
    await expectRefusalOf(setVersion(1000), setVersion(-1000), /newer/i);
  });

  test('for a folder whose database is gone while blobs are there', async () => {
    await fillData();
    for (const file of await databaseFiles()) rmSync(file);
    const before = await keptFiles();
    expect(Object.keys(before).length).toBeGreaterThan(0);
    expectOneSentence(await refusedStart(), /database|half|incomplete/i);
    expect(await keptFiles()).toEqual(before);
  });

  test('for a database that is not one any more', async () => {
    await fillData();
    for (const file of await databaseFiles()) {
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0xa5, 0, 4096));
    }
    const before = await keptFiles();
    expectOneSentence(await refusedStart(), /database|data folder|lock/i);
    expect(await keptFiles()).toEqual(before);
  });

  test('for a second server on the same folder, while the first serves on', async () => {
    await fillData();
    const first = await startHere();
    expectOneSentence(await refusedStart(), /already|another|in use|lock/i);
    await expectImageServed(first);
    await first.stop();
  });
});

describe('a first start that was killed is completed by the next one', () => {
  async function expectCompleted(): Promise<void> {
    const server = await startHere();
    await createRepositories(server, 'kept');
    await registryAt(server.url, (await logIn(server)).authorization).pushImage('kept', image, 'v1');
    await expectImageServed(server);
    await server.stop();
  }

  test('when only the root key was there', async () => {
    const server = await startHere();
    await server.stop();
    rmSync(data, { recursive: true });
    rmSync(join(folder.path, 'credentials'));
    await expectCompleted();
  });

  test('when root key and credentials were there', async () => {
    const server = await startHere();
    await server.stop();
    rmSync(data, { recursive: true });
    await expectCompleted();
  });

  test('at whatever moment it was killed', async () => {
    for (const after of [60, 120, 180, 240, 300, 400]) {
      const child = spawnStowage(['--data', data, ...flags, '--listen', `127.0.0.1:${await freePort()}`]);
      await new Promise((resolve) => setTimeout(resolve, after));
      await child.kill();
      const server = await startHere();
      expect((await logIn(server)).password).not.toBe('');
      await server.stop();
      rmSync(data, { recursive: true });
      rmSync(rootKey);
      rmSync(join(folder.path, 'credentials'));
    }
  });
});
