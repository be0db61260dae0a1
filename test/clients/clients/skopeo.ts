import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missing, skopeoIn } from '../../support/engines.ts';
import { makeIndex } from '../../support/images.ts';
import { row, type Started } from '../cell.ts';
import type { Address, Ground } from '../ground.ts';
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

type Skopeo = Started & Copies & PushesIndexes & Deletes;

const verify = ({ key }: Address): string => `tls-verify=${key === 'named'}`;

async function start(ground: Ground): Promise<Skopeo> {
  const folder = join(ground.folder, 'skopeo');
  mkdirSync(folder);
  const skopeo = skopeoIn({ folder, commands: ground.commands });
  const push: Skopeo['push'] = async (reference, image, { address }) =>
    await inLayout(image, async (layout) => {
      const file = join(folder, 'digest');
      const flags = ['--all', '--digestfile', file, `--dest-${verify(address)}`];
      await skopeo.ok('copy', ...flags, `oci:${layout}:it`, `docker://${reference}`);
      return digestIn(await readFile(file, 'utf8'));
    });
  return {
    version: /[\d.]+/.exec(await skopeo.ok('--version'))?.[0] ?? '',
    async login(address) {
      const args = [`--${verify(address)}`, '--username', 'AWS', '--password', ground.password, address.host];
      await skopeo.ok('login', ...args);
    },
    push,
    pushIndex: async (reference, images, task) => await push(reference, makeIndex(images), task),
    pull: async (reference, { address }) =>
      await inFolder(async (layout) => {
        await skopeo.ok('copy', '--all', `--src-${verify(address)}`, `docker://${reference}`, `oci:${layout}:it`);
        return await readLayout(layout);
      }),
    // what it pushed once, it knows to be there
    async copy(from, to, task) {
      const flags = [`--src-${verify(task.address)}`, `--dest-${verify(task.address)}`];
      await skopeo.ok('copy', ...flags, `docker://${from}`, `docker://${to}`);
    },
    async remove({ repository, tag }, { address }) {
      await skopeo.ok('delete', `--${verify(address)}`, `docker://${address.host}/${repository}:${tag}`);
    },
  };
}

export const skopeo = row<Skopeo>({
  name: 'skopeo',
  source: 'Debian',
  missing: () => missing('skopeo'),
  start,
  cells: {
    push: pushesImage,
    'pull by tag': pullsByTag,
    'pull by digest': pullsByDigest,
    index: pushesAndPullsIndex,
    mount: mounts,
    delete: deletes,
    referrers: 'It has no command that lists or makes them, and `copy` takes none along.',
  },
});
