import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goTool, missingGoTool } from '../../support/go-tools.ts';
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
  refers,
  type Copies,
  type Deletes,
  type PushesIndexes,
  type Refers,
} from '../steps.ts';

type Oras = Started & Copies & PushesIndexes & Deletes & Refers;

const plain = ({ key }: Address, flag: string): string[] => (key === 'plain' ? [flag] : []);

async function start(ground: Ground): Promise<Oras> {
  const tool = await goTool('oras');
  const home = join(ground.folder, 'oras');
  mkdirSync(home);
  writeFileSync(join(home, 'note.txt'), 'attached by oras');
  const oras = async (args: readonly string[], input?: string): Promise<string> =>
    await ground.commands.ok(tool, args, { env: { HOME: home, DOCKER_CONFIG: home }, cwd: home, input });
  const push: Oras['push'] = async (reference, image, { address }) =>
    await inLayout(image, async (layout) => {
      const flags = ['--no-tty', '--from-oci-layout', ...plain(address, '--to-plain-http')];
      return digestIn(await oras(['cp', ...flags, `${layout}:it`, reference]), /^Digest: .*$/m);
    });
  return {
    version: /^Version:\s+(\S+)/m.exec(await oras(['version']))?.[1] ?? '',
    async login(address) {
      const flags = [...plain(address, '--plain-http'), '--username', 'AWS', '--password-stdin'];
      await oras(['login', ...flags, address.host], ground.password);
    },
    push,
    pushIndex: async (reference, images, task) => await push(reference, makeIndex(images), task),
    pull: async (reference, { address }) =>
      await inFolder(async (folder) => {
        const flags = ['--no-tty', '--to-oci-layout', ...plain(address, '--from-plain-http')];
        await oras(['cp', ...flags, reference, `${folder}:it`]);
        return await readLayout(folder);
      }),
    async copy(from, to, { address }) {
      const flags = ['--no-tty', ...plain(address, '--from-plain-http'), ...plain(address, '--to-plain-http')];
      await oras(['cp', ...flags, from, to]);
    },
    async remove({ repository, tag }, { address }) {
      const flags = ['--force', ...plain(address, '--plain-http')];
      await oras(['manifest', 'delete', ...flags, `${address.host}/${repository}:${tag}`]);
    },
    async attach(reference, { address }) {
      const flags = ['--no-tty', '--artifact-type', 'application/vnd.example.note', ...plain(address, '--plain-http')];
      return digestIn(await oras(['attach', ...flags, reference, 'note.txt:text/plain']), /^Digest: .*$/m);
    },
    async referrers(reference, { address }) {
      const said = await oras(['discover', '--format', 'json', ...plain(address, '--plain-http'), reference]);
      const { referrers } = JSON.parse(said) as { referrers: { digest: string }[] };
      return referrers.map(({ digest }) => digest);
    },
  };
}

export const oras = row<Oras>({
  name: 'oras',
  source: 'Go modules',
  missing: () => missingGoTool('oras'),
  start,
  cells: {
    push: pushesImage,
    'pull by tag': pullsByTag,
    'pull by digest': pullsByDigest,
    index: pushesAndPullsIndex,
    mount: mounts,
    delete: deletes,
    referrers: refers,
  },
});
