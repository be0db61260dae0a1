import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { goTool, goTools, missingGoTool } from '../../support/go-tools.ts';
import { seededBytes } from '../../support/images.ts';
import { runOk, until } from '../../support/process.ts';
import { missing } from '../../support/engines.ts';
import { row, type Started, type Step, type Task } from '../cell.ts';
import { addresses, withTool, type Ground } from '../ground.ts';
import { digestsIn, inFolder, readLayout } from '../layouts.ts';
import {
  describeImage,
  expectMounted,
  expectStored,
  imageOf,
  pullsByDigest,
  pullsByTag,
  tagged,
  type Pulled,
  type Pulls,
} from '../steps.ts';

interface Build {
  /** The Dockerfile, line by line. */
  readonly lines: readonly string[];
  readonly flags: readonly string[];
}

interface Built {
  readonly digest: string;
  /** The progress, as text. */
  readonly said: string;
}

interface BuildKit extends Started, Pulls {
  /** Builds with `file.bin`, which is another one for every repository, as context. */
  build(task: Task, build: Build): Promise<Built>;
  /** Forgets everything that was built and pulled. */
  prune(): Promise<void>;
}

const configuration = (folder: string): string =>
  [
    `root = "${folder}/root"`,
    '[grpc]',
    `  address = ["unix://${folder}/socket"]`,
    '[worker.oci]',
    '  enabled = true',
    '  snapshotter = "native"',
    '  networkMode = "host"',
    '[worker.containerd]',
    '  enabled = false',
    ...addresses.filter(({ key }) => key === 'plain').flatMap(({ host }) => [`[registry."${host}"]`, '  http = true']),
    '',
  ].join('\n');

async function start(ground: Ground): Promise<BuildKit> {
  const daemon = await goTool('buildkitd');
  const tool = await goTool('buildctl');
  const home = join(ground.folder, 'bk');
  const at = (name: string): string => join(home, name);
  mkdirSync(at('.docker'), { recursive: true });
  writeFileSync(at('buildkitd.toml'), configuration(home));
  const env = withTool({ HOME: home, DOCKER_CONFIG: at('.docker'), PATH: process.env['PATH'] }, tool);
  const child = ground.commands.start(daemon, ['--config', at('buildkitd.toml')], { env });
  const buildctl = async (...args: string[]): Promise<string> => {
    const outcome = await ground.commands.run(tool, ['--addr', `unix://${at('socket')}`, ...args], { env });
    if (outcome.code !== 0) throw new Error(`buildctl ${args.join(' ')}\n${outcome.stderr}`);
    return outcome.stdout + outcome.stderr;
  };
  const answers = async (): Promise<true | undefined> =>
    await buildctl('debug', 'workers').then(
      () => true,
      () => undefined,
    );
  await until('buildkitd answers', answers, { child });
  const auths: Record<string, { auth: string }> = {};
  const auth = Buffer.from(`AWS:${ground.password}`).toString('base64');
  const build: BuildKit['build'] = async (task, { lines, flags }) => {
    const context = at(task.repository.replaceAll('/', '-'));
    await mkdir(context, { recursive: true });
    await writeFile(join(context, 'Dockerfile'), lines.join('\n'));
    await writeFile(join(context, 'file.bin'), seededBytes(task.repository, 1_000_000));
    const local = ['--local', `context=${context}`, '--local', `dockerfile=${context}`];
    const told = ['--progress', 'plain', '--metadata-file', join(context, 'told.json')];
    const said = await buildctl('build', '--frontend', 'dockerfile.v0', ...local, ...told, ...flags);
    const metadata = JSON.parse(await readFile(join(context, 'told.json'), 'utf8')) as Record<string, string>;
    return { digest: metadata['containerimage.digest'] ?? '', said };
  };
  return {
    version: goTools.buildkitd.version,
    async login({ host }) {
      auths[host] = { auth };
      await writeFile(at('.docker/config.json'), JSON.stringify({ auths }));
    },
    build,
    async pull(reference, task) {
      const flags = ['--output', `type=oci,dest=${at('pulled.tar')}`];
      const { said } = await build(task, { lines: [`FROM ${reference}`], flags });
      const { layers } = await inFolder(async (folder): Promise<Pulled> => {
        await mkdir(folder);
        await runOk('tar', ['-xf', at('pulled.tar'), '-C', folder]);
        return await readLayout(folder);
      });
      const resolved = said.match(/^.*(?:resolve|FROM) .*$/gm) ?? [];
      return { digests: digestsIn(resolved.join('\n')), layers };
    },
    async prune() {
      await buildctl('prune', '--all');
    },
    async close() {
      await child.stop();
    },
  };
}

const pushTo = (reference: string): string[] => ['--output', `type=image,name=${reference},push=true`];

/** A build on top of an image that is in the other repository, pushed. */
async function buildOnOther(client: BuildKit, task: Task): Promise<Built> {
  const base = imageOf(task);
  await task.ground.registry.pushImage(task.other, base, 'base');
  const from = `FROM ${tagged({ ...task, repository: task.other }, 'base')}`;
  const lines = [from, 'COPY file.bin /file.bin', 'RUN ["/hello"]'];
  const built = await client.build(task, { lines, flags: pushTo(tagged(task)) });
  await expectStored(task, built.digest, [base]);
  return built;
}

const pushes: Step<BuildKit> = async (client, task) => {
  await buildOnOther(client, task);
};

const mountsBase: Step<BuildKit> = async (client, task) => {
  const base = imageOf(task);
  await task.ground.registry.pushImage(task.other, base, 'base');
  const lines = [`FROM ${tagged({ ...task, repository: task.other }, 'base')}`];
  const { digest } = await client.build(task, { lines, flags: pushTo(tagged(task)) });
  await expectStored(task, digest, [base]);
  await expectMounted(task, task.repository, base.layers.length);
};

const pushesAndPullsIndex: Step<BuildKit> = async (client, task) => {
  const flags = ['--opt', 'platform=linux/amd64,linux/arm64', ...pushTo(tagged(task))];
  const { digest } = await client.build(task, { lines: ['FROM scratch', 'COPY file.bin /'], flags });
  await expectStored(task, digest, []);
  expect((await describeImage(task, { tag: 'v1' })).imageManifestMediaType).toMatch(/index|manifest\.list/);
  const { digests } = await client.pull(tagged(task), task);
  expect(digests).toContain(digest);
};

const uploadsInOnePut: Step<BuildKit> = async (client, task) => {
  await client.build(task, { lines: ['FROM scratch', 'COPY file.bin /'], flags: pushTo(tagged(task)) });
  const uploads = task.ground.requestsOf(task.repository).filter(({ path }) => path.includes('/blobs/uploads/'));
  expect(uploads.filter(({ method, status }) => method === 'POST' && status === 202).length).toBeGreaterThan(0);
  expect(uploads.filter(({ method, status }) => method === 'PUT' && status === 201).length).toBeGreaterThan(0);
  expect(uploads.filter(({ method }) => method === 'PATCH')).toEqual([]);
};

const cachesInRegistry: Step<BuildKit> = async (client, task) => {
  const base = imageOf(task);
  await task.ground.registry.pushImage(task.other, base, 'base');
  const from = `FROM ${tagged({ ...task, repository: task.other }, 'base')}`;
  const lines = [from, 'COPY file.bin /file.bin', 'RUN ["/hello"]'];
  const cache = `type=registry,ref=${tagged(task, 'cache')}`;
  const first = await client.build(task, {
    lines,
    flags: [...pushTo(tagged(task)), '--export-cache', `${cache},mode=max`],
  });
  expect(first.said).not.toContain('CACHED');
  const { artifactMediaType } = await describeImage(task, { tag: 'cache' });
  expect(artifactMediaType).toBe('application/vnd.buildkit.cacheconfig.v0');
  await client.prune();
  const second = await client.build(task, { lines, flags: [...pushTo(tagged(task, 'v2')), '--import-cache', cache] });
  expect(second.said).toMatch(/importing cache manifest from/);
  expect(second.said.match(/^#\d+ CACHED$/gm)?.length).toBeGreaterThanOrEqual(2);
  await expectStored(task, second.digest, [base], 'v2');
};

export const buildkit = row<BuildKit>({
  name: 'BuildKit',
  source: 'Go modules',
  missing: () => missingGoTool('buildkitd') ?? missingGoTool('buildctl') ?? missing('ctr'),
  start,
  cells: {
    push: pushes,
    'pull by tag': pullsByTag,
    'pull by digest': pullsByDigest,
    index: pushesAndPullsIndex,
    mount: mountsBase,
    delete: 'It has no command that deletes at a registry.',
    referrers: 'It has no command that lists them; its attestations are members of the index.',
  },
  more: {
    'uploads each blob with one POST and one PUT': uploadsInOnePut,
    'exports its cache to the registry and builds from it again': cachesInRegistry,
  },
});
