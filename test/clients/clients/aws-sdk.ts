import { readFileSync } from 'node:fs';
import { get as getSecure } from 'node:https';
import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  ListImageReferrersCommand,
  PutImageCommand,
  UploadLayerPartCommand,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { buffer } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { checkout } from '../../support/stowage.ts';
import { row, type Started, type Task } from '../cell.ts';
import type { Ground } from '../ground.ts';
import { verbsOf, type Calls, type Verbs } from '../json-api.ts';
import { deletes, pullsByDigest, pullsByTag, pushesAndPullsIndex, pushesImage, refers } from '../steps.ts';

const rangeSize = 600_000;

interface Range {
  readonly bytes: Buffer;
  /** Of the whole layer. */
  readonly size: number;
}

/** From a layer's URL, which needs no login. */
async function fetchRange(ground: Ground, url: string, range: string): Promise<Range> {
  if (url.startsWith('https:')) {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    getSecure(url, { agent: ground.agent, headers: { range } }, resolve).once('error', reject);
    const answer = await promise;
    return { bytes: await buffer(answer), size: sizeIn(answer.headers['content-range']) };
  }
  const answer = await fetch(url, { headers: { range } });
  return { bytes: Buffer.from(await answer.arrayBuffer()), size: sizeIn(answer.headers.get('content-range')) };
}

function sizeIn(contentRange: string | null | undefined): number {
  const size = /^bytes \d+-\d+\/(\d+)$/.exec(contentRange ?? '')?.[1];
  if (size === undefined) throw new Error(`the answer is no range: ${contentRange}`);
  return Number(size);
}

/** The layer in ranges that are asked for all at once, as the ECR resolver of containerd does. */
async function fetchInRanges(ground: Ground, url: string): Promise<Buffer> {
  const { size } = await fetchRange(ground, url, 'bytes=0-0');
  const starts = Array.from({ length: Math.ceil(size / rangeSize) }, (_, index) => index * rangeSize);
  const parts = starts.map(async (start) => {
    const range = `bytes=${start}-${Math.min(start + rangeSize, size) - 1}`;
    return (await fetchRange(ground, url, range)).bytes;
  });
  return Buffer.concat(await Promise.all(parts));
}

function callsOf(ground: Ground): Calls {
  const ecrOf = ({ address }: Task): ECRClient => ground.ecrAt(address);
  return {
    async uploadLayer(task, { bytes, digest }) {
      const ecr = ecrOf(task);
      const { repository: repositoryName } = task;
      const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
      const range = { partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: bytes };
      await ecr.send(new UploadLayerPartCommand({ repositoryName, uploadId, ...range }));
      await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] }));
    },
    async putImage(task, { manifest, mediaType }, imageTag) {
      const input = { repositoryName: task.repository, imageManifest: manifest.toString(), imageTag };
      const { image } = await ecrOf(task).send(new PutImageCommand({ ...input, imageManifestMediaType: mediaType }));
      return image?.imageId?.imageDigest ?? '';
    },
    async getManifest(task, reference) {
      const id = reference.includes(':') ? { imageDigest: reference } : { imageTag: reference };
      const input = { repositoryName: task.repository, imageIds: [id] };
      const { images } = await ecrOf(task).send(new BatchGetImageCommand(input));
      return Buffer.from(images?.[0]?.imageManifest ?? '');
    },
    async getLayer(task, layerDigest) {
      const input = { repositoryName: task.repository, layerDigest };
      const { downloadUrl = '' } = await ecrOf(task).send(new GetDownloadUrlForLayerCommand(input));
      return await fetchInRanges(ground, downloadUrl);
    },
    async deleteImage(task, imageDigest) {
      const input = { repositoryName: task.repository, imageIds: [{ imageDigest }] };
      await ecrOf(task).send(new BatchDeleteImageCommand(input));
    },
    async listReferrers(task, imageDigest) {
      const input = { repositoryName: task.repository, subjectId: { imageDigest } };
      const { referrers = [] } = await ecrOf(task).send(new ListImageReferrersCommand(input));
      return referrers.map(({ digest = '' }) => digest);
    },
  };
}

async function start(ground: Ground): Promise<Started & Verbs> {
  const place = join(checkout, 'node_modules', '@aws-sdk', 'client-ecr', 'package.json');
  const { version } = JSON.parse(readFileSync(place, 'utf8')) as { version: string };
  return {
    version,
    async login() {
      // each call is signed
    },
    ...verbsOf(callsOf(ground)),
  };
}

export const awsSdk = row<Started & Verbs>({
  name: 'AWS SDK for JavaScript (@aws-sdk/client-ecr)',
  source: 'npm',
  missing: () => undefined,
  start,
  cells: {
    push: pushesImage,
    'pull by tag': pullsByTag,
    'pull by digest': pullsByDigest,
    index: pushesAndPullsIndex,
    mount: 'The AWS API has no operation that mounts.',
    delete: deletes,
    referrers: refers,
  },
});
