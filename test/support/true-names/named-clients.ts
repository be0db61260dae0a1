/** docker, skopeo, podman and ctr with one set of verbs, so that a test can ask the same of each. */
import { writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { startContainerd, type ContainerdPlace } from '../containerd.ts';
import { podmanIn, skopeoIn, startDocker } from '../engines.ts';
import { filesIn, temporaryFolder } from '../folders.ts';
import { blobOfLayout, digestInLayout, dockerArchive, writeLayout } from '../image-files.ts';
import type { Image } from '../images.ts';
import { tar } from '../tar.ts';

export interface NamedClient {
  login(host: string, password: string): Promise<void>;
  /** Pushes the image under `HOST/NAME:TAG`; gives the digest that the client has for it then. */
  push(reference: string, image: Image): Promise<string>;
  /** Forgets what it has of `reference`, pulls it, and gives the digest of what came. */
  pull(reference: string): Promise<string>;
  /** Runs what was pulled and gives what that printed; not every client can. */
  runImage?(reference: string): Promise<string>;
  /** Forgets every login: from now on the credential helper for ECR is asked, where the client knows helpers. */
  useHelper?(host: string): void;
  close(): Promise<void>;
}

export type ClientName = 'docker' | 'skopeo' | 'podman' | 'ctr';

function digestIn(said: string): string {
  const digest = /sha256:[0-9a-f]{64}/.exec(said)?.[0];
  if (digest === undefined) throw new Error(`no digest in: ${said}`);
  return digest;
}

const asksHelper = (host: string): string => JSON.stringify({ credHelpers: { [host]: 'ecr-login' } });

async function dockerOf(place: ContainerdPlace): Promise<NamedClient> {
  const docker = await startDocker(place);
  return {
    login: async (host, password) => await docker.login(host, password),
    async push(reference, image) {
      await docker.load(dockerArchive(image, [reference]));
      return digestIn(/^.*digest: .*$/m.exec(await docker.ok('push', reference))?.[0] ?? '');
    },
    async pull(reference) {
      await docker.ok('image', 'prune', '--all', '--force');
      return digestIn(/^Digest: .*$/m.exec(await docker.ok('pull', reference))?.[0] ?? '');
    },
    runImage: async (reference) => await docker.ok('run', '--rm', '--network', 'none', reference),
    useHelper: (host) => writeFileSync(join(docker.env['DOCKER_CONFIG'] ?? '', 'config.json'), asksHelper(host)),
    close: async () => await docker.close(),
  };
}

function skopeoOf(place: ContainerdPlace): NamedClient {
  const skopeo = skopeoIn(place);
  let count = 0;
  const newLayout = (): string => join(place.folder, `layout-${(count += 1)}`);
  return {
    login: async (host, password) => await skopeo.login(host, password),
    async push(reference, image) {
      const layout = newLayout();
      await writeLayout(layout, { it: image });
      const digestFile = `${layout}.digest`;
      await skopeo.ok('copy', '--digestfile', digestFile, `oci:${layout}:it`, `docker://${reference}`);
      return digestIn(await readFile(digestFile, 'utf8'));
    },
    async pull(reference) {
      const layout = newLayout();
      await skopeo.ok('copy', `docker://${reference}`, `oci:${layout}:it`);
      const digest = await digestInLayout(layout, 'it');
      const manifest = JSON.parse((await blobOfLayout(layout, digest)).toString()) as { layers: { digest: string }[] };
      for (const layer of manifest.layers) await blobOfLayout(layout, layer.digest);
      return digest;
    },
    useHelper: (host) => writeFileSync(join(place.folder, 'auth.json'), asksHelper(host)),
    async close() {
      // nothing of it runs on
    },
  };
}

function podmanOf(place: ContainerdPlace): NamedClient {
  const podman = podmanIn(place);
  const at = (name: string): string => join(place.folder, name);
  return {
    login: async (host, password) => await podman.login(host, password),
    async push(reference, image) {
      await writeFile(at('archive.tar'), dockerArchive(image, [reference]));
      await podman.ok('load', '--input', at('archive.tar'));
      await podman.ok('push', '--digestfile', at('digest'), reference);
      return digestIn(await readFile(at('digest'), 'utf8'));
    },
    async pull(reference) {
      await podman.ok('rmi', '--all', '--force');
      await podman.ok('pull', reference);
      return digestIn(await podman.ok('image', 'inspect', '--format', '{{.Digest}}', reference));
    },
    useHelper: (host) => writeFileSync(at('auth.json'), asksHelper(host)),
    async close() {
      await podman.ok('rmi', '--all', '--force');
    },
  };
}

async function ctrOf(place: ContainerdPlace): Promise<NamedClient> {
  const containerd = await startContainerd(place);
  const at = (name: string): string => join(place.folder, name);
  const logins = new Map<string, string>();
  // ctr keeps no logins: each command is told
  const user = (reference: string): string[] => ['--user', `AWS:${logins.get(reference.split('/')[0] ?? '')}`];
  const native = ['--snapshotter', 'native'];
  const digestOf = async (reference: string): Promise<string> =>
    digestIn(await containerd.ok('images', 'list', `name==${reference}`));
  return {
    login: async (host, password) => void logins.set(host, password),
    async push(reference, image) {
      const tag = reference.slice(reference.lastIndexOf(':') + 1);
      await writeLayout(at('layout'), { [tag]: image });
      const files = await filesIn(at('layout'));
      const entries = files.map(async (name) => ({ name, content: await readFile(join(at('layout'), name)) }));
      await writeFile(at('layout.tar'), tar(await Promise.all(entries)));
      const base = reference.slice(0, -tag.length - 1);
      await containerd.ok('images', 'import', ...native, '--base-name', base, at('layout.tar'));
      await containerd.ok('images', 'push', ...user(reference), reference);
      return await digestOf(reference);
    },
    async pull(reference) {
      const names = (await containerd.ok('images', 'list', '--quiet')).split('\n').filter((name) => name !== '');
      if (names.length > 0) await containerd.ok('images', 'remove', '--sync', ...names);
      await containerd.ok('images', 'pull', ...native, ...user(reference), reference);
      return await digestOf(reference);
    },
    // the name of the container is the machine's, since runc keeps its state in a folder for all
    runImage: async (reference) => await containerd.ok('run', '--rm', ...native, reference, basename(place.folder)),
    close: async () => await containerd.stop(),
  };
}

const starts: Record<ClientName, (place: ContainerdPlace) => Promise<NamedClient> | NamedClient> = {
  docker: dockerOf,
  skopeo: skopeoOf,
  podman: podmanOf,
  ctr: ctrOf,
};

/** The client, started where `commands` says, in an environment whose AWS keys a credential helper finds. */
export async function startClient(
  name: ClientName,
  { commands, env }: Omit<ContainerdPlace, 'folder'>,
): Promise<NamedClient> {
  const folder = temporaryFolder(name);
  const client = await starts[name]({ folder: folder.path, commands, env });
  return {
    ...client,
    async close() {
      await client.close();
      folder.remove();
    },
  };
}
