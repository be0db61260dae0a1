/** How operations of STS are refused with errors that their model declares. */
import type { ErrorKind } from '../../../src/domain/errors.ts';
import { policyOf } from '../../support/iam.ts';
import { seededBytes } from '../../support/images.ts';
import { roleArnOf } from '../../support/sessions.ts';

export interface StsErrorCase {
  readonly operation: string;
  /** Name in the model. */
  readonly error: string;
  readonly kind: ErrorKind;
  readonly when: string;
  readonly input: object;
  readonly message: string | RegExp;
}

/** A role that the administrator may assume. */
export const roleName = 'errors';

const assume = { RoleArn: roleArnOf(roleName), RoleSessionName: 'work' };
const federate = { Name: 'guest' };
const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const unreadable = 'The policy is not in the valid JSON format.';
const named = policyOf({ ...everything, Principal: { AWS: '*' } });
const long = policyOf({ ...everything, Sid: 'x'.repeat(2000) });
/** Texts that do not get shorter by packing. */
const Tags = Array.from({ length: 50 }, (_, seed) => ({
  Key: `key-${seed}`,
  Value: seededBytes(`tag ${seed}`, 150).toString('base64'),
}));

const malformed = { error: 'MalformedPolicyDocumentException', kind: 'malformedPolicyDocument' } as const;
const tooLarge = { error: 'PackedPolicyTooLargeException', kind: 'packedPolicyTooLarge' } as const;

const ofBoth = [
  { operation: 'AssumeRole', input: assume },
  { operation: 'GetFederationToken', input: federate },
].flatMap(({ operation, input }) => [
  { operation, ...malformed, when: 'the policy is no JSON', input: { ...input, Policy: '{' }, message: unreadable },
  {
    operation,
    ...malformed,
    when: 'the policy names principals',
    input: { ...input, Policy: named },
    message: 'Policy document should not specify a principal.',
  },
  {
    operation,
    ...tooLarge,
    when: 'the tags are too much for a token',
    input: { ...input, Tags },
    message: /^Packed size of session tags consumes [12]\d\d% of allotted space\.$/,
  },
]);

export const stsErrorCases: readonly StsErrorCase[] = [
  ...ofBoth,
  {
    operation: 'AssumeRole',
    ...tooLarge,
    when: 'the policy has more than 2,048 characters',
    input: { ...assume, Policy: long },
    message: /^Packed policy consumes 10[0-9]% of allotted space, please use smaller policy\.$/,
  },
  {
    operation: 'DecodeAuthorizationMessage',
    error: 'InvalidAuthorizationMessageException',
    kind: 'invalidAuthorizationMessage',
    when: 'the message is none of this installation',
    input: { EncodedMessage: 'AAAA' },
    message: 'Message is not valid',
  },
];
