import { mkdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startContainerd, type Containerd } from '../../support/containerd.ts';
import { temporaryFolder, type Folder } from '../../support/folders.ts';
import { makeIndex } from '../../support/images.ts';
import { runOk } from '../../support/process.ts';
import { missing } from '../../support/engines.ts';
import { row, type Started } from '../cell.ts';
import type { Address, Ground } from '../ground.ts';
import { digestIn, inFolder, inLayout, layoutArchive, readLayout } from '../layouts.ts';
import {
  mounts,
  pullsByDigest,
  pullsByTag,
  pushesAndPullsIndex,
  pushesImage,
  clientsAtOnce,
  pullsAtOnce,
  type Copies,
  type PullsAtOnce,
  type PushesIndexes,
} from '../steps.ts';

type Ctr = Started & Copies & PushesIndexes & PullsAtOnce;

const native = ['--snapshotter', 'native'];

/** ctr with one containerd; files in `home`. */
function verbsOf(ground: Ground, containerd: Containerd, home: string): Copies & PushesIndexes {
  // it keeps no logins, and is told with each command
  const flags = ({ key }: Address): string[] => [
    ...['--user', `AWS:${ground.password}`],
    ...(key === 'plain' ? ['--plain-http'] : []),
  ];
  const push: Copies['push'] = async (reference, image, { address }) => {
    const archive = join(home, 'layout.tar');
    await inLayout(image, async (layout) => await writeFile(archive, await layoutArchive(layout)));
    const base = reference.replace(/:[^:/]*$/, '');
    await containerd.ok('images', 'import', ...native, '--all-platforms', '--base-name', base, archive);
    await containerd.ok('images', 'tag', '--force', `${base}:it`, reference);
    await containerd.ok('images', 'push', ...flags(address), reference);
    return digestIn(await containerd.ok('images', 'list', `name==${reference}`));
  };
  return {
    push,
    pushIndex: async (reference, images, task) => await push(reference, makeIndex(images), task),
    pull: async (reference, { address }) =>
      await inFolder(async (folder) => {
        await containerd.ok('images', 'pull', ...native, '--all-platforms', ...flags(address), reference);
        const archive = join(home, 'pulled.tar');
        await containerd.ok('images', 'export', '--all-platforms', archive, reference);
        await mkdir(folder);
        await runOk('tar', ['-xf', archive, '-C', folder]);
        return await readLayout(folder);
      }),
    // only what was pulled it knows to be there
    async copy(from, to, { address }) {
      await containerd.ok('images', 'pull', ...native, '--all-platforms', ...flags(address), from);
      await containerd.ok('images', 'tag', from, to);
      await containerd.ok('images', 'push', ...flags(address), to);
    },
  };
}

async function start(ground: Ground): Promise<Ctr> {
  const containerd = await ground.containerd();
  const home = join(ground.folder, 'ctr');
  mkdirSync(home);
  const fleet: { engine: Containerd; folder: Folder }[] = [];
  return {
    version: /[\d.]+\S*/.exec((await containerd.ok('--version')).split(' ').at(-1) ?? '')?.[0] ?? '',
    async login() {
      // flags of push and pull
    },
    ...verbsOf(ground, containerd, home),
    async fleet({ address }) {
      while (fleet.length < clientsAtOnce) {
        const folder = temporaryFolder('ctr');
        const env = ground.env(address, folder.path);
        const engine = await startContainerd({ folder: folder.path, commands: ground.commands, env });
        fleet.push({ engine, folder });
      }
      return fleet.map(({ engine, folder }) => verbsOf(ground, engine, folder.path));
    },
    async close() {
      for (const { engine, folder } of fleet) {
        await engine.stop();
        folder.remove();
      }
    },
  };
}

export const ctr = row<Ctr>({
  name: 'containerd (ctr)',
  source: 'Debian',
  missing: () => missing('ctr'),
  start,
  cells: {
    push: pushesImage,
    'pull by tag': pullsByTag,
    'pull by digest': pullsByDigest,
    index: pushesAndPullsIndex,
    mount: mounts,
    delete: 'It has no command that deletes at a registry.',
    referrers: 'It has no command that lists or makes them.',
  },
  more: { 'sixteen engines pull one image at once': pullsAtOnce },
});
