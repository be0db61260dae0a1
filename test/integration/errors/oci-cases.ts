/** What the OCI front refuses: a request, and all that the answer is to say. */
import type { ErrorKind } from '../../../src/domain/errors.ts';
import { blobsOf, digestOf, makeIndex, mediaTypes, type Image } from '../../support/images.ts';
import { account } from '../../support/stowage.ts';
import { atMost, invalid } from './cases.ts';
import { limits, names, otherAccount, stranger, type World } from './world.ts';

export interface OciCase {
  /** Row of src/domain/errors.ts; without it the front itself refuses. */
  readonly kind?: ErrorKind | undefined;
  readonly when: string;
  readonly status: number;
  readonly code: string;
  readonly message: string | RegExp | ((world: World) => string);
  readonly ask: (world: World) => Promise<OciRequest> | OciRequest;
}

export interface OciRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const absent = digestOf('nobody has this');
const uploads = '/v2/errors/blobs/uploads/';
const noUpload = '00000000-0000-4000-8000-000000000000';
const ten = Buffer.alloc(10);

const get = (path: string): OciRequest => ({ method: 'GET', path });
const put = (reference: string, { mediaType, manifest }: Pick<Image, 'mediaType' | 'manifest'>): OciRequest => ({
  method: 'PUT',
  path: `/v2/errors/manifests/${reference}`,
  headers: { 'content-type': mediaType },
  body: manifest,
});
const text = (manifest: string): Pick<Image, 'mediaType' | 'manifest'> => ({
  mediaType: mediaTypes.ociManifest,
  manifest: Buffer.from(manifest),
});

/** A chunk for an upload that has received as many bytes before. */
async function chunk({ app }: World, received: Buffer, range: string, body: Buffer): Promise<OciRequest> {
  const session = await app.registry.startUpload('errors');
  if (received.length > 0) await app.registry.sendChunk(session, received, 0);
  const headers = { 'content-type': 'application/octet-stream', 'content-range': range };
  return { method: 'PATCH', path: new URL(session).pathname, headers, body };
}

const strangers = blobsOf(stranger).map(({ digest }) => digest);
const [layersOf, imagesOf] = ['Layers', 'Images'].map(
  (what) => (digests: readonly string[]) =>
    `${what} with digests '[${digests.join(', ')}]' required for pushing image into repository with name 'errors' in the registry with id '${account}' do not exist`,
) as [(digests: readonly string[]) => string, (digests: readonly string[]) => string];

const manifestCases: readonly OciCase[] = [
  {
    kind: 'imageNotFound',
    when: 'an image that is not there is deleted',
    ...{ status: 404, code: 'MANIFEST_UNKNOWN', message: 'Requested image not found' },
    ask: () => ({ method: 'DELETE', path: '/v2/errors/manifests/absent' }),
  },
  {
    when: 'an image that is not there is read',
    ...{ status: 404, code: 'MANIFEST_UNKNOWN', message: 'Requested image not found' },
    ask: () => get(`/v2/errors/manifests/${absent}`),
  },
  {
    kind: 'imageDigestDoesNotMatch',
    when: 'a manifest is pushed under the digest of another',
    ...{ status: 400, code: 'DIGEST_INVALID' },
    message: ({ image }) =>
      `The image digest '${absent}' does not match the digest '${image.digest}' of the image manifest`,
    ask: ({ image }) => put(absent, image),
  },
  {
    when: 'a digest is malformed',
    ...{ status: 400, code: 'DIGEST_INVALID', message: "The digest 'sha256:xyz' is malformed" },
    ask: () => get('/v2/errors/manifests/sha256:xyz'),
  },
  {
    kind: 'imageReferencedByManifestList',
    when: 'an image of an index is deleted',
    ...{ status: 405, code: 'UNSUPPORTED' },
    message: ({ index }) => `Requested image referenced by manifest list: [${index.digest}]`,
    ask: ({ child }) => ({ method: 'DELETE', path: `/v2/errors/manifests/${child.digest}` }),
  },
  {
    kind: 'layersNotFound',
    when: 'layers of a manifest were never uploaded',
    ...{ status: 404, code: 'BLOB_UPLOAD_UNKNOWN', message: layersOf(strangers) },
    ask: () => put('v3', stranger),
  },
  {
    kind: 'referencedImagesNotFound',
    when: 'an image of an index was never pushed',
    ...{ status: 404, code: 'MANIFEST_BLOB_UNKNOWN', message: imagesOf([stranger.digest]) },
    ask: () => put('v3', makeIndex([stranger])),
  },
  {
    kind: 'tagsPerImageExceeded',
    when: 'the image has all the tags that it may have',
    ...{ status: 403, code: 'DENIED' },
    message: `Adding tag 'v3' to an image in the repository with name 'errors' in registry with id '${account}' exceeds the maximum allowed number of tags per image which is '2'`,
    ask: ({ image }) => put('v3', image),
  },
  {
    kind: 'imageTagAlreadyExists',
    when: 'the tag may not move',
    ...{ status: 400, code: 'TAG_INVALID' },
    message:
      "The image tag 'v1' already exists in the 'fixed' repository and cannot be overwritten because the tag is immutable.",
    ask: ({ child }) => ({ ...put('v1', child), path: '/v2/fixed/manifests/v1' }),
  },
  {
    when: 'the tag is malformed',
    ...{ status: 400, code: 'TAG_INVALID', message: 'The tag does not match [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}' },
    ask: ({ image }) => put('.hidden', image),
  },
  {
    kind: 'invalidParameter',
    when: 'a manifest is no JSON',
    ...{ status: 405, code: 'UNSUPPORTED', message: invalid('ImageManifest', 'Invalid JSON syntax') },
    ask: () => put('v3', text('{')),
  },
  {
    kind: 'unsupportedManifestType',
    when: 'a manifest is of schema 1',
    ...{ status: 405, code: 'UNSUPPORTED', message: `Unsupported manifest type: "${mediaTypes.ociManifest}"` },
    ask: () => put('v3', text('{"schemaVersion":1}')),
  },
  {
    kind: 'manifestTooLarge',
    when: 'a manifest is too large',
    ...{ status: 413, code: 'SIZE_INVALID', message: invalid('imageManifest', atMost(4_194_304)) },
    ask: () => put('v3', text(`{"a":"${'x'.repeat(4_194_304)}"}`)),
  },
];

const layerCases: readonly OciCase[] = [
  {
    when: 'the repository does not have the layer',
    ...{ status: 404, code: 'BLOB_UNKNOWN', message: `The layer with digest '${absent}' does not exist` },
    ask: () => get(`/v2/errors/blobs/${absent}`),
  },
  {
    kind: 'layerDigestDoesNotMatch',
    when: 'the bytes of an upload have another digest',
    ...{ status: 400, code: 'DIGEST_INVALID' },
    message: `The layer digest '${absent}' does not match the digest '${digestOf(ten)}' of the bytes that were uploaded to ${names('errors')}`,
    ask: async ({ app }) => {
      const { pathname } = new URL(await app.registry.startUpload('errors'));
      return { method: 'PUT', path: `${pathname}?digest=${absent}`, body: ten };
    },
  },
  {
    kind: 'uploadNotFound',
    when: 'there is no such upload',
    ...{ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
    message: `The upload with id '${noUpload}' does not exist within ${names('errors')}`,
    ask: () => get(uploads + noUpload),
  },
  {
    kind: 'uploadOutOfOrder',
    when: 'a chunk is out of order',
    ...{ status: 416, code: 'BLOB_UPLOAD_INVALID', message: 'First byte of the layer part is 12 instead of 10' },
    ask: (world) => chunk(world, ten, '12-21', ten),
  },
  {
    when: 'Content-Range cannot be read',
    ...{ status: 400, code: 'BLOB_UPLOAD_INVALID', message: 'The Content-Range header is malformed' },
    ask: (world) => chunk(world, ten, 'all of it', ten),
  },
  {
    kind: 'uploadSizeMismatch',
    when: 'a chunk is not as long as it says',
    ...{ status: 400, code: 'SIZE_INVALID', message: 'The request announced 20 bytes and carried 10' },
    ask: (world) => chunk(world, ten, '10-29', ten),
  },
  {
    kind: 'layerTooLarge',
    when: 'a layer is too large',
    ...{ status: 413, code: 'SIZE_INVALID' },
    message: `The layer exceeds the maximum allowed size of a layer which is '${limits.layerSize}' bytes`,
    ask: (world) => chunk(world, ten, `10-${limits.layerSize + 9}`, Buffer.alloc(limits.layerSize)),
  },
];

const otherCases: readonly OciCase[] = [
  {
    kind: 'repositoryNotFound',
    when: 'there is no such repository',
    ...{ status: 404, code: 'NAME_UNKNOWN' },
    message: `The repository with name 'none' does not exist in the registry with id '${account}'`,
    ask: () => get('/v2/none/tags/list'),
  },
  {
    kind: 'invalidParameter',
    when: 'a page is too large',
    ...{ status: 405, code: 'UNSUPPORTED' },
    message: invalid('maxResults', 'Member must have value less than or equal to 1000'),
    ask: () => get('/v2/errors/tags/list?n=1001'),
  },
  {
    kind: 'invalidParameter',
    when: 'a name is none',
    ...{ status: 405, code: 'UNSUPPORTED', message: /^Invalid parameter at 'repositoryName' failed to satisfy/ },
    ask: () => get('/v2/Errors/tags/list'),
  },
  {
    when: 'there is no such path',
    ...{ status: 404, code: 'UNSUPPORTED', message: 'There is no such path in this API' },
    ask: () => get('/v2/errors/nothing/here'),
  },
  {
    when: 'the path has no such method',
    ...{ status: 405, code: 'UNSUPPORTED', message: 'The operation DELETE is unsupported here' },
    ask: () => ({ method: 'DELETE', path: `/v2/errors/blobs/${absent}` }),
  },
  {
    kind: 'accessDenied',
    when: 'the registry is that of another account',
    ...{ status: 403, code: 'DENIED' },
    message: `User: arn:aws:iam::${otherAccount}:user/admin is not authorized to perform: ecr:ListImages on resource: arn:aws:ecr:eu-central-1:${account}:repository/errors because no resource-based policy allows the ecr:ListImages action`,
    ask: async ({ app, foreigner }) => {
      const authorization = await app.logIn({ credentials: foreigner });
      const host = `${account}.dkr.ecr.eu-central-1.amazonaws.com`;
      return { ...get('/v2/errors/tags/list'), headers: { authorization, host } };
    },
  },
  {
    when: 'the login token is none',
    ...{ status: 401, code: 'UNAUTHORIZED' },
    message:
      'Your Authorization Token is invalid. The user name is AWS and the password a login token of this registry.',
    ask: () => ({ ...get('/v2/'), headers: { authorization: 'Basic eDp5' } }),
  },
  {
    when: 'the login token was altered',
    ...{ status: 401, code: 'UNAUTHORIZED', message: /^Your Authorization Token is invalid\. It was altered\.$/ },
    ask: ({ app }) => {
      const last = app.password.endsWith('A') ? 'B' : 'A';
      return { ...get('/v2/'), headers: { authorization: `Bearer ${app.password.slice(0, -1)}${last}` } };
    },
  },
];

export const ociCases: readonly OciCase[] = [...manifestCases, ...layerCases, ...otherCases];
