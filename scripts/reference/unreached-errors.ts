import { unreachedRoleErrors } from './unreached-iam-errors.ts';
import { unreachedStsErrors } from './unreached-sts-errors.ts';
import { unreachedUserErrors } from './unreached-user-errors.ts';

/**
 * Errors that are declared and cannot occur, each with its reason. docs/reference/errors.md prints them, and the tests of
 * test/integration/errors/ and test/integration/iam/ reach every other error: one that is neither here nor reached, or
 * both, fails there.
 */
export interface Unreached {
  /** Service as signatures name it. */
  readonly service: string;
  readonly error: string;
  readonly operations: readonly string[];
  readonly reason: string;
}

/** Declared by the models for operations that are built. */
export const unreachedErrors: readonly Unreached[] = [
  {
    service: 'ecr',
    error: 'KmsException',
    operations: [
      'CompleteLayerUpload',
      'CreateRepository',
      'DeleteRepository',
      'InitiateLayerUpload',
      'PutImage',
      'UploadLayerPart',
    ],
    reason: 'Every repository is encrypted with a key of the registry itself; keys of customers are not built yet.',
  },
  {
    service: 'ecr',
    error: 'UnableToGetUpstreamImageException',
    operations: ['BatchGetImage'],
    reason: 'There are no pull through cache rules yet, so nothing is fetched from elsewhere.',
  },
  {
    service: 'ecr',
    error: 'UnableToGetUpstreamLayerException',
    operations: ['GetDownloadUrlForLayer'],
    reason: 'There are no pull through cache rules yet, so nothing is fetched from elsewhere.',
  },
  {
    service: 'ecr',
    error: 'UnableToListUpstreamImageReferrersException',
    operations: ['ListImageReferrers'],
    reason: 'There are no pull through cache rules yet, so nothing is asked for elsewhere.',
  },
  {
    service: 'ecr',
    error: 'LimitExceededException',
    operations: ['BatchGetImage'],
    reason: 'At ECR a limit on what a pull through cache may make. Reading has no limit here.',
  },
  {
    service: 'ecr',
    error: 'LimitExceededException',
    operations: ['PutAccountSetting'],
    reason: 'There are three settings, and one value of each.',
  },
  {
    service: 'ecr',
    error: 'ValidationException',
    operations: [
      'DeleteRegistryPolicy',
      'DescribeRegistry',
      'GetAccountSetting',
      'GetRegistryPolicy',
      'ListImageReferrers',
      'PutAccountSetting',
      'PutRegistryPolicy',
    ],
    reason:
      'At ECR a feature or a state that the account does not have. What is wrong with a parameter is InvalidParameterException, here as there.',
  },
  {
    service: 'ecr',
    error: 'InvalidParameterException',
    operations: ['DeleteRegistryPolicy', 'DescribeRegistry', 'GetRegistryPolicy'],
    reason: 'It has no parameters.',
  },
  {
    service: 'ecr',
    error: 'TooManyTagsException',
    operations: ['UntagResource'],
    reason: 'Taking tags away never makes more of them.',
  },
  ...unreachedRoleErrors,
  ...unreachedStsErrors,
  ...unreachedUserErrors,
];

type Protocol = 'json' | 'query';

/** What may be refused around every operation, beside the rows of src/aws/errors.ts: by a rule of the registry, or not at all. */
export const commonFailures: Readonly<Record<string, Readonly<Record<Protocol, string>>>> = {
  accessDenied: { json: 'AccessDeniedException, 400', query: 'AccessDenied, 403' },
  throttled: { json: 'ThrottlingException, 400', query: 'Throttling, 400' },
  storageFull: { json: 'ServerException, 500', query: 'ServiceFailure, 500' },
  databaseUnavailable: { json: 'ServiceUnavailableException, 503', query: 'ServiceUnavailable, 503' },
  internal: { json: 'ServerException, 500', query: 'ServiceFailure, of STS InternalFailure, 500' },
};

/** Of the failures around every operation those that cannot occur, by protocol. */
export const unreachedFailures: readonly {
  readonly kind: string;
  readonly protocols: readonly Protocol[];
  readonly reason: string;
}[] = [
  { kind: 'missingAction', protocols: ['json'], reason: 'Without X-Amz-Target the operation is unknown.' },
  { kind: 'malformedQuery', protocols: ['json'], reason: 'Only AWS Query has a form.' },
  { kind: 'throttled', protocols: ['json', 'query'], reason: 'Nothing is throttled yet.' },
];

type Front = 'API' | 'OCI';

const notThere = 'The front has no request for it.';

/** Rows of src/domain/errors.ts that one of the fronts never answers. */
export const unreachedKinds: readonly { readonly kind: string; readonly front: Front; readonly reason: string }[] = [
  {
    kind: 'imageReferencedByManifestList',
    front: 'API',
    reason: 'BatchDeleteImage tells it in `failures`, as ECR does.',
  },
  { kind: 'uploadSizeMismatch', front: 'API', reason: 'UploadLayerPart has compared the lengths before.' },
  { kind: 'repositoryAlreadyExists', front: 'OCI', reason: notThere },
  { kind: 'repositoryNotEmpty', front: 'OCI', reason: notThere },
  { kind: 'repositoriesExceeded', front: 'OCI', reason: notThere },
  { kind: 'invalidTagParameter', front: 'OCI', reason: notThere },
  { kind: 'tooManyTags', front: 'OCI', reason: notThere },
  { kind: 'withoutEffect', front: 'OCI', reason: notThere },
  { kind: 'repositoryPolicyNotFound', front: 'OCI', reason: notThere },
  { kind: 'registryPolicyNotFound', front: 'OCI', reason: notThere },
  { kind: 'policyLocksOut', front: 'OCI', reason: notThere },
  { kind: 'noSuchEntity', front: 'OCI', reason: notThere },
  { kind: 'entityAlreadyExists', front: 'OCI', reason: notThere },
  { kind: 'deleteConflict', front: 'OCI', reason: notThere },
  { kind: 'quotaExceeded', front: 'OCI', reason: notThere },
  { kind: 'invalidInput', front: 'OCI', reason: notThere },
  { kind: 'validation', front: 'OCI', reason: notThere },
  { kind: 'policyNotAttachable', front: 'OCI', reason: notThere },
  { kind: 'malformedPolicyDocument', front: 'OCI', reason: notThere },
  { kind: 'packedPolicyTooLarge', front: 'OCI', reason: notThere },
  { kind: 'invalidParameterValue', front: 'OCI', reason: notThere },
  { kind: 'unusableCredential', front: 'OCI', reason: notThere },
  { kind: 'invalidAuthorizationMessage', front: 'OCI', reason: notThere },
  { kind: 'layerNotFound', front: 'OCI', reason: 'A layer that is not there is refused before it is presigned.' },
  { kind: 'layerInaccessible', front: 'OCI', reason: 'A layer that no image refers to is served here.' },
  { kind: 'imageAlreadyExists', front: 'OCI', reason: 'A push of what is there already succeeds.' },
  { kind: 'layerAlreadyExists', front: 'OCI', reason: 'An upload of what is there already succeeds.' },
  { kind: 'layerPartLength', front: 'OCI', reason: 'A chunk that is not as long as it says is uploadSizeMismatch.' },
  { kind: 'layerPartsExceeded', front: 'OCI', reason: 'Chunks are not counted.' },
  { kind: 'layerPartTooSmall', front: 'OCI', reason: 'Chunks may have any size.' },
  { kind: 'emptyUpload', front: 'OCI', reason: 'An upload without a byte is an empty layer.' },
];

/** Codes of the OCI specification and of the registries before it: with which statuses they are answered, or why never. */
export const ociCodes: Readonly<
  Record<string, { readonly statuses: readonly number[]; readonly when: string } | { readonly reason: string }>
> = {
  BLOB_UNKNOWN: { statuses: [404], when: 'the repository does not have the layer' },
  BLOB_UPLOAD_INVALID: { statuses: [400, 416], when: '`Content-Range` cannot be read; a chunk is out of order' },
  BLOB_UPLOAD_UNKNOWN: { statuses: [404], when: 'there is no such upload; layers of a manifest were never uploaded' },
  DENIED: { statuses: [401, 403], when: 'the login token has expired; an action is not allowed; a quota is reached' },
  DIGEST_INVALID: { statuses: [400], when: 'a digest is malformed, or is not that of the bytes' },
  MANIFEST_BLOB_UNKNOWN: { statuses: [404], when: 'images of an index were never pushed' },
  MANIFEST_INVALID: { reason: 'A manifest that cannot be read is UNSUPPORTED, as at ECR.' },
  MANIFEST_UNKNOWN: { statuses: [404], when: 'the repository does not have the image' },
  MANIFEST_UNVERIFIED: { reason: 'A code for manifests of schema 1, which are refused as UNSUPPORTED.' },
  NAME_INVALID: { reason: 'A name that is none is UNSUPPORTED, as at ECR.' },
  NAME_UNKNOWN: { statuses: [404], when: 'there is no such repository' },
  PAGINATION_NUMBER_INVALID: { reason: 'A page that is none is UNSUPPORTED, as at ECR.' },
  RANGE_INVALID: { reason: 'A range that cannot be satisfied is answered 416 without a body of this form.' },
  SIZE_INVALID: { statuses: [400, 413], when: 'a chunk is not as long as it says; a layer or manifest is too large' },
  TAG_INVALID: { statuses: [400], when: 'a tag is malformed, or may not move' },
  TOOMANYREQUESTS: { statuses: [429], when: 'more large manifests come at once than there is memory for' },
  UNAUTHORIZED: { statuses: [401], when: 'the login token is malformed, altered, foreign or void' },
  UNAVAILABLE: { statuses: [503], when: 'the database does not answer' },
  UNKNOWN: { statuses: [500, 503], when: 'the registry has failed; its storage is full' },
  UNSUPPORTED: { statuses: [404, 405], when: 'there is no such path or method; a parameter or manifest is refused' },
};
