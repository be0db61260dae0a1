/** Requests on the JSON API through the official SDK, and their answers in the words of the model. */
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
  UploadLayerPartCommand,
  type ECRClient,
  type ImageIdentifier,
} from '@aws-sdk/client-ecr';
import type { RunningApp } from '../../support/app.ts';
import { clientHeader } from './gates.ts';
import { listing } from './model.ts';
import { nameOf } from './oci-front.ts';
import { Violation, type Answer, type Reference, type Request } from './requests.ts';
import { imageOf, images, layerOf } from './vocabulary.ts';

export type AwsRequest = Exclude<Request, { kind: 'read' | 'mount' | 'cancel' | 'advance' | 'collect' }>;

/** A client of the API for one client of a history. */
export function awsClient(running: RunningApp, client: number): ECRClient {
  const ecr = running.ecr();
  ecr.middlewareStack.add(
    (next) => async (args) => {
      (args.request as { headers: Record<string, string> }).headers[clientHeader] = String(client);
      return await next(args);
    },
    { step: 'build', name: 'nameClient' },
  );
  return ecr;
}

/** What each kind of request may be refused with: exception → word. */
const refusals: Readonly<Record<AwsRequest['kind'], Readonly<Record<string, string>>>> = {
  create: { RepositoryAlreadyExistsException: 'exists' },
  drop: { RepositoryNotFoundException: 'no repository', RepositoryNotEmptyException: 'not empty' },
  mode: { RepositoryNotFoundException: 'no repository' },
  find: { RepositoryNotFoundException: 'absent' },
  start: { RepositoryNotFoundException: 'no repository' },
  append: {
    RepositoryNotFoundException: 'absent',
    UploadNotFoundException: 'absent',
    InvalidLayerPartException: 'order',
  },
  finish: {
    RepositoryNotFoundException: 'absent',
    UploadNotFoundException: 'absent',
    LayerAlreadyExistsException: 'existed',
    InvalidLayerException: 'wrong',
  },
  put: {
    RepositoryNotFoundException: 'no repository',
    LayersNotFoundException: 'missing',
    ReferencedImagesNotFoundException: 'missing',
    ImageTagAlreadyExistsException: 'immutable',
    ImageAlreadyExistsException: 'exists',
  },
  get: { RepositoryNotFoundException: 'absent' },
  list: { RepositoryNotFoundException: 'no repository' },
  delete: { RepositoryNotFoundException: 'no repository' },
};

/** Sends requests for one client of a history. */
export function awsFront(ecr: ECRClient): (request: AwsRequest) => Promise<Answer> {
  return async (request) => {
    try {
      return await ask(ecr, request);
    } catch (error) {
      if (error instanceof Violation) throw error;
      const { name, message } = error as Error;
      const said = refusals[request.kind][name];
      if (said === undefined) throw new Violation(`${request.kind} was answered ${name}: ${message}`, { cause: error });
      return { said };
    }
  };
}

const idOf = (of: Reference): ImageIdentifier =>
  'tag' in of ? { imageTag: of.tag } : { imageDigest: imageOf(of.image).digest };

const ok: Answer = { said: 'ok' };

async function ask(ecr: ECRClient, request: AwsRequest): Promise<Answer> {
  const repositoryName = request.repository;
  switch (request.kind) {
    case 'create':
      await ecr.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability: request.mode }));
      return ok;
    case 'drop':
      await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: request.force }));
      return ok;
    case 'mode':
      await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: request.mode }));
      return ok;
    case 'find': {
      const layerDigests = [layerOf(request.layer).digest];
      const answer = await ecr.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }));
      return { said: answer.layers?.[0]?.layerAvailability === 'AVAILABLE' ? 'there' : 'absent' };
    }
    case 'start': {
      const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
      return { said: 'ok', upload: uploadId };
    }
    case 'append': {
      const { upload: uploadId, first, end, layer } = request;
      const layerPartBlob = layerOf(layer).bytes.subarray(first, end);
      const place = { partFirstByte: first, partLastByte: end - 1 };
      await ecr.send(new UploadLayerPartCommand({ repositoryName, uploadId, ...place, layerPartBlob }));
      return ok;
    }
    case 'finish': {
      const layerDigests = [layerOf(request.layer).digest];
      await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId: request.upload, layerDigests }));
      return ok;
    }
    case 'put': {
      const { digest: imageDigest, mediaType: imageManifestMediaType, manifest } = imageOf(request.image);
      const image = { imageManifest: manifest.toString(), imageManifestMediaType, imageDigest, imageTag: request.tag };
      await ecr.send(new PutImageCommand({ repositoryName, ...image }));
      return ok;
    }
    case 'get': {
      const answer = await ecr.send(new BatchGetImageCommand({ repositoryName, imageIds: [idOf(request.of)] }));
      const manifest = answer.images?.[0]?.imageManifest;
      return { said: manifest === undefined ? 'absent' : nameOf(Buffer.from(manifest)) };
    }
    case 'list':
      return { said: await listImages(ecr, repositoryName) };
    default:
      return await deleteImages(ecr, repositoryName, request.of);
  }
}

const failureWords: Readonly<Record<string, string>> = {
  ImageNotFound: 'absent',
  ImageReferencedByManifestList: 'held',
};

/** One word for each image that was named; the failures come in the order of the names. */
async function deleteImages(ecr: ECRClient, repositoryName: string, of: readonly Reference[]): Promise<Answer> {
  const imageIds = of.map(idOf);
  const { failures = [] } = await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
  const left = [...failures];
  const said = imageIds.map(({ imageTag, imageDigest }) => {
    const place = left.findIndex(
      ({ imageId }) => imageId?.imageTag === imageTag && imageId?.imageDigest === imageDigest,
    );
    if (place < 0) return 'ok';
    const [failure] = left.splice(place, 1);
    return failureWords[failure?.failureCode ?? ''] ?? failure?.failureCode;
  });
  if (left.length > 0) throw new Violation(`failures of images that nobody named: ${JSON.stringify(left)}`);
  return { said: said.join(' ') };
}

/** The images that a repository lists, each with its tags; their sizes must be right. */
async function listImages(ecr: ECRClient, repositoryName: string): Promise<string> {
  const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName }));
  const all = new Map<string, readonly string[]>();
  for (const { imageDigest, imageSizeInBytes, imageTags = [] } of imageDetails) {
    const image = [...images.values()].find(({ digest }) => digest === imageDigest);
    if (!image) throw new Violation(`${repositoryName} lists ${imageDigest}, which nobody has pushed`);
    if (image.size !== imageSizeInBytes) throw new Violation(`${image.name} is listed with ${imageSizeInBytes} bytes`);
    all.set(image.name, imageTags);
  }
  return listing(all);
}
