/** What the AWS wire refuses before, or whatever, an operation is asked: by protocol, each with its form. */
import type { RunningApp } from '../../support/app.ts';
import { childOf, readXml } from '../../support/wire/xml-answers.ts';
import { sendSigned, type SignedRequest } from '../../support/wire/signed-requests.ts';

export type Protocol = 'json' | 'query';

export interface DoorCase {
  readonly protocol: Protocol;
  /** Row of the table in src/aws/errors.ts. */
  readonly kind: string;
  readonly when: string;
  readonly status: number;
  readonly code: string;
  readonly message: string | RegExp;
  readonly ask: (app: RunningApp) => Partial<SignedRequest>;
}

const json = (operation: string, more: Readonly<Record<string, string>> = {}): Partial<SignedRequest> => ({
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${operation}`,
    ...more,
  },
  body: '{}',
});
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const query = (text: string): Partial<SignedRequest> => ({ headers: form, body: `${text}&Version=2011-06-15` });
const unknownKeys = { accessKeyId: 'AKIAAAAAAAAAAUNKNOWN', secretAccessKey: 'secret' };
const wrongSecret = (app: RunningApp) => ({ ...app.credentials(), secretAccessKey: 'another secret' });
const notMatching = /^The request signature we calculated does not match the signature you provided\. Check your AWS/;
const long = 'x'.repeat(1_048_577);
const minutes = 60_000;

const jsonCases: readonly Omit<DoorCase, 'protocol'>[] = [
  {
    kind: 'missingSignature',
    when: 'there is no signature',
    ...{ status: 400, code: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' },
    ask: () => ({ ...json('ListImages'), credentials: undefined }),
  },
  {
    kind: 'incompleteSignature',
    when: 'the Authorization header is of another kind',
    ...{ status: 400, code: 'IncompleteSignatureException', message: "Unsupported AWS 'algorithm': 'Basic'." },
    ask: () => ({ ...json('ListImages', { authorization: 'Basic eDp5' }), credentials: undefined }),
  },
  {
    kind: 'unknownKey',
    when: 'nobody has the access key',
    ...{ status: 400, code: 'UnrecognizedClientException' },
    message: 'The security token included in the request is invalid.',
    ask: () => ({ ...json('ListImages'), credentials: unknownKeys }),
  },
  {
    kind: 'invalidSignature',
    when: 'the secret is another',
    ...{ status: 400, code: 'InvalidSignatureException', message: notMatching },
    ask: (app) => ({ ...json('ListImages'), credentials: wrongSecret(app) }),
  },
  {
    kind: 'invalidSignature',
    when: 'it was signed ten minutes ago',
    ...{ status: 400, code: 'InvalidSignatureException' },
    message: /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
    ask: (app) => ({ ...json('ListImages'), time: app.now() - 10 * minutes }),
  },
  {
    kind: 'invalidSignature',
    when: 'it was signed for another service',
    ...{ status: 400, code: 'InvalidSignatureException' },
    message: "Credential should be scoped to correct service: 'ecr'.",
    ask: () => ({ ...json('ListImages'), service: 'sts' }),
  },
  {
    kind: 'unknownOperation',
    when: 'the service has no such operation',
    ...{ status: 400, code: 'UnknownOperationException', message: 'Unknown operation: Nothing' },
    ask: () => json('Nothing'),
  },
  {
    kind: 'unknownOperation',
    when: 'no operation is named',
    ...{ status: 400, code: 'UnknownOperationException', message: 'Unknown operation: ' },
    ask: () => ({ ...json('ListImages'), headers: { 'content-type': 'application/x-amz-json-1.1' } }),
  },
  {
    kind: 'unknownForm',
    when: 'the method is another',
    ...{ status: 404, code: 'UnknownOperationException' },
    message: 'This service takes POST requests to / with X-Amz-Target and a body of application/x-amz-json-1.1',
    ask: () => ({ ...json('ListImages'), method: 'PUT' }),
  },
  {
    kind: 'malformed',
    when: 'the body is no JSON',
    ...{ status: 400, code: 'SerializationException', message: 'The request body is not valid JSON' },
    ask: () => ({ ...json('ListImages'), body: '{' }),
  },
  {
    kind: 'malformed',
    when: 'a value is of the wrong type',
    ...{ status: 400, code: 'SerializationException', message: 'NUMBER_VALUE can not be converted to a String' },
    ask: () => ({ ...json('ListImages'), body: '{"repositoryName":1}' }),
  },
  {
    kind: 'invalidInput',
    when: 'a constraint of the model is broken, which ECR calls by a name of its own',
    ...{ status: 400, code: 'InvalidParameterException' },
    message: "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must not be null'",
    ask: () => json('ListImages'),
  },
  {
    kind: 'bodyTooLarge',
    when: 'the body is longer than any that the operation takes',
    ...{ status: 413, code: 'RequestEntityTooLargeException' },
    message: 'The request body must not be longer than 1048576 bytes',
    ask: () => ({ ...json('ListImages'), body: long }),
  },
  {
    kind: 'notBuilt',
    when: 'the operation is not built',
    ...{ status: 501, code: 'UnsupportedOperationException' },
    message: 'The operation StartImageScan is not built yet in Stowage; see docs/compatibility.md',
    ask: () => json('StartImageScan'),
  },
];

const identity = query('Action=GetCallerIdentity');

const queryCases: readonly Omit<DoorCase, 'protocol'>[] = [
  {
    kind: 'missingSignature',
    when: 'there is no signature',
    ...{ status: 403, code: 'MissingAuthenticationToken', message: 'Request is missing Authentication Token' },
    ask: () => ({ ...identity, credentials: undefined }),
  },
  {
    kind: 'incompleteSignature',
    when: 'the Authorization header is of another kind',
    ...{ status: 400, code: 'IncompleteSignature', message: "Unsupported AWS 'algorithm': 'Basic'." },
    ask: () => ({ ...identity, headers: { ...form, authorization: 'Basic eDp5' }, credentials: undefined }),
  },
  {
    kind: 'unknownKey',
    when: 'nobody has the access key',
    ...{ status: 403, code: 'InvalidClientTokenId' },
    message: 'The security token included in the request is invalid.',
    ask: () => ({ ...identity, credentials: unknownKeys }),
  },
  {
    kind: 'invalidSignature',
    when: 'the secret is another',
    ...{ status: 403, code: 'SignatureDoesNotMatch', message: notMatching },
    ask: (app) => ({ ...identity, credentials: wrongSecret(app) }),
  },
  {
    kind: 'unknownOperation',
    when: 'the service has no such action',
    ...{ status: 400, code: 'InvalidAction' },
    message: 'Could not find operation Nothing for version 2011-06-15',
    ask: () => query('Action=Nothing'),
  },
  {
    kind: 'unknownForm',
    when: 'the method is another',
    ...{ status: 404, code: 'InvalidAction', message: 'The request PUT / is not supported' },
    ask: () => ({ ...identity, method: 'PUT' }),
  },
  {
    kind: 'missingAction',
    when: 'no action is named',
    ...{ status: 400, code: 'MissingAction', message: 'Missing Action' },
    ask: () => query('X=1'),
  },
  {
    kind: 'malformed',
    when: 'the body is no form',
    ...{ status: 400, code: 'MalformedInput', message: "The content type 'text/plain' is not supported" },
    ask: () => ({ ...identity, headers: { 'content-type': 'text/plain' } }),
  },
  {
    kind: 'malformedQuery',
    when: 'an escape in the form is none',
    ...{ status: 400, code: 'MalformedQueryString', message: /percent-encoded/ },
    ask: () => query('Action=%ff'),
  },
  {
    kind: 'invalidInput',
    when: 'a constraint of the model is broken',
    ...{ status: 400, code: 'ValidationError' },
    message:
      "1 validation error detected: Value 'short' at 'accessKeyId' failed to satisfy constraint: Member must have length greater than or equal to 16",
    ask: () => query('Action=GetAccessKeyInfo&AccessKeyId=short'),
  },
  {
    kind: 'invalidParameter',
    when: 'the operation finds that a parameter is none',
    ...{ status: 400, code: 'ValidationError' },
    message: "Invalid parameter at 'accessKeyId' failed to satisfy constraint: 'Member must be an access key id'",
    ask: () => query('Action=GetAccessKeyInfo&AccessKeyId=XXXX1111111111111111'),
  },
  {
    kind: 'bodyTooLarge',
    when: 'the body is longer than any that the service takes',
    ...{ status: 413, code: 'RequestEntityTooLarge' },
    message: 'The request body must not be longer than 1048576 bytes',
    ask: () => ({ ...identity, body: long }),
  },
  {
    kind: 'notBuilt',
    when: 'the operation is not built',
    ...{ status: 501, code: 'UnsupportedOperationException' },
    message: 'The operation CreateAccountAlias is not built yet in Stowage; see docs/compatibility.md',
    ask: () => ({ headers: form, service: 'iam', body: 'Action=CreateAccountAlias&Version=2010-05-08' }),
  },
];

export const doorCases: readonly DoorCase[] = [
  ...jsonCases.map((one): DoorCase => ({ protocol: 'json', ...one })),
  ...queryCases.map((one): DoorCase => ({ protocol: 'query', ...one })),
];

/** Status, code and text of a refusal in either protocol. */
export async function refusalOf(
  app: RunningApp,
  protocol: Protocol,
  asked: Partial<SignedRequest>,
): Promise<{ status: number; code: string; message: string; type: string | null }> {
  const service = protocol === 'json' ? 'ecr' : 'sts';
  const request = { url: app.url, service, credentials: app.credentials(), time: app.now(), ...asked };
  const { status, headers, body } = await sendSigned(request);
  const type = headers.get('content-type');
  if (protocol === 'json') {
    const { __type: code, message } = JSON.parse(body) as { __type: string; message: string };
    return { status, code, message, type };
  }
  const root = readXml(body);
  const error = childOf(root, 'Error');
  const [sender, id] = [childOf(error, 'Type').text, childOf(root, 'RequestId').text];
  if (root.name !== 'ErrorResponse' || id === '') throw new Error(`not the envelope of an error: ${body}`);
  if (sender !== (status < 500 ? 'Sender' : 'Receiver')) throw new Error(`${sender} is not at fault: ${body}`);
  return { status, code: childOf(error, 'Code').text, message: childOf(error, 'Message').text, type };
}
