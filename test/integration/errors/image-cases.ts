import { digestOf, makeIndex, mediaTypes } from '../../support/images.ts';
import { account } from '../../support/stowage.ts';
import { atMost, error, invalid, repositoryName, type ErrorCase } from './cases.ts';
import { names, stranger, type World } from './world.ts';

const many = Array.from({ length: 101 }, (_, index) => ({ imageTag: `t${index}` }));
const absent = digestOf('nobody has this');
const manifestOf = ({ image }: World): string => image.manifest.toString();
const digests = [stranger.config, ...stranger.layers].map((blob) => blob?.digest ?? '');

const put = (one: Omit<ErrorCase, 'operation'>): ErrorCase => ({ operation: 'PutImage', ...one });

const pushes: readonly ErrorCase[] = [
  put({
    error,
    kind: 'invalidParameter',
    when: 'the manifest is no JSON',
    input: { repositoryName, imageManifest: '{' },
    message: invalid('ImageManifest', 'Invalid JSON syntax'),
  }),
  put({
    error,
    kind: 'invalidParameter',
    when: 'nothing tells the media type',
    input: (world) => {
      const manifest = { ...JSON.parse(manifestOf(world)), mediaType: undefined };
      return { repositoryName, imageManifest: JSON.stringify(manifest) };
    },
    message: invalid('ImageManifest', 'Invalid JSON syntax'),
  }),
  put({
    error,
    kind: 'unsupportedManifestType',
    when: 'the manifest is of schema 1',
    input: { repositoryName, imageManifest: '{"schemaVersion":1}' },
    message: 'Unsupported manifest type: "application/vnd.docker.distribution.manifest.v1+prettyjws"',
  }),
  put({
    error,
    kind: 'manifestTooLarge',
    when: 'the manifest has more bytes than it may, but not more characters',
    input: { repositoryName, imageManifest: `{"a":"${'é'.repeat(2_200_000)}"}` },
    message: invalid('imageManifest', atMost(4_194_304)),
  }),
  put({
    error: 'ImageAlreadyExistsException',
    kind: 'imageAlreadyExists',
    when: 'the tag points at it already',
    input: (world) => ({ repositoryName, imageManifest: manifestOf(world), imageTag: 'v1' }),
    message: ({ image }) =>
      `Image with digest '${image.digest}' and tag 'v1' already exists in the repository with name 'errors' in registry with id '${account}'`,
  }),
  put({
    error: 'ImageAlreadyExistsException',
    kind: 'imageAlreadyExists',
    when: 'it is there, and no tag is given',
    input: (world) => ({ repositoryName, imageManifest: manifestOf(world) }),
    message: ({ image }) =>
      `Image with digest '${image.digest}' and tag 'null' already exists in the repository with name 'errors' in registry with id '${account}'`,
  }),
  put({
    error: 'LayersNotFoundException',
    kind: 'layersNotFound',
    when: 'config and layer were never uploaded',
    input: { repositoryName, imageManifest: stranger.manifest.toString() },
    message: `Layers with digests '[${digests.join(', ')}]' required for pushing image into ${names('errors').replace('the ', '')} do not exist`,
  }),
  put({
    error: 'ReferencedImagesNotFoundException',
    kind: 'referencedImagesNotFound',
    when: 'an image of the index was never pushed',
    input: { repositoryName, imageManifest: makeIndex([stranger]).manifest.toString() },
    message: `Images with digests '[${stranger.digest}]' required for pushing image into ${names('errors').replace('the ', '')} do not exist`,
  }),
  put({
    error: 'LimitExceededException',
    kind: 'tagsPerImageExceeded',
    when: 'the image has all the tags that it may have',
    input: (world) => ({ repositoryName, imageManifest: manifestOf(world), imageTag: 'v3' }),
    message: `Adding tag 'v3' to an image in the repository with name 'errors' in registry with id '${account}' exceeds the maximum allowed number of tags per image which is '2'`,
  }),
  put({
    error: 'ImageTagAlreadyExistsException',
    kind: 'imageTagAlreadyExists',
    when: 'the tag is on another image and may not move',
    input: ({ child }) => ({ repositoryName: 'fixed', imageManifest: child.manifest.toString(), imageTag: 'v1' }),
    message:
      "The image tag 'v1' already exists in the 'fixed' repository and cannot be overwritten because the tag is immutable.",
  }),
  put({
    error: 'ImageDigestDoesNotMatchException',
    kind: 'imageDigestDoesNotMatch',
    when: 'the digest is that of something else',
    input: (world) => ({ repositoryName, imageManifest: manifestOf(world), imageDigest: absent }),
    message: ({ image }) =>
      `The image digest '${absent}' does not match the digest '${image.digest}' of the image manifest`,
  }),
];

const reads: readonly ErrorCase[] = [
  ...['BatchGetImage', 'BatchDeleteImage', 'DescribeImages'].map((operation): ErrorCase => {
    const input = { repositoryName, imageIds: many };
    return {
      operation,
      error,
      when: 'more than 100 images are named',
      input,
      message: invalid('imageIds', atMost(100)),
    };
  }),
  ...['BatchGetImage', 'BatchDeleteImage'].map((operation): ErrorCase => {
    const message = invalid('imageIds', 'Member must have length greater than or equal to 1');
    return { operation, error, when: 'no image is named', input: { repositoryName, imageIds: [] }, message };
  }),
  {
    operation: 'DescribeImages',
    error,
    when: 'the page is too large',
    input: { repositoryName, maxResults: 1001 },
    message: invalid('maxResults', 'Member must have value less than or equal to 1000'),
  },
  {
    operation: 'DescribeImages',
    error,
    kind: 'invalidParameter',
    when: 'images and paging are given together',
    input: { repositoryName, imageIds: [{ imageTag: 'v1' }], nextToken: 'x' },
    message: invalid('nextToken', 'Member must be null when imageIds is specified'),
  },
  {
    operation: 'DescribeImages',
    error: 'ImageNotFoundException',
    kind: 'imageNotFound',
    when: 'one of the images is not there',
    input: { repositoryName, imageIds: [{ imageTag: 'v1' }, { imageTag: 'absent' }] },
    message: `The image with imageId {imageDigest:'null', imageTag:'absent'} does not exist within ${names('errors')}`,
  },
  {
    operation: 'ListImages',
    error,
    kind: 'invalidParameter',
    when: 'the token is made up',
    input: { repositoryName, nextToken: 'made-up' },
    message: invalid('NextToken', 'Invalid next token'),
  },
  {
    operation: 'ListImageReferrers',
    error,
    when: 'the page is larger than the 50 of this operation',
    input: { repositoryName, subjectId: { imageDigest: absent }, maxResults: 51 },
    message: invalid('maxResults', 'Member must have value less than or equal to 50'),
  },
  {
    operation: 'ListImageReferrers',
    error,
    when: 'the subject has no digest',
    input: { repositoryName, subjectId: {} },
    message: invalid('subjectId.imageDigest', 'Member must not be null'),
  },
];

export const imageCases: readonly ErrorCase[] = [
  ...pushes,
  put({
    error,
    kind: 'invalidParameter',
    when: 'the tag is none',
    input: (world) => ({ repositoryName, imageManifest: manifestOf(world), imageTag: '.hidden' }),
    message: invalid('imageTag', "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'"),
  }),
  put({
    error,
    kind: 'invalidParameter',
    when: 'the media type contradicts the manifest',
    input: (world) => {
      const imageManifestMediaType = mediaTypes.ociIndex;
      return { repositoryName, imageManifest: manifestOf(world), imageManifestMediaType };
    },
    message: invalid('ImageManifest', 'Invalid JSON syntax'),
  }),
  ...reads,
];
