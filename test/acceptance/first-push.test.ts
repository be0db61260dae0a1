/** What a stranger does first: `npm start`, and then the printed lines, pasted into a shell as they are. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ListImagesCommand } from '@aws-sdk/client-ecr';
import { ecrClient } from '../support/aws.ts';
import { machine, programThatPrints } from '../support/binary.ts';
import { missing, startDocker, type Docker } from '../support/engines.ts';
import { temporaryFolder, type Folder } from '../support/folders.ts';
import { dockerArchive } from '../support/image-files.ts';
import { makeImage } from '../support/images.ts';
import { cleanEnv, freePort, runOk, startProcess, until, waitForUrl, type Child } from '../support/process.ts';
import { expectStatus, registryAt } from '../support/registry.ts';
import { checkout, readCredentials } from '../support/stowage.ts';

const line = 'the first image';

describe('npm start in a checkout', () => {
  let folder: Folder;
  let data: string;
  let port: number;
  let server: Child;

  async function start(): Promise<void> {
    const flags = ['--data', data, '--listen', `127.0.0.1:${port}`];
    server = startProcess('npm', ['start', '--', ...flags], { cwd: checkout, env: cleanEnv() });
    await waitForUrl(`http://127.0.0.1:${port}/readyz`, server);
    // it is written in one piece when the server serves
    const greeting = (): true | undefined => (server.stdout().includes(`localhost:${port}`) ? true : undefined);
    await until('the greeting', greeting, { child: server });
  }

  beforeEach(async () => {
    folder = temporaryFolder('first');
    data = join(folder.path, 'data');
    port = await freePort();
    await start();
  });

  afterEach(async () => {
    await server.stop();
    folder.remove();
  });

  const printed = (): string[] => {
    const lines = server
      .stdout()
      .split('\n')
      .map((text) => text.trim());
    return lines.filter((text) => text !== '' && !text.startsWith('>'));
  };

  /** The printed shell lines; those that fetch an example image from the Internet are left to the stranger. */
  const commands = (): string[] =>
    printed().filter((text) => /^(aws|docker|npx|export|[A-Z_]+=\S+) /.test(text) && !/^docker pull [^/]+$/.test(text));

  test('says calmly where everything is, without a warning and without a secret', () => {
    const text = printed().join('\n');
    expect(server.stderr()).not.toMatch(/warn|deprecat|experimental|EBADENGINE/i);
    expect(text).toContain(`localhost:${port}`);
    expect(text).toContain(data);
    expect(text).toContain(join(data, 'credentials'));
    expect(text).not.toContain(readCredentials(join(data, 'credentials')).secretAccessKey);
    expect(printed().length).toBeLessThanOrEqual(25);
  });

  test('prints lines that name region and endpoint, and a way without the AWS CLI', () => {
    const aws = commands().filter((text) => text.includes('aws ecr'));
    expect(aws.length).toBeGreaterThanOrEqual(2);
    for (const text of aws) {
      expect(text).toMatch(/--region \S+/);
      expect(text).toContain(`--endpoint-url http://localhost:${port}`);
    }
    expect(commands().join('\n')).toContain('AWS_SHARED_CREDENTIALS_FILE=');
    const npx = commands().filter((text) => text.includes('npx'));
    expect(npx.some((text) => /npx --no-install stowage login-password.*\| docker login /.test(text))).toBe(true);
    expect(npx.some((text) => text.includes('npx --no-install stowage create-repository'))).toBe(true);
    for (const text of npx) expect(text).toContain('--no-install');
  });

  test('its login-password, without docker, opens the registry', async () => {
    const login = commands().find((text) => text.includes('stowage login-password')) ?? '';
    const password = (await runOk('sh', ['-c', login.split('|')[0] ?? ''], { cwd: checkout, env: cleanEnv() })).trim();
    const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;
    await expectStatus(await registryAt(`http://127.0.0.1:${port}`, authorization).send('GET', '/v2/'), 200);
  });

  test('started again, it says so in about three lines', async () => {
    await server.stop();
    await start();
    expect(printed().length).toBeLessThanOrEqual(4);
    expect(printed().join('\n')).toContain(`localhost:${port}`);
    expect(server.stderr()).not.toMatch(/warn|deprecat|experimental/i);
  });

  describe.skipIf(missing('docker'))('its lines, pasted', () => {
    let docker: Docker;

    beforeEach(async () => {
      docker = await startDocker();
    });

    afterEach(async () => {
      await docker?.close();
    });

    /** Runs `lines` in one shell in the checkout; the image that they tag is there already. */
    async function paste(lines: readonly string[]): Promise<void> {
      const tag = lines.find((text) => text.startsWith('docker tag ')) ?? '';
      const [source, reference] = tag.split(/\s+/).slice(2);
      if (source === undefined || reference === undefined) throw new Error(`no docker tag in ${lines.join('\n')}`);
      const program = programThatPrints(line, machine());
      const layers = [[{ name: 'hello', content: program, mode: 0o755 }], [{ name: 'readme', content: 'read me' }]];
      const image = makeImage({ layers, command: ['/hello'], architecture: machine() });
      await docker.load(dockerArchive(image, [source.includes(':') ? source : `${source}:latest`]));

      // a home of its own, so that no configuration of this machine helps or harms
      const home = join(folder.path, 'home');
      mkdirSync(home);
      const env = { ...docker.env, XDG_CONFIG_HOME: home, AWS_CONFIG_FILE: join(home, 'none'), AWS_PAGER: '' };
      const script = ['set -e', ...lines].join('\n');
      await runOk('bash', ['-c', script], { cwd: checkout, env });

      await docker.ok('image', 'rm', '--force', reference, source);
      await docker.ok('pull', reference);
      expect(await docker.ok('run', '--rm', '--network', 'none', reference)).toBe(`${line}\n`);

      const credentials = readCredentials(join(data, 'credentials'));
      // without a region in the lines, it is the one that the command line chooses
      const region = /--region (\S+)/.exec(lines.join(' '))?.[1] ?? 'us-east-1';
      const ecr = ecrClient({ url: `http://127.0.0.1:${port}`, credentials, region });
      const withoutHost = reference.slice(reference.indexOf('/') + 1);
      const [repositoryName, imageTag = 'latest'] = withoutHost.split(':');
      const { imageIds } = await ecr.send(new ListImagesCommand({ repositoryName }));
      ecr.destroy();
      expect(imageIds).toMatchObject([{ imageTag }]);
    }

    test.skipIf(missing('aws'))('push and pull with docker and the AWS CLI', async () => {
      await paste(commands().filter((text) => !text.includes('npx')));
    });

    test('push and pull with docker alone', async () => {
      // the text says that these two stand for the first two
      const withNpx = commands().filter((text) => text.includes('npx'));
      const rest = commands().filter((text) => text.startsWith('docker '));
      await paste([...withNpx, ...rest]);
    });
  });
});
