import { mkdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect } from 'vitest';
import { programThatPrints } from '../../support/binary.ts';
import { npmTool, npmTools, programOf } from '../../support/tools/npm-tools.ts';
import { missing } from '../../support/engines.ts';
import { row, type Started, type Step, type Task } from '../cell.ts';
import { home as registry, type Ground } from '../ground.ts';
import { describeImage, expectStored, lineOf } from '../steps.ts';

interface CdkAssets extends Started {
  /** Builds and publishes the image of the task, tagged `v1`; gives what was said. */
  publish(task: Task): Promise<string>;
  docker(...args: string[]): Promise<string>;
}

async function start(ground: Ground): Promise<CdkAssets> {
  const program = programOf(await npmTool('cdk-assets'), 'cdk-assets');
  const engine = await ground.docker();
  const home = join(ground.folder, 'cdk');
  mkdirSync(join(home, 'docker'), { recursive: true });
  return {
    version: npmTools['cdk-assets'].version,
    async login() {
      // it logs docker in by itself, with the token that it asks for
    },
    docker: async (...args) => await engine.ok(...args),
    async publish(task) {
      const { repository: repositoryName, address } = task;
      const folder = join(home, repositoryName);
      await mkdir(join(folder, 'image'), { recursive: true });
      await writeFile(join(folder, 'image', 'hello'), programThatPrints(lineOf(task)), { mode: 0o755 });
      await writeFile(join(folder, 'image', 'Dockerfile'), 'FROM scratch\nCOPY hello /hello\nCMD ["/hello"]\n');
      const destination = { repositoryName, imageTag: 'v1', region: registry.region };
      const asset = { source: { directory: 'image' }, destinations: { here: destination } };
      const id = repositoryName.replaceAll('/', '-');
      await writeFile(
        join(folder, 'assets.json'),
        JSON.stringify({ version: '36.0.0', dockerImages: { [id]: asset } }),
      );
      const env = {
        ...ground.env(address, home),
        NODE_EXTRA_CA_CERTS: ground.ca,
        PATH: engine.env['PATH'],
        DOCKER_HOST: engine.env['DOCKER_HOST'],
        DOCKER_CONFIG: join(home, 'docker'),
        // the engine of Debian has no plug-in for the newer builder
        DOCKER_BUILDKIT: '0',
      };
      const args = [program, 'publish', '--verbose', '--path', folder];
      const { code, stdout, stderr } = await ground.commands.run(execPath, args, { env });
      expect(code, stdout + stderr).toBe(0);
      return stdout + stderr;
    },
  };
}

const publishes: Step<CdkAssets> = async (client, task) => {
  await client.publish(task);
  const { imageDigest = '' } = await describeImage(task, { tag: 'v1' });
  await expectStored(task, imageDigest, []);
  const reference = `${task.address.host}/${task.repository}@${imageDigest}`;
  await client.docker('login', '--username', 'AWS', '--password', task.ground.password, task.address.host);
  await client.docker('pull', reference);
  expect(await client.docker('run', '--rm', '--network', 'none', reference)).toBe(`${lineOf(task)}\n`);
};

const publishesOnce: Step<CdkAssets> = async (client, task) => {
  await client.publish(task);
  const first = await describeImage(task, { tag: 'v1' });
  expect(await client.publish(task)).toMatch(/Found/);
  expect(await describeImage(task, { tag: 'v1' })).toEqual(first);
};

const onlyPublishes = 'It only builds and publishes images.';

export const cdkAssets = row<CdkAssets>({
  name: 'cdk-assets, with docker',
  source: 'npm',
  missing: () => missing('docker'),
  start,
  cells: {
    push: publishes,
    'pull by tag': onlyPublishes,
    'pull by digest': onlyPublishes,
    index: onlyPublishes,
    mount: onlyPublishes,
    delete: onlyPublishes,
    referrers: onlyPublishes,
  },
  more: { 'leaves an image alone that is there already': publishesOnce },
});
