import { mkdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RepositoryAlreadyExistsException } from '@aws-sdk/client-ecr';
import { execPath } from 'node:process';
import { expect } from 'vitest';
import { npmTool, npmTools, programOf } from '../../support/tools/npm-tools.ts';
import { row, type Started, type Step, type Task } from '../cell.ts';
import type { Ground } from '../ground.ts';
import { inFolder } from '../layouts.ts';
import { describeImage } from '../steps.ts';

type Kind = 'feature' | 'template';

interface Devcontainer extends Started {
  /** Publishes one of the version under the name of the repository; gives the digest that was told. */
  publish(kind: Kind, version: string, task: Task): Promise<string>;
  /** Applies a template; gives the file that it brings. */
  apply(reference: string, task: Task): Promise<string>;
  manifestDigest(reference: string, task: Task): Promise<string>;
}

const noteOf = ({ repository }: Task, version: string): string => `${repository} ${version}\n`;

async function writeSource(folder: string, kind: Kind, { task, version }: { task: Task; version: string }) {
  const id = basename(task.repository);
  await mkdir(join(folder, '.devcontainer'), { recursive: true });
  await writeFile(join(folder, `devcontainer-${kind}.json`), JSON.stringify({ id, version, name: id }));
  await writeFile(join(folder, 'install.sh'), `#!/bin/sh\n# ${noteOf(task, version)}`);
  await writeFile(join(folder, '.devcontainer', 'devcontainer.json'), JSON.stringify({ image: 'scratch' }));
  await writeFile(join(folder, 'note.txt'), noteOf(task, version));
}

async function start(ground: Ground): Promise<Devcontainer> {
  const program = programOf(await npmTool('@devcontainers/cli'), 'devcontainer');
  const home = join(ground.folder, 'devcontainers');
  mkdirSync(home);
  const run = async ({ address }: Task, ...args: string[]): Promise<string> => {
    const env = {
      ...ground.env(address, home),
      NODE_EXTRA_CA_CERTS: ground.ca,
      DEVCONTAINERS_OCI_AUTH: `${address.host}|AWS|${ground.password}`,
    };
    return await ground.commands.ok(execPath, [program, ...args], { env, cwd: home });
  };
  return {
    version: npmTools['@devcontainers/cli'].version,
    async login() {
      // each command is told by its environment
    },
    async publish(kind, version, task) {
      const id = basename(task.repository);
      const folder = join(home, task.repository, `${kind}-${version}`, id);
      await writeSource(folder, kind, { task, version });
      const namespace = dirname(task.repository);
      // where it puts the list of what is published under the name
      await ground.createRepositories(namespace).catch((error: unknown) => {
        if (!(error instanceof RepositoryAlreadyExistsException)) throw error;
      });
      const said = await run(task, `${kind}s`, 'publish', '-r', task.address.host, '-n', namespace, folder);
      const published = JSON.parse(said) as Record<string, { digest: string }>;
      return published[id]?.digest ?? '';
    },
    apply: async (reference, task) =>
      await inFolder(async (folder) => {
        await mkdir(folder);
        await run(task, 'templates', 'apply', '--workspace-folder', folder, '--template-id', reference);
        return await readFile(join(folder, 'note.txt'), 'utf8');
      }),
    async manifestDigest(reference, task) {
      const said = await run(task, 'features', 'info', 'manifest', reference, '--output-format', 'json');
      const { canonicalId } = JSON.parse(said) as { canonicalId: string };
      return canonicalId.slice(canonicalId.indexOf('@') + 1);
    },
  };
}

const referenceOf = ({ address, repository }: Task): string => `${address.host}/${repository}`;

const pushesFeature: Step<Devcontainer> = async (client, task) => {
  const digest = await client.publish('feature', '1.2.3', task);
  const detail = await describeImage(task, { tag: '1.2' });
  expect(detail.imageDigest).toBe(digest);
  expect(detail.imageTags?.toSorted()).toEqual(['1', '1.2', '1.2.3', 'latest']);
  expect(await client.manifestDigest(`${referenceOf(task)}:1`, task)).toBe(digest);
};

const pullsTemplateByTag: Step<Devcontainer> = async (client, task) => {
  await client.publish('template', '1.0.0', task);
  await client.publish('template', '1.1.0', task);
  expect(await client.apply(`${referenceOf(task)}:1.0.0`, task)).toBe(noteOf(task, '1.0.0'));
  expect(await client.apply(`${referenceOf(task)}:1`, task)).toBe(noteOf(task, '1.1.0'));
};

const pullsTemplateByDigest: Step<Devcontainer> = async (client, task) => {
  const digest = await client.publish('template', '1.0.0', task);
  await client.publish('template', '1.1.0', task);
  expect(await client.apply(`${referenceOf(task)}@${digest}`, task)).toBe(noteOf(task, '1.0.0'));
};

export const devcontainers = row<Devcontainer>({
  name: '@devcontainers/cli',
  source: 'npm',
  missing: () => undefined,
  start,
  cells: {
    push: pushesFeature,
    'pull by tag': pullsTemplateByTag,
    'pull by digest': pullsTemplateByDigest,
    index: 'A feature or template is one manifest; it makes and reads no index.',
    mount: 'It sends every blob: it keeps no record of what lies in other repositories.',
    delete: 'It has no command that deletes at a registry.',
    referrers: 'It has no command that lists or makes them.',
  },
});
