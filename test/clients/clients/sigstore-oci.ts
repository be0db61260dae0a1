import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect } from 'vitest';
import { digestOf } from '../../support/images.ts';
import { expectStatus } from '../../support/registry.ts';
import { npmTool, npmTools } from '../../support/tools/npm-tools.ts';
import { row, type Started, type Step, type Task } from '../cell.ts';
import type { Ground } from '../ground.ts';
import { describeImage, imageOf, referrersOf } from '../steps.ts';

interface Sigstore extends Started {
  /** Attaches `text` to an image; gives the digest of what was made. */
  attach(task: Task, imageDigest: string, text: string): Promise<string>;
  digestOfTag(task: Task, tag: string): Promise<string>;
}

const program = `
import { createRequire } from 'node:module';
const [folder, call, options] = process.argv.slice(1);
const oci = createRequire(folder + '/')('@sigstore/oci');
const input = JSON.parse(options);
if (input.artifact !== undefined) input.artifact = Buffer.from(input.artifact);
console.log(JSON.stringify(await oci[call](input)));
`;

const mediaType = 'application/vnd.example.note';

async function start(ground: Ground): Promise<Sigstore> {
  const folder = await npmTool('@sigstore/oci');
  mkdirSync(join(ground.folder, 'sigstore'));
  const call = async <T>(name: string, task: Task, options: object): Promise<T> => {
    const imageName = `${task.address.host}/${task.repository}`;
    const credentials = { username: 'AWS', password: ground.password };
    const input = JSON.stringify({ imageName, credentials, ...options });
    const args = ['--input-type', 'module', '--eval', program, folder, name, input];
    return JSON.parse(await ground.commands.ok(execPath, args, { env: { NODE_EXTRA_CA_CERTS: ground.ca } })) as T;
  };
  return {
    version: npmTools['@sigstore/oci'].version,
    async login() {
      // each call is told
    },
    async attach(task, imageDigest, text) {
      const options = { imageDigest, mediaType, artifact: text };
      return (await call<{ digest: string }>('attachArtifactToImage', task, options)).digest;
    },
    digestOfTag: async (task, imageTag) => await call<string>('getImageDigest', task, { imageTag }),
  };
}

async function attachToImage(client: Sigstore, task: Task): Promise<{ image: string; artifact: string }> {
  const image = imageOf(task);
  await task.ground.registry.pushImage(task.repository, image, 'v1');
  return { image: image.digest, artifact: await client.attach(task, image.digest, `a note on ${image.digest}`) };
}

const pushesArtifact: Step<Sigstore> = async (client, task) => {
  const { image, artifact } = await attachToImage(client, task);
  expect((await describeImage(task, { digest: artifact })).artifactMediaType).toBe(mediaType);
  const text = `a note on ${image}`;
  const blob = await task.ground.registry.getBlob(task.repository, digestOf(text));
  expect((await expectStatus(blob, 200)).toString()).toBe(text);
};

const refersToImage: Step<Sigstore> = async (client, task) => {
  const { image, artifact } = await attachToImage(client, task);
  expect(await referrersOf(task, image)).toEqual([artifact]);
  // no tag was made for it, as it would be where a registry has no referrers
  await expect(describeImage(task, { tag: image.replace(':', '-') })).rejects.toThrow('does not exist');
};

const resolvesTag: Step<Sigstore> = async (client, task) => {
  const image = imageOf(task);
  await task.ground.registry.pushImage(task.repository, image, 'v1');
  expect(await client.digestOfTag(task, 'v1')).toBe(image.digest);
};

export const sigstoreOci = row<Sigstore>({
  name: '@sigstore/oci',
  source: 'npm',
  missing: () => undefined,
  start,
  cells: {
    push: pushesArtifact,
    'pull by tag': 'It fetches no images.',
    'pull by digest': 'It fetches no images.',
    index: 'It makes and reads no index.',
    mount: 'It attaches to images, within their repository.',
    delete: 'It deletes nothing.',
    referrers: refersToImage,
  },
  more: { 'resolves a tag': resolvesTag },
});
