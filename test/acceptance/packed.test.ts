/** What is published: the tarball of `npm pack`, installed into an empty folder, serves as the checkout does. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRepositories, logIn } from '../support/aws.ts';
import { temporaryFolder, type Folder } from '../support/folders.ts';
import { seededImage } from '../support/images.ts';
import { cleanEnv, freePort, run, runOk, startProcess, until, waitForUrl } from '../support/process.ts';
import { expectStatus, registryAt } from '../support/registry.ts';
import { checkout, readCredentials, region } from '../support/stowage.ts';

describe('the packed tarball in an empty folder', () => {
  let folder: Folder;
  let place: string;

  beforeAll(async () => {
    folder = temporaryFolder('packed');
    place = join(folder.path, 'empty');
    mkdirSync(place);
    await runOk('npm', ['pack', '--silent', '--pack-destination', folder.path], { cwd: checkout, timeout: 120_000 });
    const tarball = readdirSync(folder.path).find((name) => name.endsWith('.tgz')) ?? 'none';
    const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder.path, tarball)];
    await runOk('npm', install, { cwd: place, timeout: 120_000 });
  });

  afterAll(() => {
    folder?.remove();
  });

  test('holds JavaScript and its libraries, no TypeScript and no tests', () => {
    const files = readdirSync(join(place, 'node_modules', 'stowage'), { recursive: true, encoding: 'utf8' });
    const ours = files.filter((path) => !path.startsWith('node_modules'));
    expect(ours).toContain(join('dist', 'main.js'));
    expect(ours.filter((path) => path.endsWith('.ts') || path.includes('.test.'))).toEqual([]);
    expect(files).toContain(join('node_modules', 'kysely', 'package.json'));
  });

  test('makes certificates, with a library that is loaded for nothing else', async () => {
    const words = ['--no-install', 'stowage', 'tls', 'init', '--out', 'tls', '--region', region];
    const outcome = await run('npx', words, { cwd: place, env: cleanEnv() });
    expect(outcome, outcome.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(join(place, 'tls')).toSorted()).toEqual(['ca.crt', 'ca.key', 'server.crt', 'server.key']);
  });

  test.each([
    ['npx --no-install stowage, with the Node in PATH', 'npx', ['--no-install', 'stowage']],
    ['the Node that it is made for', execPath, [join('node_modules', 'stowage', 'bin', 'stowage')]],
  ])('starts silently and serves by %s', async (_how, command, first) => {
    const data = join(folder.path, `data-${first.length}`);
    const host = `127.0.0.1:${await freePort()}`;
    const child = startProcess(command, [...first, 'serve', '--data', data, '--listen', host], {
      cwd: place,
      env: cleanEnv(),
    });
    const url = `http://${host}`;
    await waitForUrl(`${url}/readyz`, child);
    const server = { url, credentials: readCredentials(join(data, 'credentials')) };
    await createRepositories(server, 'packed');
    const registry = registryAt(url, (await logIn(server)).authorization);
    // over 1 MiB, so that a worker thread takes part
    const image = seededImage('packed', 1, 3_000_000);
    await registry.pushImage('packed', image, 'v1');
    expect(await expectStatus(await registry.getManifest('packed', 'v1'), 200)).toEqual(image.manifest);
    const layer = image.layers[0];
    expect(await expectStatus(await registry.getBlob('packed', layer?.digest ?? ''), 200)).toEqual(layer?.bytes);
    // before the grace of stop() is over and the whole group is killed: the server ends by itself
    child.signal('SIGTERM');
    await until(
      'the server is gone',
      () =>
        fetch(`${url}/healthz`).then(
          () => undefined,
          () => true,
        ),
      { timeout: 10_000 },
    );
    await child.stop();
    expect(child.stderr()).toBe('');
  });
});
