/** podman and buildah: two commands over the same storage and the same way to a registry. */
import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missing } from '../../support/engines.ts';
import { describeImage, type Image } from '../../support/images.ts';
import { row, type ClientRow, type Started } from '../cell.ts';
import type { Address, Ground } from '../ground.ts';
import { digestIn, digestsIn, inFolder, inLayout, layersInArchive, layoutArchive } from '../layouts.ts';
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

type StorageClient = Started & Copies & PushesIndexes;

interface Ways {
  readonly command: 'podman' | 'buildah';
  readonly flags: readonly string[];
  /** Writes what was pulled as `reference` into an archive. */
  archive(reference: string, file: string): readonly string[];
  /** Tells the digests of what was pulled as `reference`. */
  digests(reference: string): readonly string[];
}

const verify = ({ key }: Address): string => `--tls-verify=${key === 'named'}`;

async function start(ground: Ground, ways: Ways, folder: string = ways.command): Promise<StorageClient> {
  const home = join(ground.folder, folder);
  mkdirSync(home);
  const at = (name: string): string => join(home, name);
  const storage = ['--root', at('root'), '--runroot', at('runroot'), '--storage-driver', 'vfs', ...ways.flags];
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  const env = { PATH: path, HOME: home, REGISTRY_AUTH_FILE: at('auth.json') };
  const tool = async (...args: string[]): Promise<string> =>
    await ground.commands.ok(ways.command, [...storage, ...args], { env });
  const pushFlags = (address: Address): string[] => [verify(address), '--digestfile', at('digest')];
  /** The image where these tools can take it from. */
  const archiveOf = async (image: Image): Promise<string> =>
    await inLayout(image, async (layout) => {
      const archive = at(image.digest.slice('sha256:'.length));
      await writeFile(archive, await layoutArchive(layout));
      return `oci-archive:${archive}`;
    });
  return {
    version: /[\d.]+/.exec(await tool('--version'))?.[0] ?? '',
    async login(address) {
      await tool('login', verify(address), '--username', 'AWS', '--password', ground.password, address.host);
    },
    async push(reference, image, { address }) {
      const id = (await tool('pull', '--quiet', await archiveOf(image))).trim().split('\n').at(-1) ?? '';
      await tool('tag', id, reference);
      await tool('push', ...pushFlags(address), reference);
      return digestIn(await readFile(at('digest'), 'utf8'));
    },
    async pushIndex(reference, images, { address, repository }) {
      const list = `localhost/${repository}`;
      await tool('manifest', 'create', list);
      for (const image of images) {
        const { architecture = '' } = describeImage(image).platform ?? {};
        const archive = await archiveOf(image);
        await tool('manifest', 'add', '--os', 'linux', '--arch', architecture, list, archive);
      }
      await tool('manifest', 'push', '--all', ...pushFlags(address), list, `docker://${reference}`);
      return digestIn(await readFile(at('digest'), 'utf8'));
    },
    pull: async (reference, { address }) =>
      await inFolder(async (archive) => {
        await tool('pull', '--quiet', verify(address), reference);
        await tool(...ways.archive(reference, archive));
        return { digests: digestsIn(await tool(...ways.digests(reference))), layers: await layersInArchive(archive) };
      }),
    async copy(from, to, { address }) {
      await tool('tag', from, to);
      await tool('push', ...pushFlags(address), to);
    },
  };
}

const cells: ClientRow<StorageClient>['cells'] = {
  push: pushesImage,
  'pull by tag': pullsByTag,
  'pull by digest': pullsByDigest,
  index: pushesAndPullsIndex,
  mount: mounts,
  delete: 'It has no command that deletes at a registry.',
  referrers: 'It has no command that lists or makes them.',
};

type Podman = StorageClient & PullsAtOnce;

async function startPodman(ground: Ground): Promise<Podman> {
  const startIn = async (folder: string): Promise<StorageClient> => {
    const ways: Ways = {
      command: 'podman',
      flags: [
        '--tmpdir',
        join(ground.folder, folder, 'tmp'),
        '--cgroup-manager',
        'cgroupfs',
        '--events-backend',
        'none',
      ],
      archive: (reference, file) => ['save', '--output', file, reference],
      digests: (reference) => ['image', 'inspect', '--format', '{{.Digest}} {{.RepoDigests}}', reference],
    };
    return await start(ground, ways, folder);
  };
  const fleet: StorageClient[] = [];
  return {
    ...(await startIn('podman')),
    async fleet({ address }) {
      while (fleet.length < clientsAtOnce) fleet.push(await startIn(`podman-${fleet.length}`));
      for (const one of fleet) await one.login(address);
      return fleet;
    },
  };
}

export const podman = row<Podman>({
  name: 'podman',
  source: 'Debian',
  missing: () => missing('podman'),
  start: startPodman,
  cells,
  more: { 'sixteen of them pull one image at once': pullsAtOnce },
});

export const buildah = row<StorageClient>({
  name: 'buildah',
  source: 'Debian',
  missing: () => missing('buildah'),
  start: async (ground) =>
    await start(ground, {
      command: 'buildah',
      flags: [],
      archive: (reference, file) => ['push', reference, `docker-archive:${file}`],
      digests: (reference) => ['images', '--json', reference],
    }),
  cells,
});
