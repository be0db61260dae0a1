import { mkdirSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import { goTool, goTools, missingGoTool } from '../../support/go-tools.ts';
import { digestOf } from '../../support/images.ts';
import { expectStatus } from '../../support/registry.ts';
import { row, type Started, type Step, type Task } from '../cell.ts';
import type { Ground } from '../ground.ts';
import { digestIn, inFolder } from '../layouts.ts';
import { describeImage } from '../steps.ts';

interface Chart {
  /** The package, as a file. */
  readonly file: string;
  readonly bytes: Buffer;
}

interface Helm extends Started {
  /** A chart must be named as the last part of the repository is. */
  pack(task: Task, version: string): Promise<Chart>;
  /** Gives the digest that helm tells. */
  push(chart: Chart, task: Task): Promise<string>;
  /** Gives the package that came. */
  pull(wanted: { version: string } | { digest: string }, task: Task): Promise<Buffer>;
}

async function start(ground: Ground): Promise<Helm> {
  const tool = await goTool('helm');
  const home = join(ground.folder, 'helm');
  mkdirSync(home);
  const helm = async (args: readonly string[], input?: string): Promise<string> => {
    const outcome = await ground.commands.run(tool, args, {
      env: { HOME: home, XDG_CACHE_HOME: join(home, 'cache') },
      input,
    });
    expect(outcome.code, outcome.stderr).toBe(0);
    return outcome.stdout + outcome.stderr;
  };
  const plain = ({ address }: Pick<Task, 'address'>): string[] => (address.key === 'plain' ? ['--plain-http'] : []);
  return {
    version: goTools.helm.version,
    async login(address) {
      const flags = [...plain({ address }), '--username', 'AWS', '--password-stdin'];
      await helm(['registry', 'login', ...flags, address.host], ground.password);
    },
    async pack({ repository }, version) {
      const name = basename(repository);
      const folder = join(home, repository, version, name);
      await mkdir(join(folder, 'templates'), { recursive: true });
      await writeFile(join(folder, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: ${version}\n`);
      await writeFile(join(folder, 'templates', 'note.yaml'), `# of ${repository} ${version}\n`);
      await helm(['package', folder, '--destination', dirname(folder)]);
      const file = join(dirname(folder), `${name}-${version}.tgz`);
      return { file, bytes: await readFile(file) };
    },
    push: async (chart, task) => {
      const target = `oci://${task.address.host}/${dirname(task.repository)}`;
      return digestIn(await helm(['push', ...plain(task), chart.file, target]), /^Digest: .*$/m);
    },
    pull: async (wanted, task) =>
      await inFolder(async (folder) => {
        await mkdir(folder);
        const url = `oci://${task.address.host}/${task.repository}`;
        const chart = 'digest' in wanted ? [`${url}@${wanted.digest}`] : [url, '--version', wanted.version];
        await helm(['pull', ...plain(task), '--destination', folder, ...chart]);
        const [file = ''] = await readdir(folder);
        return await readFile(join(folder, file));
      }),
  };
}

const pushes: Step<Helm> = async (helm, task) => {
  const chart = await helm.pack(task, '1.2.3');
  const digest = await helm.push(chart, task);
  expect(await describeImage(task, { tag: '1.2.3' })).toMatchObject({
    imageDigest: digest,
    artifactMediaType: 'application/vnd.cncf.helm.config.v1+json',
  });
  const stored = await task.ground.registry.getBlob(task.repository, digestOf(chart.bytes));
  expect(await expectStatus(stored, 200)).toEqual(chart.bytes);
};

const pullsByVersion: Step<Helm> = async (helm, task) => {
  const charts = [await helm.pack(task, '1.0.0'), await helm.pack(task, '1.1.0')];
  for (const chart of charts) await helm.push(chart, task);
  expect(await helm.pull({ version: '1.0.0' }, task)).toEqual(charts[0]?.bytes);
};

const pullsByDigest: Step<Helm> = async (helm, task) => {
  const chart = await helm.pack(task, '1.0.0');
  const digest = await helm.push(chart, task);
  await helm.push(await helm.pack(task, '1.1.0'), task);
  expect(await helm.pull({ digest }, task)).toEqual(chart.bytes);
};

const findsNewest: Step<Helm> = async (helm, task) => {
  const charts = [await helm.pack(task, '1.9.0'), await helm.pack(task, '1.10.0'), await helm.pack(task, '2.0.0')];
  for (const chart of charts) await helm.push(chart, task);
  expect(await helm.pull({ version: '^1.0.0' }, task)).toEqual(charts[1]?.bytes);
};

export const helm = row<Helm>({
  name: 'helm',
  source: 'Go modules',
  missing: () => missingGoTool('helm'),
  start,
  cells: {
    push: pushes,
    'pull by tag': pullsByVersion,
    'pull by digest': pullsByDigest,
    index: 'A chart is one manifest; it makes and reads no index.',
    mount: 'It sends every chart whole: it keeps no record of what lies in other repositories.',
    delete: 'It has no command that deletes at a registry.',
    referrers: 'It has no command that lists or makes them; the provenance file is a layer of the chart.',
  },
  more: { 'finds the newest version of a range in the list of tags': findsNewest },
});
