import { join } from 'node:path';
import { makeIndex } from '../../support/images.ts';
import { goTool, missingGoTool } from '../../support/go-tools.ts';
import { row, type Started } from '../cell.ts';
import type { Ground } from '../ground.ts';
import { digestIn, inFolder, inLayout, readLayout } from '../layouts.ts';
import {
  deletes,
  mounts,
  pullsByDigest,
  pullsByTag,
  pushesAndPullsIndex,
  pushesImage,
  type Copies,
  type Deletes,
  type PushesIndexes,
} from '../steps.ts';

type Crane = Started & Copies & PushesIndexes & Deletes;

async function start(ground: Ground): Promise<Crane> {
  const tool = await goTool('crane');
  const home = join(ground.folder, 'crane');
  const crane = async (args: readonly string[], input?: string): Promise<string> =>
    await ground.commands.ok(tool, args, { env: { HOME: home, DOCKER_CONFIG: join(home, '.docker') }, input });
  const push: Crane['push'] = async (reference, image) =>
    await inLayout(image, async (layout) => digestIn(await crane(['push', layout, reference])));
  return {
    version: (await crane(['version'])).trim(),
    async login({ host }) {
      await crane(['auth', 'login', host, '--username', 'AWS', '--password-stdin'], ground.password);
    },
    push,
    pushIndex: async (reference, images, task) => await push(reference, makeIndex(images), task),
    pull: async (reference) =>
      await inFolder(async (folder) => {
        await crane(['pull', '--format', 'oci', reference, folder]);
        return await readLayout(folder);
      }),
    async copy(from, to) {
      await crane(['copy', from, to]);
    },
    async remove({ repository, digest }, { address }) {
      await crane(['delete', `${address.host}/${repository}@${digest}`]);
    },
  };
}

export const crane = row<Crane>({
  name: 'crane',
  source: 'Go modules',
  missing: () => missingGoTool('crane'),
  start,
  cells: {
    push: pushesImage,
    'pull by tag': pullsByTag,
    'pull by digest': pullsByDigest,
    index: pushesAndPullsIndex,
    mount: mounts,
    delete: deletes,
    referrers: 'It has no command that lists or makes them.',
  },
});
