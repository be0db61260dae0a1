/** A first start that is killed at each of its steps is completed by the next one, or made anew; nothing is half there. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createRepositories } from '../support/aws.ts';
import { openFronts } from '../support/crash/fronts.ts';
import { startKilled, stepOf } from '../support/crash/killable.ts';
import { atEveryStep, firstStep, stepAfter } from '../support/crash/pace.ts';
import { reportFigures } from '../support/crash/report.ts';
import { temporaryFolder } from '../support/folders.ts';
import { seededImage } from '../support/images.ts';
import { freePort, type Child } from '../support/process.ts';
import { startStowage, type Stowage } from '../support/stowage.ts';

const folder = temporaryFolder('first');
let killed: Child | undefined;
let server: Stowage | undefined;

afterEach(async () => {
  await killed?.kill();
  await server?.kill();
  folder.remove();
});

/** Files that appear whole or not at all, and what is in them. */
const wholeFiles = [
  { name: 'root-key', form: /^[0-9a-f]{64}\n$/ },
  {
    name: 'credentials',
    form: /^\[default\]\naws_access_key_id = [A-Z2-7]{20}\naws_secret_access_key = [A-Za-z0-9+/]{40}\n$/,
  },
];

function findHalfWritten(data: string): string[] {
  return wholeFiles
    .map(({ name, form }) => ({ file: join(data, name), form }))
    .filter(({ file }) => existsSync(file))
    .filter(({ file, form }) => !form.test(readFileSync(file, 'latin1')) || (statSync(file).mode & 0o777) !== 0o600)
    .map(({ file }) => file);
}

/** The next start serves: its credentials work, and what is pushed is there. */
async function expectService(data: string, port: number): Promise<void> {
  server = await startStowage({ data, port });
  const fronts = await openFronts(server);
  await createRepositories(server, 'first');
  const image = seededImage('first start', 1, 500);
  await fronts.registry.pushImage('first', image, 'v1');
  const found = await fronts.aws.getManifests('first', [image.digest]);
  expect(found.get(image.digest)?.equals(image.manifest)).toBe(true);
  fronts.close();
  await server.kill();
}

test('a first start that is killed at any of its steps is completed by the next', { timeout: 600_000 }, async () => {
  const port = await freePort();
  const flags = ['--listen', `127.0.0.1:${port}`];
  const steps: string[] = [];
  for (let at = firstStep(), isOver = false; !isOver; at = stepAfter(at)) {
    const data = join(folder.path, `data-${at}`);
    const { child, exit } = await startKilled(flags, data, at);
    killed = child;
    isOver = exit === undefined;
    if (isOver) break;
    const step = stepOf(child);
    expect(exit?.signal, `${step}\n${child.stderr()}`).toBe('SIGKILL');
    steps.push(step ?? 'none');
    const where = `killed before ${step}`;
    expect(findHalfWritten(data), where).toEqual([]);
    const before = existsSync(join(data, 'credentials')) ? readFileSync(join(data, 'credentials'), 'utf8') : undefined;
    await expectService(data, port).catch((error: unknown) => {
      throw new Error(where, { cause: error });
    });
    // whoever has read the file of the first start has keys that stay good
    if (before !== undefined) expect(readFileSync(join(data, 'credentials'), 'utf8'), where).toBe(before);
  }
  const files = ['root-key.new', 'credentials.new'];
  const ofFiles = files.flatMap((file) =>
    ['create', 'write', 'half of the write', 'fsync'].map((act) => `${act} ${file}`),
  );
  const named = [...ofFiles, 'link root-key.new', 'rename credentials.new', 'committed'];
  expect(steps).toEqual(expect.arrayContaining(atEveryStep ? named : []));
  reportFigures('first start killed at each step', { steps: steps.length, names: steps });
});
