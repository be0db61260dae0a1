/** The steps that most clients are put through, told in verbs; what the registry then has is looked at from outside. */
import { gunzipSync } from 'node:zlib';
import {
  DescribeImagesCommand,
  ImageNotFoundException,
  ListImageReferrersCommand,
  type ImageDetail,
} from '@aws-sdk/client-ecr';
import { expect } from 'vitest';
import { machine, programThatPrints } from '../support/binary.ts';
import { digestOf, makeImage, makeIndex, seededBytes, type Descriptor, type Image } from '../support/images.ts';
import { until } from '../support/process.ts';
import { expectStatus } from '../support/registry.ts';
import type { Step, Task } from './cell.ts';

/** What a client has on its own disk after a pull. */
export interface Pulled {
  /** By what it knows what it was given: of the manifest, and of the index where there was one. */
  readonly digests: readonly string[];
  /** Digests of the layers' bytes, uncompressed, reckoned anew. */
  readonly layers: readonly string[];
}

export interface Pushes {
  /** Gives the digest that the client tells. */
  push(reference: string, image: Image, task: Task): Promise<string>;
}

export interface Pulls {
  pull(reference: string, task: Task): Promise<Pulled>;
}

export interface PushesIndexes extends Pulls {
  /** Pushes the images and an index over them; gives its digest. */
  pushIndex(reference: string, images: readonly Image[], task: Task): Promise<string>;
}

export interface Copies extends Pushes {
  /** What is at `from` goes to a second repository of the registry. */
  copy(from: string, to: string, task: Task): Promise<void>;
}

export interface Deletes {
  remove(image: { repository: string; digest: string; tag: string }, task: Task): Promise<void>;
}

export interface Refers {
  /** Attaches something to an image; gives its digest. */
  attach(reference: string, task: Task): Promise<string>;
  /** What the client says is attached. */
  referrers(reference: string, task: Task): Promise<string[]>;
}

export const clientsAtOnce = 16;

export interface PullsAtOnce {
  /** As many clients as `clientsAtOnce`, logged in, each with a store of its own; stopped with the client. */
  fleet(task: Task): Promise<readonly Pulls[]>;
}

export const tagged = (task: Task, tag = 'v1'): string => `${task.address.host}/${task.repository}:${tag}`;

/** What the image prints where it is run. */
export const lineOf = (task: Task): string => `pulled from ${task.repository}`;

/** A program, something that takes a moment to transfer, a small file. */
export function imageOf(task: Task, architecture: 'amd64' | 'arm64' = machine()): Image {
  return makeImage({
    layers: [
      [{ name: 'hello', content: programThatPrints(lineOf(task), architecture), mode: 0o755 }],
      [{ name: 'large.bin', content: seededBytes(`${task.repository} ${architecture}`, 1_500_000) }],
      [{ name: 'notes.txt', content: `${task.repository} for ${architecture}` }],
    ],
    architecture,
    command: ['/hello'],
  });
}

export async function describeImage(task: Task, id: { tag?: string; digest?: string }): Promise<ImageDetail> {
  const imageIds = [{ imageTag: id.tag, imageDigest: id.digest }];
  const input = { repositoryName: task.repository, imageIds };
  const { imageDetails } = await task.ground.ecr.send(new DescribeImagesCommand(input));
  return imageDetails?.[0] ?? {};
}

interface StoredManifest {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

/** Everything that the manifest names, fetched and reckoned: gives the digests of all layers, uncompressed. */
async function layersStored(task: Task, digest: string): Promise<string[]> {
  const { registry } = task.ground;
  const body = await expectStatus(await registry.getManifest(task.repository, digest), 200);
  expect(digestOf(body)).toBe(digest);
  const { config, layers = [], manifests = [] } = JSON.parse(body.toString()) as StoredManifest;
  const found: string[] = [];
  for (const blob of [...(config === undefined ? [] : [config]), ...layers]) {
    const bytes = await expectStatus(await registry.getBlob(task.repository, blob.digest), 200);
    expect(digestOf(bytes)).toBe(blob.digest);
    expect(bytes.length).toBe(blob.size);
    if (blob !== config) found.push(diffIdOf(bytes));
  }
  for (const child of manifests) found.push(...(await layersStored(task, child.digest)));
  return found;
}

export const diffIdOf = (bytes: Buffer): string => digestOf(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes);

/** The tag leads to the digest that the client told, and every byte of the images can be had. */
export async function expectStored(task: Task, told: string, images: readonly Image[], tag = 'v1'): Promise<void> {
  const detail = await describeImage(task, { tag });
  expect(detail.imageDigest).toBe(told);
  const stored = await layersStored(task, told);
  for (const image of images) expect(stored).toEqual(expect.arrayContaining(image.tars.map(digestOf)));
}

export const pushesImage: Step<Pushes> = async (client, task) => {
  const image = imageOf(task);
  await expectStored(task, await client.push(tagged(task), image, task), [image]);
};

async function seed(task: Task): Promise<Image> {
  const image = imageOf(task);
  await task.ground.registry.pushImage(task.repository, image, 'v1');
  return image;
}

function expectPulled(pulled: Pulled, digest: string, image: Image): void {
  expect(pulled.digests).toContain(digest);
  expect(pulled.layers).toEqual(expect.arrayContaining(image.tars.map(digestOf)));
}

export const pullsByTag: Step<Pulls> = async (client, task) => {
  const image = await seed(task);
  expectPulled(await client.pull(tagged(task), task), image.digest, image);
};

export const pullsByDigest: Step<Pulls> = async (client, task) => {
  const image = await seed(task);
  // the tag leads elsewhere by now
  await task.ground.registry.pushImage(task.repository, imageOf({ ...task, repository: 'newer' }), 'v1');
  expectPulled(await client.pull(`${task.address.host}/${task.repository}@${image.digest}`, task), image.digest, image);
};

export const pushesAndPullsIndex: Step<PushesIndexes> = async (client, task) => {
  const images = (['amd64', 'arm64'] as const).map((architecture) => imageOf(task, architecture));
  const digest = await client.pushIndex(tagged(task), images, task);
  await expectStored(task, digest, images);
  const own = images.find(({ platform }) => platform?.architecture === machine());
  if (own === undefined) throw new Error('the index has nothing for this machine');
  expectPulled(await client.pull(tagged(task), task), digest, own);
};

/** Each fetches everything from the registry, all at once. */
export const pullsAtOnce: Step<PullsAtOnce> = async (client, task) => {
  const image = await seed(task);
  const fleet = await client.fleet(task);
  expect(fleet).toHaveLength(clientsAtOnce);
  const pulled = await Promise.all(fleet.map(async (one) => await one.pull(tagged(task), task)));
  for (const one of pulled) expectPulled(one, image.digest, image);
  const { ground, repository } = task;
  for (const { digest } of image.layers) {
    const sent = ground
      .requestsOf(repository)
      .filter(({ method, path, status }) => method === 'GET' && path.endsWith(digest) && status < 300);
    expect(sent.length).toBeGreaterThanOrEqual(clientsAtOnce);
  }
};

/** For clients that make no index, or only one of what they build. */
export const pullsIndex: Step<Pulls> = async (client, task) => {
  const images = (['amd64', 'arm64'] as const).map((architecture) => imageOf(task, architecture));
  const index = makeIndex(images);
  await task.ground.registry.pushImage(task.repository, index, 'v1');
  const own = images.find(({ platform }) => platform?.architecture === machine());
  if (own === undefined) throw new Error('the index has nothing for this machine');
  expectPulled(await client.pull(tagged(task), task), index.digest, own);
};

/** Waits until the log tells of `count` blobs that were mounted into `repository`. */
export async function expectMounted(task: Task, repository: string, count: number): Promise<void> {
  const posts = (): number =>
    task.ground
      .requestsOf(repository)
      .filter(({ method, status, path }) => method === 'POST' && status === 201 && path.includes('/blobs/uploads'))
      .length;
  const told = (): string =>
    task.ground
      .requestsOf(repository)
      .map(({ method, path, status }) => `${method} ${path} ${status}`)
      .join('\n');
  // a line is written when its answer has gone out
  await until('the mounts are logged', () => (posts() >= count ? true : undefined), { timeout: 3_000 }).catch(() => {
    throw new Error(`${posts()} of ${count} blobs were mounted into ${repository}:\n${told()}`);
  });
}

export const mounts: Step<Copies> = async (client, task) => {
  const image = imageOf(task);
  await client.push(tagged(task), image, task);
  const target = { ...task, repository: task.other };
  await client.copy(tagged(task), tagged(target), task);
  const { imageDigest = '' } = await describeImage(target, { tag: 'v1' });
  await expectStored(target, imageDigest, [image]);
  await expectMounted(task, task.other, image.layers.length);
};

export const deletes: Step<Deletes> = async (client, task) => {
  const { digest } = await seed(task);
  await client.remove({ repository: task.repository, digest, tag: 'v1' }, task);
  await expectStatus(await task.ground.registry.getManifest(task.repository, digest), 404);
  await expectStatus(await task.ground.registry.getManifest(task.repository, 'v1'), 404);
  await expect(describeImage(task, { digest })).rejects.toThrow(ImageNotFoundException);
};

/** Everything that refers to an image of the task's repository, by the AWS API. */
export async function referrersOf(task: Task, digest: string): Promise<string[]> {
  const input = { repositoryName: task.repository, subjectId: { imageDigest: digest } };
  const { referrers = [] } = await task.ground.ecr.send(new ListImageReferrersCommand(input));
  return referrers.map((one) => one.digest ?? '').toSorted();
}

export const refers: Step<Refers> = async (client, task) => {
  const { digest } = await seed(task);
  const reference = `${task.address.host}/${task.repository}@${digest}`;
  const attached = [await client.attach(reference, task)];
  expect(await referrersOf(task, digest)).toEqual(attached);
  expect(await client.referrers(reference, task)).toEqual(attached);
};
