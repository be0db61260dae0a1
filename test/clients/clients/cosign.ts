import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { goTool, goTools, missingGoTool } from '../../support/go-tools.ts';
import { makeIndex } from '../../support/images.ts';
import { row, type Started, type Step, type Task } from '../cell.ts';
import type { Ground } from '../ground.ts';
import { digestsIn, inFolder, readLayout } from '../layouts.ts';
import {
  describeImage,
  expectMounted,
  expectStored,
  imageOf,
  pullsByDigest,
  pullsByTag,
  referrersOf,
  refers,
  tagged,
  type Pulls,
  type Refers,
} from '../steps.ts';

interface Cosign extends Started, Pulls, Refers {
  /** Says what it said on both outputs; a failure throws. */
  run(task: Task, command: string, ...args: string[]): Promise<string>;
  /** Verifies with the public half of the key. */
  verify(reference: string, task: Task): Promise<string>;
}

async function start(ground: Ground): Promise<Cosign> {
  const tool = await goTool('cosign');
  const home = join(ground.folder, 'cosign');
  mkdirSync(home);
  const env = { HOME: home, COSIGN_PASSWORD: '', SIGSTORE_NO_CACHE: 'true' };
  const cosign = async (args: readonly string[], input?: string): Promise<string> => {
    const outcome = await ground.commands.run(tool, args, { env, cwd: home, input });
    if (outcome.code !== 0) throw new Error(`cosign ${args.join(' ')}\n${outcome.stderr}`);
    return outcome.stdout + outcome.stderr;
  };
  await cosign(['generate-key-pair']);
  // its tree knows two ways to list them, and the standard one is asked for by both of these
  const tree = async (reference: string, task: Task): Promise<string> => {
    const plain = task.address.key === 'plain' ? ['--allow-http-registry'] : [];
    const args = ['tree', ...plain, '--registry-referrers-mode=oci-1-1', reference];
    return await ground.commands.ok(tool, args, { env: { ...env, COSIGN_EXPERIMENTAL: '1' }, cwd: home });
  };
  const run: Cosign['run'] = async ({ address }, command, ...args) =>
    await cosign([command, ...(address.key === 'plain' ? ['--allow-http-registry'] : []), ...args]);
  return {
    version: goTools.cosign.version,
    async login({ host }) {
      await cosign(['login', host, '--username', 'AWS', '--password-stdin'], ground.password);
    },
    run,
    pull: async (reference, task) =>
      await inFolder(async (folder) => {
        await run(task, 'save', '--dir', folder, reference);
        return await readLayout(folder);
      }),
    async attach(reference, task) {
      const offline = ['--use-signing-config=false', '--tlog-upload=false', '--yes'];
      await run(task, 'sign', '--key', 'cosign.key', ...offline, reference);
      const [digest, ...others] = await referrersOf(task, reference.slice(reference.indexOf('@') + 1));
      if (digest === undefined || others.length > 0) throw new Error(`not one signature refers to ${reference}`);
      return digest;
    },
    async referrers(reference, task) {
      // below each, it lists what that is made of
      const lines = (await tree(reference, task)).split('\n').filter((line) => line.includes('OCI referrer'));
      return digestsIn(lines.join('\n'));
    },
    verify: async (reference, task) =>
      await run(task, 'verify', '--key', 'cosign.pub', '--insecure-ignore-tlog=true', reference),
  };
}

/** Saves what is in the other repository, and loads it into this one. */
const loadsWhatItSaved: Step<Cosign> = async (client, task) => {
  const image = imageOf(task);
  await task.ground.registry.pushImage(task.other, image, 'v1');
  await inFolder(async (folder) => {
    await client.run(task, 'save', '--dir', folder, tagged({ ...task, repository: task.other }));
    await client.run(task, 'load', '--dir', folder, tagged(task));
  });
  await expectStored(task, image.digest, [image]);
};

const loadsIndex: Step<Cosign> = async (client, task) => {
  const source = { ...task, repository: task.other };
  const images = (['amd64', 'arm64'] as const).map((architecture) => imageOf(task, architecture));
  const index = makeIndex(images);
  await task.ground.registry.pushImage(task.other, index, 'v1');
  await inFolder(async (folder) => {
    await client.run(task, 'save', '--dir', folder, tagged(source));
    expect((await readLayout(folder)).digests).toContain(index.digest);
    await client.run(task, 'load', '--dir', folder, tagged(task));
  });
  await expectStored(task, index.digest, images);
};

const verifies: Step<Cosign> = async (client, task) => {
  const image = imageOf(task);
  await task.ground.registry.pushImage(task.repository, image, 'v1');
  await expect(client.verify(tagged(task), task)).rejects.toThrow(/no signatures found/);
  await client.attach(`${task.address.host}/${task.repository}@${image.digest}`, task);
  expect(await client.verify(tagged(task), task)).toContain(image.digest);
  // no tag was made for it, as it would be where a registry has no referrers
  await expect(describeImage(task, { tag: image.digest.replace(':', '-') })).rejects.toThrow('does not exist');
};

const mountsCopy: Step<Cosign> = async (client, task) => {
  const image = imageOf(task);
  await task.ground.registry.pushImage(task.repository, image, 'v1');
  const target = { ...task, repository: task.other };
  await client.run(task, 'copy', tagged(task), tagged(target));
  await expectStored(target, image.digest, [image]);
  await expectMounted(task, task.other, image.layers.length);
};

/** It deletes signatures, never images. */
const cleansSignature: Step<Cosign> = async (client, task) => {
  const image = imageOf(task);
  await task.ground.registry.pushImage(task.repository, image, 'v1');
  const signature = await client.attach(`${task.address.host}/${task.repository}@${image.digest}`, task);
  await client.run(task, 'clean', '--force', '--type', 'all', tagged(task));
  expect(await referrersOf(task, image.digest)).toEqual([]);
  await expect(describeImage(task, { digest: signature })).rejects.toThrow('does not exist');
  expect((await describeImage(task, { tag: 'v1' })).imageDigest).toBe(image.digest);
};

export const cosign = row<Cosign>({
  name: 'cosign',
  source: 'Go modules',
  missing: () => missingGoTool('cosign'),
  start,
  cells: {
    push: loadsWhatItSaved,
    'pull by tag': pullsByTag,
    'pull by digest': pullsByDigest,
    index: loadsIndex,
    mount: mountsCopy,
    delete: cleansSignature,
    referrers: refers,
  },
  more: { 'signs with a key from a file, and verifies the signature where it refers to the image': verifies },
});
