import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { goTool, missingGoTool } from '../../support/go-tools.ts';
import { makeIndex } from '../../support/images.ts';
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
  refers,
  type Copies,
  type Deletes,
  type PushesIndexes,
  type Refers,
} from '../steps.ts';

type Regctl = Started & Copies & PushesIndexes & Deletes & Refers;

async function start(ground: Ground): Promise<Regctl> {
  const tool = await goTool('regctl');
  const home = join(ground.folder, 'regctl');
  mkdirSync(home);
  const regctl = async (args: readonly string[], input?: string): Promise<string> =>
    await ground.commands.ok(tool, args, { env: { HOME: home }, input });
  const push: Regctl['push'] = async (reference, image) =>
    await inLayout(image, async (layout) => {
      await regctl(['image', 'copy', `ocidir://${layout}:it`, reference]);
      return digestIn(await regctl(['image', 'digest', reference]));
    });
  return {
    version: (await regctl(['version', '--format', '{{.VCSTag}}'])).trim(),
    async login({ key, host }) {
      if (key === 'plain') await regctl(['registry', 'set', host, '--tls', 'disabled', '--skip-check']);
      await regctl(['registry', 'login', host, '--user', 'AWS', '--pass-stdin'], ground.password);
    },
    push,
    pushIndex: async (reference, images, task) => await push(reference, makeIndex(images), task),
    pull: async (reference) =>
      await inFolder(async (folder) => {
        await regctl(['image', 'copy', reference, `ocidir://${folder}:it`]);
        return await readLayout(folder);
      }),
    async copy(from, to) {
      await regctl(['image', 'copy', from, to]);
    },
    async remove({ repository, digest }, { address }) {
      await regctl(['manifest', 'delete', `${address.host}/${repository}@${digest}`]);
    },
    async attach(reference) {
      const args = ['--artifact-type', 'application/vnd.example.note', '--subject', reference];
      const format = ['--format', '{{.Manifest.GetDescriptor.Digest}}'];
      return digestIn(await regctl(['artifact', 'put', ...args, ...format], 'attached by regctl'));
    },
    async referrers(reference) {
      const listed = await regctl(['artifact', 'list', reference, '--format', '{{json .Descriptors}}']);
      return (JSON.parse(listed) as { digest: string }[]).map(({ digest }) => digest);
    },
  };
}

export const regctl = row<Regctl>({
  name: 'regctl',
  source: 'Go modules',
  missing: () => missingGoTool('regctl'),
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
