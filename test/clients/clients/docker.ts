import { missing, startDocker, type Docker } from '../../support/engines.ts';
import { dockerArchive } from '../../support/image-files.ts';
import { expect } from 'vitest';
import { row, type Started, type Step } from '../cell.ts';
import type { Ground } from '../ground.ts';
import { digestIn, digestsIn, inFolder, layersInArchive } from '../layouts.ts';
import {
  lineOf,
  mounts,
  pullsByDigest,
  pullsByTag,
  pushesAndPullsIndex,
  pushesImage,
  tagged,
  clientsAtOnce,
  pullsAtOnce,
  type Copies,
  type PullsAtOnce,
  type PushesIndexes,
} from '../steps.ts';

/** The verbs of docker; `docker` is a command line that has its logins. */
export function dockerVerbs(docker: Docker): Copies & PushesIndexes {
  const push = async (reference: string): Promise<string> =>
    digestIn(await docker.ok('push', reference), /^.*digest: .*$/m);
  return {
    async push(reference, image) {
      await docker.load(dockerArchive(image, [reference]));
      return await push(reference);
    },
    async pushIndex(reference, images, { address }) {
      const members = images.map(({ platform }) => `${reference}-${platform?.architecture}`);
      for (const [index, image] of images.entries()) {
        await docker.load(dockerArchive(image, [members[index] ?? '']));
        await push(members[index] ?? '');
      }
      const insecure = address.key === 'plain' ? ['--insecure'] : [];
      await docker.ok('manifest', 'create', ...insecure, reference, ...members);
      return digestIn(await docker.ok('manifest', 'push', ...insecure, reference));
    },
    pull: async (reference) =>
      await inFolder(async (archive) => {
        const said = await docker.ok('pull', reference);
        await docker.ok('save', '--output', archive, reference);
        return { digests: digestsIn(said), layers: await layersInArchive(archive) };
      }),
    async copy(from, to) {
      await docker.ok('tag', from, to);
      await push(to);
    },
  };
}

type DockerClient = Started & Copies & PushesIndexes & PullsAtOnce & { readonly docker: Docker };

async function start(ground: Ground): Promise<DockerClient> {
  const docker = await ground.docker();
  const version = await docker.ok('version', '--format', '{{.Client.Version}} with dockerd {{.Server.Version}}');
  const engines: Docker[] = [];
  return {
    docker,
    async fleet({ address }) {
      // one after another: sixteen that start at once keep a small machine busy for longer than they are waited for
      while (engines.length < clientsAtOnce) {
        engines.push(await startDocker({ commands: ground.commands, env: ground.env(address, ground.folder) }));
      }
      for (const engine of engines) await engine.login(address.host, ground.password);
      return engines.map(dockerVerbs);
    },
    async close() {
      await Promise.all(engines.map(async (engine) => await engine.close()));
    },
    version: version.trim(),
    login: async ({ host }) => await docker.login(host, ground.password),
    ...dockerVerbs(docker),
  };
}

const runs: Step<DockerClient> = async (client, task) => {
  await pullsByTag(client, task);
  expect(await client.docker.ok('run', '--rm', '--network', 'none', tagged(task))).toBe(`${lineOf(task)}\n`);
};

export const docker = row<DockerClient>({
  name: 'docker',
  source: 'Debian',
  missing: () => missing('docker'),
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
  more: { 'runs what it pulled': runs, 'sixteen engines pull one image at once': pullsAtOnce },
});
