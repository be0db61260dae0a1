import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
  ECRServiceException,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { expectStatus, UnexpectedAnswer } from '../registry.ts';
import { BrokenConnection, isBrokenConnection } from './broken-connection.ts';
import type { Front } from './fronts.ts';

/** How many images or layers one call of the API takes. */
const batch = 100;

function* inBatches(digests: readonly string[]): Generator<string[]> {
  for (let start = 0; start < digests.length; start += batch) yield digests.slice(start, start + batch);
}

async function ask<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ECRServiceException) {
      throw new UnexpectedAnswer(what, error.$metadata.httpStatusCode ?? 0, `${error.name}: ${error.message}`);
    }
    if (isBrokenConnection(error)) throw new BrokenConnection(what, { cause: error });
    throw error;
  }
}

/** The API's ways to say that something is not there are members of a good answer. */
function refuseFailures(what: string, failures: readonly object[] | undefined): void {
  if (failures?.length) throw new UnexpectedAnswer(what, 200, JSON.stringify(failures));
}

/** The AWS API, spoken by its SDK. Sessions are upload ids. */
export function awsFront(ecr: ECRClient): Front {
  const findBlobs: Front['findBlobs'] = async (repositoryName, digests) => {
    const found = new Map<string, number>();
    for (const layerDigests of inBatches(digests)) {
      const command = new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests });
      const { layers, failures } = await ask('BatchCheckLayerAvailability', async () => await ecr.send(command));
      refuseFailures('BatchCheckLayerAvailability', failures);
      for (const { layerDigest = '', layerAvailability, layerSize = 0 } of layers ?? []) {
        if (layerAvailability === 'AVAILABLE') found.set(layerDigest, layerSize);
      }
    }
    return found;
  };
  const beginUpload: Front['beginUpload'] = async (repositoryName) => {
    const command = new InitiateLayerUploadCommand({ repositoryName });
    const { uploadId = '' } = await ask('InitiateLayerUpload', async () => await ecr.send(command));
    return uploadId;
  };
  const appendUpload: Front['appendUpload'] = async (repositoryName, uploadId, { bytes, offset }) => {
    const place = { partFirstByte: offset, partLastByte: offset + bytes.length - 1 };
    const command = new UploadLayerPartCommand({ repositoryName, uploadId, ...place, layerPartBlob: bytes });
    await ask('UploadLayerPart', async () => await ecr.send(command));
  };
  const finishUpload: Front['finishUpload'] = async (repositoryName, uploadId, digest) => {
    const command = new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] });
    await ask('CompleteLayerUpload', async () => await ecr.send(command));
  };

  return {
    name: 'aws',
    leastPart: 5 * 1024 * 1024,
    async pushBlob(repository, { digest, bytes }) {
      if ((await findBlobs(repository, [digest])).has(digest)) return;
      const session = await beginUpload(repository);
      await appendUpload(repository, session, { bytes, offset: 0 });
      await finishUpload(repository, session, digest);
    },
    beginUpload,
    appendUpload,
    finishUpload,
    async putImage(repositoryName, image, imageTag) {
      const imageManifest = image.manifest.toString();
      const imageId = { imageTag, imageDigest: image.digest };
      const named = { imageManifestMediaType: image.mediaType, ...imageId };
      const command = new PutImageCommand({ repositoryName, imageManifest, ...named });
      await ask('PutImage', async () => await ecr.send(command));
    },
    async deleteImage(repositoryName, reference) {
      const id = reference.startsWith('sha256:') ? { imageDigest: reference } : { imageTag: reference };
      const command = new BatchDeleteImageCommand({ repositoryName, imageIds: [id] });
      const { failures } = await ask('BatchDeleteImage', async () => await ecr.send(command));
      refuseFailures('BatchDeleteImage', failures);
    },
    async getManifests(repositoryName, digests) {
      const found = new Map<string, Buffer>();
      for (const some of inBatches(digests)) {
        const command = new BatchGetImageCommand({
          repositoryName,
          imageIds: some.map((imageDigest) => ({ imageDigest })),
        });
        const { images } = await ask('BatchGetImage', async () => await ecr.send(command));
        for (const { imageId, imageManifest = '' } of images ?? []) {
          found.set(imageId?.imageDigest ?? '', Buffer.from(imageManifest));
        }
      }
      return found;
    },
    findBlobs,
    async getBlob(repositoryName, layerDigest) {
      const command = new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest });
      try {
        const { downloadUrl = '' } = await ask('GetDownloadUrlForLayer', async () => await ecr.send(command));
        return await ask('layer URL', async () => await expectStatus(await fetch(downloadUrl), 200));
      } catch (error) {
        if (error instanceof UnexpectedAnswer && /^\S+: 4\d\d Layer/.test(error.message)) return undefined;
        throw error;
      }
    },
  };
}
