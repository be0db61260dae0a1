import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Session } from './session.ts';

/**
 * What temporary credentials are, written into their session token: a token tells all that must be known to verify a
 * request, so that nothing is stored for it (the sealing is core/iam/session-tokens.ts).
 */
export interface TemporaryCredential {
  /** `ASIA…` */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly session: Session;
}

/** Characters of the longest token: with the rest of a request it must fit into the 16 kB of a request's headers. */
export const longestToken = 8192;

/** Most bytes of policies and tags once packed. What else is in a token has 500 bytes at most, sealed and in base64url. */
const mostPacked = 5500;

/**
 * What packing works with from the start: words that policies consist of, the likeliest at the end. Part of the form of
 * a token: changing it is another version of the token.
 */
const words = Buffer.from(
  [
    '"NotPrincipal":"NotAction":"NotResource":"StringEquals":{"StringLike":{"StringNotEquals":{"ArnLike":{"Bool":{',
    '"aws:PrincipalTag/"aws:ResourceTag/"ecr:ResourceTag/"aws:SourceIp":"aws:SecureTransport":"true"',
    'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"',
    '"ecr:DescribeRepositories","ecr:ListImages","ecr:DescribeImages","ecr:BatchDeleteImage","ecr:CreateRepository",',
    '"ecr:InitiateLayerUpload","ecr:UploadLayerPart","ecr:CompleteLayerUpload","ecr:PutImage",',
    '"ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","ecr:GetDownloadUrlForLayer","ecr:BatchGetImage"],',
    '"Condition":{"Sid":""}]}"Effect":"Deny","Resource":["arn:aws:ecr:us-east-1:*:repository/"],',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":"*"}]}',
  ].join(''),
);

const kinds = ['role', 'user', 'federated'] as const;

type Fields = [
  accessKeyId: string,
  secretAccessKey: string,
  kind: number,
  account: string,
  entity: string,
  name: string,
  issuedAt: number,
  expiresAt: number,
  sourceIdentity: string | null,
  chained: number,
  ...packable: PackableFields,
];

type PackableFields = [
  policy: string | null,
  policyArns: readonly string[] | null,
  tags: Readonly<Record<string, string>> | null,
  transitiveTagKeys: readonly string[] | null,
];

/** A credential as bytes: positions instead of names, packed. */
export function packCredential({ accessKeyId, secretAccessKey, session }: TemporaryCredential): Buffer {
  const fields: Fields = [
    accessKeyId,
    secretAccessKey,
    kinds.indexOf(session.kind),
    session.account,
    session.entity,
    session.name,
    session.issuedAt,
    session.expiresAt,
    session.sourceIdentity ?? null,
    session.chained === true ? 1 : 0,
    ...packable(session),
  ];
  return pack(fields);
}

/** Reads what {@link packCredential} wrote. */
export function unpackCredential(bytes: Uint8Array): TemporaryCredential {
  const text = inflateRawSync(bytes, { dictionary: words }).toString();
  const [accessKeyId, secretAccessKey, kind, account, entity, name, issuedAt, expiresAt, ...more] = JSON.parse(
    text,
  ) as Fields;
  const [sourceIdentity, chained, policy, policyArns, tags, transitiveTagKeys] = more;
  const session: Session = {
    kind: kinds[kind] ?? 'role',
    account,
    entity,
    name,
    issuedAt,
    expiresAt,
    policy: policy ?? undefined,
    policyArns: policyArns ?? undefined,
    tags: tags ?? undefined,
    transitiveTagKeys: transitiveTagKeys ?? undefined,
    sourceIdentity: sourceIdentity ?? undefined,
    chained: chained === 1,
  };
  return { accessKeyId, secretAccessKey, session };
}

type Packable = Pick<Session, 'policy' | 'policyArns' | 'tags' | 'transitiveTagKeys'>;

/**
 * Per cent of the room for session policies and tags that these take (`PackedPolicySize`), undefined where there are
 * none. Over 100 they do not fit into a token.
 */
export function packedSize(session: Packable): number | undefined {
  const fields = packable(session);
  if (fields.every((field) => field === null)) return undefined;
  return Math.ceil((pack(fields).length * 100) / mostPacked);
}

const packable = ({ policy, policyArns, tags, transitiveTagKeys }: Packable): PackableFields => [
  policy ?? null,
  policyArns?.length ? policyArns : null,
  tags && Object.keys(tags).length > 0 ? tags : null,
  transitiveTagKeys?.length ? transitiveTagKeys : null,
];

const pack = (fields: readonly unknown[]): Buffer => deflateRawSync(JSON.stringify(fields), { dictionary: words });
