/**
 * Every refusal that the registry can give, once: what it is called on the AWS API, what it is on the OCI front, and
 * its words. The doors only render a row of this table; they never invent an error of their own for a rule of core.
 *
 * Wordings are those of the real service where they are known (ECR API reference and public transcripts); where no
 * transcript exists the text is ours, in the same style.
 */

/** How a refusal looks on the OCI front: HTTP status, code of the OCI specification, and another text where ECR has one. */
interface OciForm<P> {
  readonly status: number;
  readonly code: string;
  readonly message?: (parameters: P) => string;
}

interface Row<P> {
  /** Exception name on the AWS API; the status is 400 but for `status`. */
  readonly aws: string;
  readonly status?: number;
  readonly oci: OciForm<P>;
  readonly message: (parameters: P) => string;
  /** Parameters that the AWS exception carries as members beside its message. */
  readonly members?: readonly (keyof P & string)[];
}

const row = <P>(definition: Row<P>): Row<P> => definition;

interface InRepository {
  repositoryName: string;
  registryId: string;
}

const inRepository = (p: InRepository): string =>
  `the repository with name '${p.repositoryName}' in the registry with id '${p.registryId}'`;

/** ECR prints an image id in this form in its messages, with `null` for the part that was not given. */
const imageId = (p: { imageDigest?: string | undefined; imageTag?: string | undefined }): string =>
  `{imageDigest:'${p.imageDigest ?? 'null'}', imageTag:'${p.imageTag ?? 'null'}'}`;

export const errorTable = {
  repositoryNotFound: row<InRepository>({
    aws: 'RepositoryNotFoundException',
    oci: { status: 404, code: 'NAME_UNKNOWN' },
    message: (p) =>
      `The repository with name '${p.repositoryName}' does not exist in the registry with id '${p.registryId}'`,
  }),
  repositoryAlreadyExists: row<InRepository>({
    aws: 'RepositoryAlreadyExistsException',
    oci: { status: 409, code: 'DENIED' },
    message: (p) =>
      `The repository with name '${p.repositoryName}' already exists in the registry with id '${p.registryId}'`,
  }),
  repositoryPolicyNotFound: row<InRepository>({
    aws: 'RepositoryPolicyNotFoundException',
    oci: { status: 404, code: 'UNSUPPORTED' },
    message: (p) => `Repository policy does not exist for ${inRepository(p)}`,
  }),
  registryPolicyNotFound: row<{ registryId: string }>({
    aws: 'RegistryPolicyNotFoundException',
    oci: { status: 404, code: 'UNSUPPORTED' },
    message: (p) => `Registry policy does not exist in the registry with id '${p.registryId}'`,
  }),
  policyLocksOut: row<{ action: string; insist: string }>({
    aws: 'InvalidParameterException',
    oci: { status: 405, code: 'UNSUPPORTED' },
    message: (p) =>
      `Invalid parameter at 'PolicyText' failed to satisfy constraint: 'The new policy would not allow you ecr:${p.action} any more. To set it all the same, send ${p.insist}'`,
  }),
  repositoryNotEmpty: row<InRepository>({
    aws: 'RepositoryNotEmptyException',
    oci: { status: 409, code: 'DENIED' },
    message: (p) =>
      `The repository with name '${p.repositoryName}' in registry with id '${p.registryId}' cannot be deleted because it still contains images`,
  }),
  imageNotFound: row<InRepository & { imageDigest?: string | undefined; imageTag?: string | undefined }>({
    aws: 'ImageNotFoundException',
    oci: { status: 404, code: 'MANIFEST_UNKNOWN', message: () => 'Requested image not found' },
    message: (p) => `The image with imageId ${imageId(p)} does not exist within ${inRepository(p)}`,
  }),
  imageAlreadyExists: row<InRepository & { imageDigest: string; imageTag?: string | undefined }>({
    aws: 'ImageAlreadyExistsException',
    oci: { status: 409, code: 'DENIED' },
    message: (p) =>
      `Image with digest '${p.imageDigest}' and tag '${p.imageTag ?? 'null'}' already exists in the repository with name '${p.repositoryName}' in registry with id '${p.registryId}'`,
  }),
  imageDigestDoesNotMatch: row<{ given: string; computed: string }>({
    aws: 'ImageDigestDoesNotMatchException',
    oci: { status: 400, code: 'DIGEST_INVALID' },
    message: (p) => `The image digest '${p.given}' does not match the digest '${p.computed}' of the image manifest`,
  }),
  imageReferencedByManifestList: row<{ holders: readonly string[] }>({
    aws: 'InvalidParameterException',
    oci: { status: 405, code: 'UNSUPPORTED' },
    message: (p) => `Requested image referenced by manifest list: [${p.holders.join(', ')}]`,
  }),
  layersNotFound: row<InRepository & { digests: readonly string[] }>({
    aws: 'LayersNotFoundException',
    oci: { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
    message: (p) =>
      `Layers with digests '[${p.digests.join(', ')}]' required for pushing image into repository with name '${p.repositoryName}' in the registry with id '${p.registryId}' do not exist`,
  }),
  referencedImagesNotFound: row<InRepository & { digests: readonly string[] }>({
    aws: 'ReferencedImagesNotFoundException',
    oci: { status: 404, code: 'MANIFEST_BLOB_UNKNOWN' },
    message: (p) =>
      `Images with digests '[${p.digests.join(', ')}]' required for pushing image into repository with name '${p.repositoryName}' in the registry with id '${p.registryId}' do not exist`,
  }),
  layerNotFound: row<InRepository & { digest: string }>({
    aws: 'LayersNotFoundException',
    oci: { status: 404, code: 'BLOB_UNKNOWN' },
    message: (p) => `The layer with digest '${p.digest}' does not exist within ${inRepository(p)}`,
  }),
  layerDigestDoesNotMatch: row<InRepository & { given: string; computed: string }>({
    aws: 'InvalidLayerException',
    oci: { status: 400, code: 'DIGEST_INVALID' },
    message: (p) =>
      `The layer digest '${p.given}' does not match the digest '${p.computed}' of the bytes that were uploaded to ${inRepository(p)}`,
  }),
  uploadNotFound: row<InRepository & { uploadId: string }>({
    aws: 'UploadNotFoundException',
    oci: { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' },
    message: (p) => `The upload with id '${p.uploadId}' does not exist within ${inRepository(p)}`,
  }),
  uploadOutOfOrder: row<
    InRepository & { uploadId: string; first: number; expected: number; lastValidByteReceived: number | undefined }
  >({
    aws: 'InvalidLayerPartException',
    oci: { status: 416, code: 'BLOB_UPLOAD_INVALID' },
    message: (p) => `First byte of the layer part is ${p.first} instead of ${p.expected}`,
    members: ['registryId', 'repositoryName', 'uploadId', 'lastValidByteReceived'],
  }),
  layerPartLength: row<
    InRepository & {
      uploadId: string;
      first: number;
      lastByte: number;
      length: number;
      lastValidByteReceived: number | undefined;
    }
  >({
    aws: 'InvalidLayerPartException',
    oci: { status: 400, code: 'SIZE_INVALID' },
    message: (p) => `The layer part has ${p.length} bytes and not those from ${p.first} to ${p.lastByte}`,
    members: ['registryId', 'repositoryName', 'uploadId', 'lastValidByteReceived'],
  }),
  uploadSizeMismatch: row<{ announced: number; received: number }>({
    aws: 'InvalidLayerPartException',
    oci: { status: 400, code: 'SIZE_INVALID' },
    message: (p) => `The request announced ${p.announced} bytes and carried ${p.received}`,
  }),
  layerTooLarge: row<{ limit: number }>({
    aws: 'LimitExceededException',
    oci: { status: 413, code: 'SIZE_INVALID' },
    message: (p) => `The layer exceeds the maximum allowed size of a layer which is '${p.limit}' bytes`,
  }),
  layerPartsExceeded: row<{ limit: number }>({
    aws: 'LimitExceededException',
    oci: { status: 403, code: 'DENIED' },
    message: (p) => `The upload exceeds the maximum allowed number of layer parts which is '${p.limit}'`,
  }),
  tagsPerImageExceeded: row<InRepository & { imageTag: string; limit: number }>({
    aws: 'LimitExceededException',
    oci: { status: 403, code: 'DENIED' },
    message: (p) =>
      `Adding tag '${p.imageTag}' to an image in the repository with name '${p.repositoryName}' in registry with id '${p.registryId}' exceeds the maximum allowed number of tags per image which is '${p.limit}'`,
  }),
  repositoriesExceeded: row<{ registryId: string; limit: number }>({
    aws: 'LimitExceededException',
    oci: { status: 403, code: 'DENIED' },
    message: (p) =>
      `The registry with id '${p.registryId}' already has the maximum allowed number of repositories which is '${p.limit}'`,
  }),
  imageTagAlreadyExists: row<{ repositoryName: string; imageTag: string }>({
    aws: 'ImageTagAlreadyExistsException',
    oci: { status: 400, code: 'TAG_INVALID' },
    message: (p) =>
      `The image tag '${p.imageTag}' already exists in the '${p.repositoryName}' repository and cannot be overwritten because the tag is immutable.`,
  }),
  invalidTagParameter: row<Record<never, never>>({
    aws: 'InvalidTagParameterException',
    oci: { status: 405, code: 'UNSUPPORTED' },
    message: () => 'Tag parameters are invalid',
  }),
  tooManyTags: row<{ limit: number }>({
    aws: 'TooManyTagsException',
    oci: { status: 403, code: 'DENIED' },
    message: (p) => `The repository would have more than the maximum allowed number of tags which is '${p.limit}'`,
  }),
  layerPartTooSmall: row<Record<never, never>>({
    aws: 'LayerPartTooSmallException',
    oci: { status: 400, code: 'BLOB_UPLOAD_INVALID' },
    message: () => 'All layer parts except the last part should be at least 5MB',
  }),
  emptyUpload: row<InRepository & { uploadId: string }>({
    aws: 'EmptyUploadException',
    oci: { status: 400, code: 'BLOB_UPLOAD_INVALID' },
    message: (p) =>
      `The upload with id '${p.uploadId}' in the repository with name '${p.repositoryName}' in registry with id '${p.registryId}' cannot be completed because it does not have any parts.`,
  }),
  layerAlreadyExists: row<InRepository & { digest: string }>({
    aws: 'LayerAlreadyExistsException',
    oci: { status: 409, code: 'DENIED' },
    message: (p) => `The layer with digest '${p.digest}' already exists in ${inRepository(p)}`,
  }),
  layerInaccessible: row<InRepository & { digest: string }>({
    aws: 'LayerInaccessibleException',
    oci: { status: 404, code: 'BLOB_UNKNOWN' },
    message: (p) => `The layer with digest '${p.digest}' is not referenced by any image of ${inRepository(p)}`,
  }),
  invalidParameter: row<{ field: string; constraint: string }>({
    aws: 'InvalidParameterException',
    oci: { status: 405, code: 'UNSUPPORTED' },
    message: (p) => `Invalid parameter at '${p.field}' failed to satisfy constraint: '${p.constraint}'`,
  }),
  unsupportedManifestType: row<{ mediaType: string }>({
    aws: 'InvalidParameterException',
    oci: { status: 405, code: 'UNSUPPORTED' },
    message: (p) => `Unsupported manifest type: "${p.mediaType}"`,
  }),
  manifestTooLarge: row<{ limit: number }>({
    aws: 'InvalidParameterException',
    oci: { status: 413, code: 'SIZE_INVALID' },
    message: (p) =>
      `Invalid parameter at 'imageManifest' failed to satisfy constraint: 'Member must have length less than or equal to ${p.limit}'`,
  }),
  /** The refusals of IAM: its operations say what in their own words. They never reach the OCI front. */
  noSuchEntity: row<{ text: string }>({
    aws: 'NoSuchEntityException',
    status: 404,
    oci: { status: 404, code: 'UNSUPPORTED' },
    message: (p) => p.text,
  }),
  entityAlreadyExists: row<{ text: string }>({
    aws: 'EntityAlreadyExistsException',
    status: 409,
    oci: { status: 409, code: 'UNSUPPORTED' },
    message: (p) => p.text,
  }),
  deleteConflict: row<{ text: string }>({
    aws: 'DeleteConflictException',
    status: 409,
    oci: { status: 409, code: 'UNSUPPORTED' },
    message: (p) => p.text,
  }),
  quotaExceeded: row<{ text: string }>({
    aws: 'LimitExceededException',
    status: 409,
    oci: { status: 409, code: 'UNSUPPORTED' },
    message: (p) => p.text,
  }),
  invalidInput: row<{ text: string }>({
    aws: 'InvalidInputException',
    oci: { status: 400, code: 'UNSUPPORTED' },
    message: (p) => p.text,
  }),
  /** A constraint that the model does not have. */
  validation: row<{ text: string }>({
    aws: 'ValidationException',
    oci: { status: 400, code: 'UNSUPPORTED' },
    message: (p) => p.text,
  }),
  malformedPolicyDocument: row<{ text: string }>({
    aws: 'MalformedPolicyDocumentException',
    oci: { status: 400, code: 'UNSUPPORTED' },
    message: (p) => p.text,
  }),
  policyNotAttachable: row<{ text: string }>({
    aws: 'PolicyNotAttachableException',
    oci: { status: 400, code: 'UNSUPPORTED' },
    message: (p) => p.text,
  }),
  /** The refusals of STS. */
  packedPolicyTooLarge: row<{ percent: number; what: 'policy' | 'session tags' }>({
    aws: 'PackedPolicyTooLargeException',
    oci: { status: 400, code: 'UNSUPPORTED' },
    message: (p) =>
      p.what === 'policy'
        ? `Packed policy consumes ${p.percent}% of allotted space, please use smaller policy.`
        : `Packed size of session tags consumes ${p.percent}% of allotted space.`,
  }),
  invalidParameterValue: row<{ text: string }>({
    aws: 'InvalidParameterValueException',
    oci: { status: 400, code: 'UNSUPPORTED' },
    message: (p) => p.text,
  }),
  /** Temporary credentials of a kind that a service does not take at all. */
  unusableCredential: row<Record<never, never>>({
    aws: 'InvalidClientTokenIdException',
    status: 403,
    oci: { status: 403, code: 'UNSUPPORTED' },
    message: () => 'The security token included in the request is invalid',
  }),
  invalidAuthorizationMessage: row<Record<never, never>>({
    aws: 'InvalidAuthorizationMessageException',
    oci: { status: 400, code: 'UNSUPPORTED' },
    message: () => 'Message is not valid',
  }),
  /** `authorizationMessage`: the decision, sealed, for sts:DecodeAuthorizationMessage; doors give it in a header. */
  accessDenied: row<{ text: string; authorizationMessage?: string | undefined }>({
    aws: 'AccessDeniedException',
    oci: { status: 403, code: 'DENIED' },
    message: (p) => p.text,
  }),
  withoutEffect: row<{ member: string; feature: string }>({
    aws: 'InvalidParameterException',
    oci: { status: 405, code: 'UNSUPPORTED' },
    message: (p) =>
      `Invalid parameter at '${p.member}' failed to satisfy constraint: '${p.feature} is not built yet in Stowage; see docs/compatibility.md'`,
  }),
  storageFull: row<Record<never, never>>({
    aws: 'ServerException',
    status: 500,
    oci: { status: 503, code: 'UNKNOWN' },
    message: () => 'The storage of this registry is full. Nothing was changed; try again when there is room.',
  }),
  /** Clients come back by themselves. Whether a change was made is not known where its commit was not answered. */
  databaseUnavailable: row<Record<never, never>>({
    aws: 'ServiceUnavailableException',
    status: 503,
    oci: { status: 503, code: 'UNAVAILABLE' },
    message: () => 'The database of this registry does not answer at the moment. Try again.',
  }),
} satisfies Record<string, Row<never>>;

export type ErrorKind = keyof typeof errorTable;

/** The parameters that the message of an error kind needs. */
export type ErrorParameters<K extends ErrorKind> = Parameters<(typeof errorTable)[K]['message']>[0];

/** An expected refusal: thrown in domain and core, rendered by a door from {@link errorTable}. */
export class RegistryError<K extends ErrorKind = ErrorKind> extends Error {
  readonly kind: K;
  readonly parameters: ErrorParameters<K>;

  constructor(kind: K, parameters: ErrorParameters<K>) {
    super((errorTable[kind] as Row<ErrorParameters<K>>).message(parameters));
    this.name = 'RegistryError';
    this.kind = kind;
    this.parameters = parameters;
  }
}

/** The header in which every door gives the sealed decision behind a denial. */
const authorizationMessageHeader = 'x-stowage-authorization-message';

/** The headers that a refusal has on every door. */
export function headersOf(error: RegistryError): Readonly<Record<string, string>> {
  if (error.kind !== 'accessDenied') return {};
  const { authorizationMessage } = error.parameters as ErrorParameters<'accessDenied'>;
  return authorizationMessage === undefined ? {} : { [authorizationMessageHeader]: authorizationMessage };
}

/** What a door needs to answer a refusal on the AWS API: exception name, HTTP status, extra members. */
export function awsForm(error: RegistryError): {
  code: string;
  status: number;
  message: string;
  members: Record<string, unknown>;
} {
  const entry = errorTable[error.kind] as Row<never>;
  const parameters = error.parameters as Record<string, unknown>;
  const members = Object.fromEntries((entry.members ?? []).map((name: string) => [name, parameters[name]]));
  return { code: entry.aws, status: entry.status ?? 400, message: error.message, members };
}

/** What a door needs to answer a refusal on the OCI front: HTTP status, code and text. */
export function ociForm(error: RegistryError): { status: number; code: string; message: string } {
  const { oci } = errorTable[error.kind] as Row<never>;
  return { status: oci.status, code: oci.code, message: oci.message?.(error.parameters as never) ?? error.message };
}
