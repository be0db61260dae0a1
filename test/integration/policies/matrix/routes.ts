/** What is asked in the matrix: each thing on the OCI front and, where there is one, its twin of the JSON API. */
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  DescribeRepositoriesCommand,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  ListImageReferrersCommand,
  ListImagesCommand,
  PutImageCommand,
  UploadLayerPartCommand,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { account } from '../../../support/app.ts';
import { seededImage, type Image } from '../../../support/images.ts';

/** What lies in both repositories. */
export interface Contents {
  readonly image: Image;
  readonly index: Image;
  readonly child: Image;
  readonly referrer: Image;
}

export interface OciRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface Route {
  readonly name: string;
  /** Any one of them is enough. */
  readonly actions: readonly string[];
  /** The registry as a whole is asked, and not the repository. */
  readonly wide?: boolean;
  readonly oci?: (repository: string, contents: Contents) => OciRequest;
  readonly json?: (client: ECRClient, repositoryName: string, contents: Contents) => Promise<unknown>;
}

const registryId = account;
const nobody = '00000000-0000-4000-8000-000000000000';
const never = `sha256:${'0'.repeat(64)}`;
/** Pushed under digest and tags that are not there yet, and refused for its missing layers once it is allowed. */
const unpushed = seededImage('never pushed');

type References = Readonly<Record<string, (contents: Contents) => { imageTag: string } | { imageDigest: string }>>;

const references: References = {
  'a tag': () => ({ imageTag: 'v1' }),
  'a digest': ({ image }) => ({ imageDigest: image.digest }),
  'the digest of a child': ({ child }) => ({ imageDigest: child.digest }),
  'the digest of a referrer': ({ referrer }) => ({ imageDigest: referrer.digest }),
  'a tag that is not there': () => ({ imageTag: 'none' }),
};

const textOf = (id: { imageTag?: string; imageDigest?: string }): string => id.imageTag ?? id.imageDigest ?? '';

const reads: Route[] = Object.entries(references).flatMap(([kind, idOf]) => [
  ...['GET', 'HEAD'].map((method) => ({
    name: `${method} a manifest by ${kind}`,
    actions: ['ecr:BatchGetImage'],
    oci: (name: string, contents: Contents) => ({ method, path: `/v2/${name}/manifests/${textOf(idOf(contents))}` }),
    json: (client: ECRClient, repositoryName: string, contents: Contents) =>
      client.send(new BatchGetImageCommand({ registryId, repositoryName, imageIds: [idOf(contents)] })),
  })),
]);

const layerOf = ({ image }: Contents): string => image.layers[0]?.digest ?? '';

const layers: Route[] = [
  {
    name: 'GET a layer',
    actions: ['ecr:GetDownloadUrlForLayer'],
    oci: (name, contents) => ({ method: 'GET', path: `/v2/${name}/blobs/${layerOf(contents)}` }),
    json: (client, repositoryName, contents) =>
      client.send(new GetDownloadUrlForLayerCommand({ registryId, repositoryName, layerDigest: layerOf(contents) })),
  },
  {
    name: 'HEAD a layer',
    actions: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer'],
    oci: (name, contents) => ({ method: 'HEAD', path: `/v2/${name}/blobs/${layerOf(contents)}` }),
  },
  {
    name: 'BatchCheckLayerAvailability',
    actions: ['ecr:BatchCheckLayerAvailability'],
    json: (client, repositoryName, contents) =>
      client.send(
        new BatchCheckLayerAvailabilityCommand({ registryId, repositoryName, layerDigests: [layerOf(contents)] }),
      ),
  },
];

const uploads: Route[] = [
  {
    name: 'begin an upload',
    actions: ['ecr:InitiateLayerUpload'],
    oci: (name) => ({ method: 'POST', path: `/v2/${name}/blobs/uploads/` }),
    json: (client, repositoryName) => client.send(new InitiateLayerUploadCommand({ registryId, repositoryName })),
  },
  {
    name: 'send bytes',
    actions: ['ecr:UploadLayerPart'],
    oci: (name) => ({ method: 'PATCH', path: `/v2/${name}/blobs/uploads/${nobody}`, body: Buffer.from('x') }),
    json: (client, repositoryName) =>
      client.send(
        new UploadLayerPartCommand({
          registryId,
          repositoryName,
          uploadId: nobody,
          partFirstByte: 0,
          partLastByte: 0,
          layerPartBlob: Buffer.from('x'),
        }),
      ),
  },
  {
    name: 'ask how far an upload is',
    actions: ['ecr:UploadLayerPart'],
    oci: (name) => ({ method: 'GET', path: `/v2/${name}/blobs/uploads/${nobody}` }),
  },
  {
    name: 'give an upload up',
    actions: ['ecr:UploadLayerPart'],
    oci: (name) => ({ method: 'DELETE', path: `/v2/${name}/blobs/uploads/${nobody}` }),
  },
  {
    name: 'finish an upload',
    actions: ['ecr:CompleteLayerUpload'],
    oci: (name) => ({ method: 'PUT', path: `/v2/${name}/blobs/uploads/${nobody}?digest=${never}` }),
    json: (client, repositoryName) =>
      client.send(
        new CompleteLayerUploadCommand({ registryId, repositoryName, uploadId: nobody, layerDigests: [never] }),
      ),
  },
];

const pushes: Route[] = [
  { kind: 'a tag', reference: 'new', id: { imageTag: 'new' } },
  { kind: 'a digest', reference: unpushed.digest, id: {} },
].map(({ kind, reference, id }) => ({
  name: `PUT a manifest by ${kind}`,
  actions: ['ecr:PutImage'],
  oci: (name: string) => ({
    method: 'PUT',
    path: `/v2/${name}/manifests/${reference}`,
    headers: { 'content-type': unpushed.mediaType },
    body: unpushed.manifest,
  }),
  json: (client: ECRClient, repositoryName: string) =>
    client.send(
      new PutImageCommand({ registryId, repositoryName, imageManifest: unpushed.manifest.toString(), ...id }),
    ),
}));

const deletes: Route[] = [
  { kind: 'a tag', id: { imageTag: 'none' } },
  { kind: 'a digest', id: { imageDigest: never } },
].map(({ kind, id }) => ({
  name: `DELETE a manifest by ${kind}`,
  actions: ['ecr:BatchDeleteImage'],
  oci: (name: string) => ({ method: 'DELETE', path: `/v2/${name}/manifests/${textOf(id)}` }),
  json: (client: ECRClient, repositoryName: string) =>
    client.send(new BatchDeleteImageCommand({ registryId, repositoryName, imageIds: [id] })),
}));

const lists: Route[] = [
  {
    name: 'list tags',
    actions: ['ecr:ListImages'],
    oci: (name) => ({ method: 'GET', path: `/v2/${name}/tags/list` }),
    json: (client, repositoryName) => client.send(new ListImagesCommand({ registryId, repositoryName })),
  },
  {
    name: 'list referrers',
    actions: ['ecr:BatchGetImage'],
    oci: (name, { image }) => ({ method: 'GET', path: `/v2/${name}/referrers/${image.digest}` }),
    json: (client, repositoryName, { image }) =>
      client.send(
        new ListImageReferrersCommand({ registryId, repositoryName, subjectId: { imageDigest: image.digest } }),
      ),
  },
  {
    name: 'list repositories',
    actions: ['ecr:DescribeRepositories'],
    wide: true,
    oci: () => ({ method: 'GET', path: '/v2/_catalog' }),
    json: (client) => client.send(new DescribeRepositoriesCommand({ registryId })),
  },
];

export const routes: readonly Route[] = [...reads, ...layers, ...uploads, ...pushes, ...deletes, ...lists];
