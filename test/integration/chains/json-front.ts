/** The AWS API by the official client. */
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  DescribeImagesCommand,
  ECRServiceException,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  InvalidLayerPartException,
  ListImageReferrersCommand,
  ListImagesCommand,
  PutImageCommand,
  UploadLayerPartCommand,
  type ECRClient,
  type ImageFailure,
  type ImageIdentifier,
} from '@aws-sdk/client-ecr';
import { Refused, type Front, type Referrer } from './front.ts';

const idOf = (reference: string): ImageIdentifier =>
  reference.includes(':') ? { imageDigest: reference } : { imageTag: reference };

async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ECRServiceException) throw new Refused(error.name, error.message);
    throw error;
  }
}

/** A batch says in its answer what it refused. */
function refuseFailures(failures: readonly ImageFailure[] | undefined): void {
  const [failure] = failures ?? [];
  if (failure) throw new Refused(String(failure.failureCode), String(failure.failureReason));
}

/** Every page of a list, by the token of the one before. */
async function pages<T>(page: (nextToken?: string) => Promise<{ nextToken?: string | undefined; entries: T[] }>) {
  const found: T[] = [];
  let nextToken: string | undefined;
  do {
    const one = await page(nextToken);
    found.push(...one.entries);
    ({ nextToken } = one);
  } while (nextToken !== undefined);
  return found;
}

export function jsonFront(client: ECRClient, registryId?: string): Front {
  const at = (repositoryName: string) => ({ repositoryName, registryId });

  /** A part that fits nowhere is told where the upload stands. */
  const probe = async (repository: string, uploadId: string): Promise<number> => {
    const place = { partFirstByte: 1e9, partLastByte: 1e9, layerPartBlob: Buffer.alloc(1) };
    try {
      await client.send(new UploadLayerPartCommand({ ...at(repository), uploadId, ...place }));
    } catch (error) {
      if (error instanceof InvalidLayerPartException) return (error.lastValidByteReceived ?? -1) + 1;
      await answered(Promise.reject(error as Error));
    }
    throw new Error('a part that leaves a gap was taken');
  };

  return {
    name: 'JSON',
    async beginUpload(repository) {
      const { uploadId } = await answered(client.send(new InitiateLayerUploadCommand(at(repository))));
      return uploadId ?? '';
    },
    async append(repository, uploadId, layerPartBlob, partFirstByte) {
      const partLastByte = partFirstByte + layerPartBlob.length - 1;
      const part = { uploadId, partFirstByte, partLastByte, layerPartBlob };
      await answered(client.send(new UploadLayerPartCommand({ ...at(repository), ...part })));
    },
    received: probe,
    async complete(repository, uploadId, digest) {
      const command = new CompleteLayerUploadCommand({ ...at(repository), uploadId, layerDigests: [digest] });
      const { layerDigest } = await answered(client.send(command));
      if (layerDigest !== digest) throw new Error('the layer has another digest');
    },
    async layerSize(repository, digest) {
      const command = new BatchCheckLayerAvailabilityCommand({ ...at(repository), layerDigests: [digest] });
      const { layers, failures } = await answered(client.send(command));
      const [failure] = failures ?? [];
      if (failure) throw new Refused(String(failure.failureCode), String(failure.failureReason));
      return layers?.[0]?.layerAvailability === 'AVAILABLE' ? layers[0].layerSize : undefined;
    },
    async readLayer(repository, layerDigest) {
      const command = new GetDownloadUrlForLayerCommand({ ...at(repository), layerDigest });
      const { downloadUrl } = await answered(client.send(command));
      return await readUrl(downloadUrl ?? '');
    },
    async putManifest(repository, { manifest, mediaType, tag, digest }) {
      const { image } = await answered(
        client.send(
          new PutImageCommand({
            ...at(repository),
            imageManifest: manifest.toString(),
            imageManifestMediaType: mediaType,
            imageTag: tag,
            imageDigest: digest,
          }),
        ),
      );
      return image?.imageId?.imageDigest ?? '';
    },
    async readManifest(repository, reference) {
      const command = new BatchGetImageCommand({ ...at(repository), imageIds: [idOf(reference)] });
      const { images, failures } = await answered(client.send(command));
      refuseFailures(failures);
      const { imageId, imageManifestMediaType: mediaType = '', imageManifest = '' } = images?.[0] ?? {};
      return { digest: imageId?.imageDigest ?? '', mediaType, bytes: Buffer.from(imageManifest) };
    },
    async describe(repository, reference) {
      const command = new DescribeImagesCommand({ ...at(repository), imageIds: [idOf(reference)] });
      const { imageDetails } = await answered(client.send(command));
      const [one] = imageDetails ?? [];
      return {
        digest: one?.imageDigest ?? '',
        mediaType: one?.imageManifestMediaType ?? '',
        artifactType: one?.artifactMediaType,
        size: one?.imageSizeInBytes ?? NaN,
      };
    },
    async tags(repository) {
      const found = await pages(async (nextToken) => {
        const filter = { tagStatus: 'TAGGED' as const };
        const command = new ListImagesCommand({ ...at(repository), filter, maxResults: 2, nextToken });
        const { imageIds = [], nextToken: next } = await answered(client.send(command));
        return { entries: imageIds.map(({ imageTag }) => imageTag ?? ''), nextToken: next };
      });
      return found.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    },
    async remove(repository, reference) {
      const command = new BatchDeleteImageCommand({ ...at(repository), imageIds: [idOf(reference)] });
      refuseFailures((await answered(client.send(command))).failures);
    },
    async referrers(repository, imageDigest, artifactType) {
      return await pages(async (nextToken) => {
        const filter = artifactType === undefined ? {} : { filter: { artifactTypes: [artifactType] } };
        const subjectId = { imageDigest };
        const command = new ListImageReferrersCommand({ ...at(repository), subjectId, ...filter, nextToken });
        const { referrers = [], nextToken: next } = await answered(client.send(command));
        const entries = referrers.map(
          ({ digest = '', mediaType = '', artifactType: type, size = NaN, annotations = {} }): Referrer => {
            return { digest, mediaType, artifactType: type, size, annotations };
          },
        );
        return { entries, nextToken: next };
      });
    },
  };
}

/** A presigned URL is redeemed without credentials, and refused as S3 refuses. */
export async function readUrl(url: string): Promise<Buffer> {
  const response = await fetch(url);
  const body = Buffer.from(await response.arrayBuffer());
  if (response.status === 200) return body;
  const code = /<Code>(\w+)<\/Code>/.exec(body.toString())?.[1];
  throw new Refused(`${response.status} ${code}`, body.toString());
}
