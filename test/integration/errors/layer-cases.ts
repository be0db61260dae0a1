import { expect } from 'vitest';
import { digestOf, seededBytes } from '../../support/images.ts';
import { account } from '../../support/stowage.ts';
import { error, invalid, repositoryName, type ErrorCase } from './cases.ts';
import { callEcr, limits, names, type World } from './world.ts';

const absent = digestOf('nobody has this');
const unknownUpload = '00000000-0000-4000-8000-000000000000';
const uuid = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}';
const loose = '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+';

/** The upload that was begun last: messages name it. */
let uploadId = '';

async function begin({ app }: World, ...parts: readonly Buffer[]): Promise<string> {
  const { body } = await callEcr(app, 'InitiateLayerUpload', { repositoryName });
  uploadId = (JSON.parse(body) as { uploadId: string }).uploadId;
  let first = 0;
  for (const bytes of parts) {
    await callEcr(app, 'UploadLayerPart', part(first, bytes));
    first += bytes.length;
  }
  return uploadId;
}

const part = (
  partFirstByte: number,
  layerPartBlob: Buffer,
  partLastByte = partFirstByte + layerPartBlob.length - 1,
) => ({
  repositoryName,
  uploadId,
  partFirstByte,
  partLastByte,
  layerPartBlob,
});

const end = (digest: string): object => ({ repositoryName, uploadId, layerDigests: [digest] });

/** Parts as they are sent, and then the one that is refused. */
const after =
  (parts: readonly Buffer[], refused: () => object) =>
  async (world: World): Promise<object> => {
    await begin(world, ...parts);
    return refused();
  };

const ten = Buffer.alloc(10);

const parts: readonly ErrorCase[] = [
  {
    operation: 'UploadLayerPart',
    error,
    when: 'the first byte is before the beginning',
    input: { ...part(-1, ten), uploadId: unknownUpload },
    message: invalid('partFirstByte', 'Member must have value greater than or equal to 0'),
  },
  {
    operation: 'UploadLayerPart',
    error: 'InvalidLayerPartException',
    kind: 'uploadOutOfOrder',
    when: 'there is a gap',
    input: after([ten], () => part(12, ten)),
    message: 'First byte of the layer part is 12 instead of 10',
    members: { registryId: account, repositoryName, uploadId: expect.any(String), lastValidByteReceived: 9 },
  },
  {
    operation: 'UploadLayerPart',
    error: 'InvalidLayerPartException',
    kind: 'uploadOutOfOrder',
    when: 'the first part does not begin at 0',
    input: after([], () => part(5, ten)),
    message: 'First byte of the layer part is 5 instead of 0',
    // no byte is valid yet, and the model has no number for that
    members: { registryId: account, repositoryName, uploadId: expect.any(String) },
  },
  {
    operation: 'UploadLayerPart',
    error: 'InvalidLayerPartException',
    kind: 'layerPartLength',
    when: 'it is not as long as it says',
    input: after([ten], () => part(10, ten, 99)),
    message: 'The layer part has 10 bytes and not those from 10 to 99',
    members: { registryId: account, repositoryName, uploadId: expect.any(String), lastValidByteReceived: 9 },
  },
  {
    operation: 'UploadLayerPart',
    error: 'UploadNotFoundException',
    kind: 'uploadNotFound',
    when: 'there is no such upload',
    input: { ...part(0, ten), uploadId: unknownUpload },
    message: `The upload with id '${unknownUpload}' does not exist within ${names('errors')}`,
  },
  {
    operation: 'UploadLayerPart',
    error: 'LimitExceededException',
    kind: 'layerPartsExceeded',
    when: 'there are as many parts as there may be',
    input: after([ten, ten], () => part(20, ten)),
    message: `The upload exceeds the maximum allowed number of layer parts which is '${limits.layerParts}'`,
  },
  {
    operation: 'UploadLayerPart',
    error: 'LimitExceededException',
    kind: 'layerTooLarge',
    when: 'the layer grows too large',
    input: after([ten], () => part(10, Buffer.alloc(limits.layerSize))),
    message: `The layer exceeds the maximum allowed size of a layer which is '${limits.layerSize}' bytes`,
  },
];

const ends: readonly ErrorCase[] = [
  {
    operation: 'CompleteLayerUpload',
    error,
    when: 'the id is none',
    input: { ...end(absent), uploadId: 'x' },
    message: invalid('uploadId', `Member must satisfy regular expression pattern: ${uuid}`),
  },
  {
    operation: 'CompleteLayerUpload',
    error: 'UploadNotFoundException',
    kind: 'uploadNotFound',
    when: 'there is no such upload',
    input: { ...end(absent), uploadId: unknownUpload },
    message: `The upload with id '${unknownUpload}' does not exist within ${names('errors')}`,
  },
  {
    operation: 'CompleteLayerUpload',
    error: 'EmptyUploadException',
    kind: 'emptyUpload',
    when: 'no part was uploaded',
    input: after([], () => end(digestOf(''))),
    message: () =>
      `The upload with id '${uploadId}' in the repository with name 'errors' in registry with id '${account}' cannot be completed because it does not have any parts.`,
  },
  {
    operation: 'CompleteLayerUpload',
    error: 'LayerPartTooSmallException',
    kind: 'layerPartTooSmall',
    when: 'a part before the last is small',
    input: after([ten, ten], () => end(digestOf(Buffer.alloc(20)))),
    message: 'All layer parts except the last part should be at least 5MB',
  },
  {
    operation: 'CompleteLayerUpload',
    error: 'InvalidLayerException',
    kind: 'layerDigestDoesNotMatch',
    when: 'the bytes have another digest',
    input: after([ten], () => end(absent)),
    message: `The layer digest '${absent}' does not match the digest '${digestOf(ten)}' of the bytes that were uploaded to ${names('errors')}`,
  },
  {
    operation: 'CompleteLayerUpload',
    error: 'LayerAlreadyExistsException',
    kind: 'layerAlreadyExists',
    when: 'the repository has the layer',
    input: async (world) => {
      const [layer] = world.image.layers;
      await begin(world, layer?.bytes ?? ten);
      return end(layer?.digest ?? '');
    },
    message: ({ image }) => `The layer with digest '${image.layers[0]?.digest}' already exists in ${names('errors')}`,
  },
];

const lonely = seededBytes('lonely', 50);

const others: readonly ErrorCase[] = [
  {
    operation: 'BatchCheckLayerAvailability',
    error,
    when: 'no layer is named',
    input: { repositoryName, layerDigests: [] },
    message: invalid('layerDigests', 'Member must have length greater than or equal to 1'),
  },
  {
    operation: 'InitiateLayerUpload',
    error,
    when: 'the registry is none',
    input: { repositoryName, registryId: '12' },
    message: invalid('registryId', 'Member must satisfy regular expression pattern: [0-9]{12}'),
  },
  {
    operation: 'GetDownloadUrlForLayer',
    error,
    when: 'the digest is none',
    input: { repositoryName, layerDigest: 'no digest' },
    message: invalid('layerDigest', `Member must satisfy regular expression pattern: ${loose}`),
  },
  {
    operation: 'GetDownloadUrlForLayer',
    error: 'LayersNotFoundException',
    kind: 'layerNotFound',
    when: 'the layer is not there',
    input: { repositoryName, layerDigest: absent },
    message: `The layer with digest '${absent}' does not exist within ${names('errors')}`,
  },
  {
    operation: 'GetDownloadUrlForLayer',
    error: 'LayerInaccessibleException',
    kind: 'layerInaccessible',
    when: 'no image refers to the layer',
    input: async (world) => {
      await begin(world, lonely);
      await callEcr(world.app, 'CompleteLayerUpload', end(digestOf(lonely)));
      return { repositoryName, layerDigest: digestOf(lonely) };
    },
    message: `The layer with digest '${digestOf(lonely)}' is not referenced by any image of ${names('errors')}`,
  },
];

export const layerCases: readonly ErrorCase[] = [...parts, ...ends, ...others];
