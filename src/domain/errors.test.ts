import { describe, expect, it } from 'vitest';
import { awsForm, errorTable, ociForm, RegistryError, type ErrorKind, type ErrorParameters } from './errors.ts';

const repository = { repositoryName: 'team/app', registryId: '123456789012' };
const digest = `sha256:${'a'.repeat(64)}`;

/** Parameters for every row: a row without an entry here does not pass the type check. */
const examples: { readonly [K in ErrorKind]: ErrorParameters<K> } = {
  repositoryNotFound: repository,
  repositoryAlreadyExists: repository,
  repositoryNotEmpty: repository,
  imageNotFound: { ...repository, imageTag: 'v1' },
  imageAlreadyExists: { ...repository, imageDigest: digest, imageTag: 'v1' },
  imageDigestDoesNotMatch: { given: digest, computed: digest },
  imageReferencedByManifestList: { holders: [digest] },
  layersNotFound: { ...repository, digests: [digest, digest] },
  referencedImagesNotFound: { ...repository, digests: [digest] },
  layerNotFound: { ...repository, digest },
  layerDigestDoesNotMatch: { ...repository, given: digest, computed: digest },
  uploadNotFound: { ...repository, uploadId: 'u1' },
  uploadOutOfOrder: { ...repository, uploadId: 'u1', first: 5, expected: 10, lastValidByteReceived: 9 },
  uploadSizeMismatch: { announced: 10, received: 9 },
  layerTooLarge: { limit: 100 },
  tagsPerImageExceeded: { ...repository, imageTag: 'v1', limit: 1000 },
  repositoriesExceeded: { registryId: '123456789012', limit: 100000 },
  imageTagAlreadyExists: { repositoryName: 'team/app', imageTag: 'v1' },
  invalidParameter: { field: 'imageTag', constraint: 'must be a tag' },
  unsupportedManifestType: { mediaType: 'text/html' },
  manifestTooLarge: { limit: 4194304 },
  noSuchEntity: { text: 'The role with name x cannot be found.' },
  entityAlreadyExists: { text: 'Role with name x already exists.' },
  deleteConflict: { text: 'Cannot delete entity, must detach all policies first.' },
  quotaExceeded: { text: 'Cannot exceed quota for RolesPerAccount: 1000' },
  validation: { text: 'Invalid Marker.' },
  invalidInput: { text: 'ARN x is not valid.' },
  policyNotAttachable: { text: 'Cannot attach a Service Role Policy to a Customer Role.' },
  malformedPolicyDocument: { text: 'Syntax errors in policy.' },
  packedPolicyTooLarge: { percent: 104, what: 'policy' },
  invalidParameterValue: { text: 'Duplicate tag keys found.' },
  unusableCredential: {},
  invalidAuthorizationMessage: {},
  accessDenied: { text: 'User: x is not authorized' },
  withoutEffect: { member: 'imageScanningConfiguration', feature: 'Scanning' },
  storageFull: {},
  databaseUnavailable: {},
  invalidTagParameter: {},
  tooManyTags: { limit: 50 },
  layerPartTooSmall: {},
  layerPartLength: { ...repository, uploadId: 'u1', first: 0, lastByte: 9, length: 3, lastValidByteReceived: 0 },
  layerPartsExceeded: { limit: 4200 },
  emptyUpload: { ...repository, uploadId: 'u1' },
  layerAlreadyExists: { ...repository, digest },
  layerInaccessible: { ...repository, digest },
  repositoryPolicyNotFound: repository,
  registryPolicyNotFound: { registryId: '123456789012' },
  policyLocksOut: { action: 'SetRepositoryPolicy', insist: 'force' },
};

/** Codes of the OCI distribution specification 1.1, "Error Codes", and those of Docker's registry that ECR gives too. */
const ociCodes = [
  'BLOB_UNKNOWN',
  'UNAVAILABLE',
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'UNAUTHORIZED',
  'DENIED',
  'UNSUPPORTED',
  'TAG_INVALID',
  'TOOMANYREQUESTS',
  'UNKNOWN',
];

const errorOf = (kind: ErrorKind): RegistryError => new RegistryError(kind, examples[kind]);

describe.each(Object.keys(errorTable) as ErrorKind[])('the refusal %s', (kind) => {
  const error = errorOf(kind);

  it('has whole words in both forms', () => {
    for (const message of [error.message, awsForm(error).message, ociForm(error).message]) {
      expect(message).toMatch(/\w+ \w+/);
      expect(message).not.toMatch(/undefined|NaN|\[object/);
    }
  });

  it('is an exception with a status that clients do not read as success', () => {
    const { code, status, members } = awsForm(error);
    expect(code).toMatch(/^[A-Z][A-Za-z]+Exception$/);
    expect(status).toBeGreaterThanOrEqual(400);
    for (const value of Object.values(members)) expect(value).toBeDefined();
  });

  it('is a code of the OCI front with such a status', () => {
    const { code, status } = ociForm(error);
    expect(ociCodes).toContain(code);
    expect(status).toBeGreaterThanOrEqual(400);
  });
});

describe('the words of ECR', () => {
  it.each<[ErrorKind, string]>([
    ['repositoryNotFound', "The repository with name 'team/app' does not exist in the registry with id '123456789012'"],
    [
      'repositoryNotEmpty',
      "The repository with name 'team/app' in registry with id '123456789012' cannot be deleted because it still contains images",
    ],
    [
      'imageNotFound',
      "The image with imageId {imageDigest:'null', imageTag:'v1'} does not exist within the repository with name 'team/app' in the registry with id '123456789012'",
    ],
    [
      'layersNotFound',
      `Layers with digests '[${digest}, ${digest}]' required for pushing image into repository with name 'team/app' in the registry with id '123456789012' do not exist`,
    ],
    [
      'imageTagAlreadyExists',
      "The image tag 'v1' already exists in the 'team/app' repository and cannot be overwritten because the tag is immutable.",
    ],
    ['invalidParameter', "Invalid parameter at 'imageTag' failed to satisfy constraint: 'must be a tag'"],
    ['accessDenied', 'User: x is not authorized'],
  ])('for %s', (kind, words) => {
    expect(awsForm(errorOf(kind)).message).toBe(words);
  });

  it('are shorter on the OCI front where ECR has a text of its own there', () => {
    expect(ociForm(errorOf('imageNotFound'))).toEqual({
      status: 404,
      code: 'MANIFEST_UNKNOWN',
      message: 'Requested image not found',
    });
  });

  it('name the digest or the tag of an image, whichever was given', () => {
    expect(new RegistryError('imageNotFound', { ...repository, imageDigest: digest }).message).toContain(
      `{imageDigest:'${digest}', imageTag:'null'}`,
    );
  });

  it('carry members where the exception of AWS has them', () => {
    expect(awsForm(errorOf('uploadOutOfOrder')).members).toEqual({
      ...repository,
      uploadId: 'u1',
      lastValidByteReceived: 9,
    });
    expect(awsForm(errorOf('repositoryNotFound')).members).toEqual({});
  });

  it('blame the client for what is refused and the server for a full disk', () => {
    expect(awsForm(errorOf('repositoryNotFound')).status).toBe(400);
    expect(awsForm(errorOf('storageFull')).status).toBe(500);
    expect(ociForm(errorOf('storageFull')).status).toBe(503);
  });
});
