import { describe, expect, test } from 'vitest';
import { listManagedPolicies } from '../facts/managed-policies.ts';
import { checkIdentityPolicy, checkSessionPolicy } from './identity-policy.ts';

const good = { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::bucket' };
const of = (...statements: object[]): object => ({ Version: '2012-10-17', Statement: statements });
const withResource = (Resource: unknown): object => of({ ...good, Resource });
const withAction = (Action: unknown): object => of({ ...good, Action });
const withCondition = (Condition: unknown): object => of({ ...good, Condition });
const textOf = (document: object | string): string =>
  typeof document === 'string' ? document : JSON.stringify(document);

const syntax = 'Syntax errors in policy.';
const legacy = 'The policy failed legacy parsing';
const version = 'Policy document must be version 2012-10-17 or greater.';
const principal = 'Policy document should not specify a principal.';
const unique = 'Statement IDs (SID) in a single policy must be unique.';
const alphanumeric =
  'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*';
const noActions = 'Policy statement must contain actions.';
const noResources = 'Policy statement must contain resources.';
const vendor = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
const colon = 'Actions/Condition can contain only one colon.';
const iamPath =
  'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.';
const unqualified = 'Resource vendor must be fully qualified and cannot contain regexes.';
const noArn = (resource: string): string => `Resource ${resource} must be in ARN format or "*".`;
const partition = (name: string, arn: string): string => `Partition "${name}" is not valid for resource "${arn}".`;

/** What IAM is known to answer (transcripts of the service), and what follows from that. */
const refusals: [what: string, document: object | string, words: string][] = [
  ['what is not JSON', 'This is no document', syntax],
  ['an empty text', '', syntax],
  ['a number', '1', syntax],
  ['a list', '[]', syntax],
  ['a character that is not of Latin 1', textOf(of({ ...good, Sid: 'Ā' })), syntax],
  ['half a pair of surrogates in an escape', '{"Version":"2012-10-17","Id":"\\ud800","Statement":[]}', syntax],
  ['a member that stands twice', '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}', syntax],
  ['an unknown version', { Version: '2013-10-17', Statement: good }, syntax],
  ['no statement', { Version: '2012-10-17' }, syntax],
  ['an empty list of statements', of(), syntax],
  ['a statement that is a text', { Version: '2012-10-17', Statement: ['afd'] }, syntax],
  ['a foreign element in the document', { ...of(good), Extra: 'value' }, syntax],
  ['a foreign element in a statement', of({ ...good, Extra: 'value' }), syntax],
  ['an Id that is a list', { ...of(good), Id: ['a'] }, syntax],
  ['a Sid that is an object', of({ ...good, Sid: {} }), syntax],
  ['no Effect', of({ Action: 's3:*', Resource: '*' }), syntax],
  ['an Effect that is none', of({ ...good, Effect: 'Maybe' }), syntax],
  ['Action and NotAction', of({ ...good, NotAction: 'iam:x' }), syntax],
  ['Resource and NotResource', of({ ...good, NotResource: '*' }), syntax],
  ['an Action that is an object', withAction({}), syntax],
  ['an Action that is a list in a list', withAction([[]]), syntax],
  ['a Resource that is an object', withResource({ a: 'b' }), syntax],
  ['a Condition that is a list', withCondition([]), syntax],
  ['a Condition that is a text', withCondition('a'), syntax],
  ['an operator with a text', withCondition({ DateGreaterThan: 'b' }), syntax],
  ['a condition key with an object', withCondition({ DateGreaterThan: { a: {} } }), syntax],
  ['an operator that is none', withCondition({ x: { a: '1' } }), syntax],
  ['a set operator with two colons', withCondition({ 'ForAnyValue::StringEqualsIfExists': { a: 'b' } }), syntax],
  ['a Null that may be missing', withCondition({ NullIfExists: { a: 'true' } }), syntax],
  ['a Principal', of({ ...good, Principal: '*' }), principal],
  ['a NotPrincipal', of({ ...good, NotPrincipal: { AWS: '123456789012' } }), principal],
  ['a Principal before the version', { Statement: { ...good, Principal: '*' } }, principal],
  ['no version', { Statement: good }, version],
  ['the older version', { Version: '2008-10-17', Statement: good }, version],
  ['no version before a date', { Statement: { ...good, Condition: { DateEquals: { a: 'sdf' } } } }, version],
  ['white space before the document', ` ${textOf(of(good))}`, legacy],
  ['a line before the document', `\n${textOf(of(good))}`, legacy],
  ['a date that is a word', withCondition({ DateGreaterThan: { a: 'sdfdsf' } }), legacy],
  ['a month 13', withCondition({ DateLessThanEquals: { a: '234-13' } }), legacy],
  ['a day 32', withCondition({ DateLessThanEquals: { a: '2026-01-32' } }), legacy],
  ['an hour 25', withCondition({ DateLessThanEquals: { a: '2026-01-31T25:00:00Z' } }), legacy],
  ['a minute 60', withCondition({ DateLessThanEquals: { a: '2026-01-31T23:60:00Z' } }), legacy],
  ['a second 60', withCondition({ DateLessThanEquals: { a: '2026-01-31T23:59:60Z' } }), legacy],
  ['a zone of one digit', withCondition({ DateLessThanEquals: { a: '2016-12-13t2:00:00.593194+1' } }), legacy],
  ['ten digits of a second', withCondition({ DateLessThan: { a: '2016-12-13t2:00:00.1999999999+10:59' } }), legacy],
  [
    'seconds beyond 63 bits',
    withCondition({ 'ForAnyValue:DateLessThanIfExists': { a: '9223372036854775808' } }),
    legacy,
  ],
  ['a date before a resource', of({ ...good, Resource: 'b', Condition: { DateEquals: { a: 'b' } } }), legacy],
  ['an ARN without a region', withResource('arn:aws:s3::bucket'), legacy],
  ['an ARN without a service', withResource('arn:aws::::bucket'), legacy],
  ['an ARN without a service and more', withResource('arn:aws::fdsasf'), legacy],
  ['an ARN whose partition and service are one', withResource('arn:awss3::example-bucket/*'), legacy],
  ['an ARN with a variable as account', withResource('arn:aws:iam::${aws:PrincipalAccount}:role/x'), legacy],
  ['an ARN with a placeholder as account', withResource('arn:aws:ssm:eu-west-1:ACCOUNT_ID:parameter/x'), legacy],
  ['a NotResource without a region', of({ Effect: 'Allow', Action: 's3:x', NotResource: 'arn:aws:s3::b' }), legacy],
  ['an ARN without a region before missing actions', of({ Effect: 'Allow', Resource: 'arn:aws:s3::b' }), legacy],
  ['a Sid with a hyphen', of({ ...good, Sid: 'a-b' }), alphanumeric],
  ['a Sid with a space', of({ ...good, Sid: 'a b' }), alphanumeric],
  ['a Sid twice', of({ ...good, Sid: 'sdf' }, { Sid: 'sdf', Effect: 'Allow' }), unique],
  ['no actions', of({ Effect: 'Allow', Resource: '*' }), noActions],
  ['no actions and no resources', of({ Effect: 'Allow' }), noActions],
  ['no actions in the first of two', of({ Effect: 'Deny' }, good), noActions],
  ['an empty list of actions', withAction([]), noActions],
  ['an empty list of NotAction', of({ Effect: 'Allow', NotAction: [], Resource: '*' }), noActions],
  ['no resources', of({ Effect: 'Allow', Action: 's3:x' }), noResources],
  ['an empty list of resources', withResource([]), noResources],
  ['no resources before an action', of({ Effect: 'Allow', Action: 'invalid' }), noResources],
  ['a resource without a colon', withResource('invalid resource'), noArn('invalid resource')],
  ['an empty resource', withResource(''), noArn('')],
  ['a resource in a list', withResource(['*', 'adf']), noArn('adf')],
  ['a resource before an action', of({ ...good, Action: 's:3:x', Resource: 'sdf' }), noArn('sdf')],
  ['a resource that only ends like an ARN', withResource('x:aws:s3:::b'), noArn('x:aws:s3:::b')],
  ['a partition in two segments', withResource('a:bsdf'), partition('bsdf', 'arn:bsdf:*:*:*:*')],
  ['a partition in three segments', withResource('a:b:cadf'), partition('b', 'arn:b:cadf:*:*:*')],
  ['a partition in eight segments', withResource('a:b:c:d:e:f:g:h'), partition('b', 'arn:b:c:d:e:f:g:h')],
  ['an ARN without arn', withResource('aws:s3:::b'), partition('s3', 'arn:s3:::b:*')],
  ['an ARN that begins with its service', withResource('s3::b/*'), partition('', 'arn::b/*:*:*:*')],
  ['an unknown partition', withResource('arn:aws2:s3:::b/*'), partition('aws2', 'arn:aws2:s3:::b/*')],
  [
    'an unknown partition before an ARN that lacks a segment',
    withResource(['arn:error:s3:::b', 'arn:error:s3::b']),
    partition('error', 'arn:error:s3:::b'),
  ],
  ['a partition that is a wildcard', withResource('arn:*:s3:::b'), partition('*', 'arn:*:s3:::b')],
  ['an ARN without anything', withResource('arn:aws'), unqualified],
  ['a service with a wildcard', withResource('arn:aws:s*:::b'), unqualified],
  [
    'IAM in a region',
    withResource('arn:aws:iam:us-east-1::user/b'),
    'IAM resource arn:aws:iam:us-east-1::user/b cannot contain region information.',
  ],
  [
    'a bucket in a region',
    withResource('arn:aws:s3:us-east-1::bucket'),
    'Resource arn:aws:s3:us-east-1::bucket can not contain region information.',
  ],
  ['something of IAM that is not there', withResource('arn:aws:iam:::example_bucket'), iamPath],
  ['any kind of IAM by its name', withResource('arn:aws:iam::123456789012:*/x'), iamPath],
  ['an action without a vendor', withAction('invalid'), vendor],
  ['an empty action', withAction(''), vendor],
  ['an empty NotAction', of({ Effect: 'Allow', NotAction: '', Resource: '*' }), vendor],
  ['a vendor with a space', withAction('a a:ListBucket'), 'Vendor a a is not valid'],
  ['an empty vendor', withAction(':GetObject'), 'Vendor  is not valid'],
  ['a vendor with a wildcard', withAction('ec*:PutImage'), 'Vendor ec* is not valid'],
  ['an action with two colons', withAction('s3:List:Bucket'), colon],
  ['the second action with two colons', withAction(['s3s:ListBucket', 's:3s:ListBucket']), colon],
];

const accepted: [what: string, document: object][] = [
  ['one statement', { Version: '2012-10-17', Statement: good }],
  ['lists of one', of({ ...good, Action: ['s3:a'], Resource: ['*'] })],
  ['services that are not here', of({ ...good, Action: 'fsx:DoAnything', Resource: 'arn:aws:fsx:us-east-1::x' })],
  ['services that nobody has', of({ ...good, Action: 'service-prefix:action-name', Resource: 'arn:aws:s33:::b' })],
  ['an action with spaces', withAction('iam: asdf safdsf af ')],
  ['everything', of({ Effect: 'Allow', Action: '*', Resource: '*' })],
  ['everything but', of({ Effect: 'Deny', NotAction: ['sts:*'], NotResource: 'arn:aws:s3:::b/*' })],
  ['an ARN of three segments', withResource('arn:aws:fdsasf')],
  ['an ARN of China', withResource('arn:aws-cn:ecr:cn-north-1:123456789012:repository/*')],
  ['an access point', withResource('arn:aws:s3:us-east-1:123456789012:accesspoint/x')],
  ['a variable', withResource('arn:aws:iam::*:user/${aws:username}')],
  ['root and all of IAM', withResource(['arn:aws:iam::123456789012:root', 'arn:aws:iam::123456789012:*'])],
  ['a wildcard at the end of a kind of IAM', withResource('arn:aws:iam::123456789012:role*')],
  ['a policy of AWS', withResource('arn:aws:iam::aws:policy/*')],
  ['empty Sids', of({ ...good, Sid: '' }, { ...good, Sid: '' })],
  ['an empty condition', withCondition({})],
  ['an operator without keys', withCondition({ whatever: {} })],
  ['a key without values', withCondition({ DateGreaterThan: { a: [] } })],
  ['any case of operators', withCondition({ 'foranyvalue:STRINGEQUALSifexists': { 'aws:TagKeys': 'a' } })],
  ['Null', withCondition({ Null: { 'aws:TokenIssueTime': 'true' }, 'ForAllValues:Null': { a: true } })],
  [
    'dates',
    withCondition({
      DateGreaterThan: { a: ['2017-07-01T00:00:00Z', '2017', '1767225600', '2026-01-01T01:02:03.5+01:00'] },
    }),
  ],
  ['numbers and booleans', withCondition({ Bool: { a: true }, NumericLessThan: { b: 5 } })],
  ['characters of Latin 1', { ...of(good), Id: 'Grüße' }],
];

describe('a managed policy', () => {
  test.each(refusals)('is refused with %s', (_, document, words) => {
    expect(() => checkIdentityPolicy(textOf(document))).toThrow(
      expect.objectContaining({ kind: 'malformedPolicyDocument', message: words }),
    );
  });

  test.each(accepted)('may have %s', (_, document) => {
    expect(checkIdentityPolicy(textOf(document)).version).toBe('2012-10-17');
  });

  test('may be any of those that AWS manages', () => {
    for (const { document } of listManagedPolicies()) expect(checkIdentityPolicy(document).statements).not.toEqual([]);
  });

  test('is not repeated in a refusal without end, nor with what XML cannot hold', () => {
    const resource = `\u0001\ud83d\ude00${'x'.repeat(5000)}`;
    const escaped = JSON.stringify(withResource(resource)).replace('\ud83d\ude00', '\\ud83d\\ude00');
    const words = `Resource \ufffd\ud83d\ude00${'x'.repeat(1021)} must be in ARN format or "*".`;
    expect(() => checkIdentityPolicy(escaped)).toThrow(words);
  });
});

describe('an inline policy', () => {
  test.each([{ Statement: good }, { Version: '2008-10-17', Statement: [good] }])('may be old: %j', (document) => {
    expect(checkIdentityPolicy(textOf(document), 'inline').version).toBe('2008-10-17');
  });

  test.each(refusals.filter(([, , words]) => words !== version))('is refused with %s', (_, document, words) => {
    expect(() => checkIdentityPolicy(textOf(document), 'inline')).toThrow(words);
  });
});

describe('a session policy', () => {
  test('may be old, and begin where it likes', () => {
    expect(checkSessionPolicy(` ${textOf({ Statement: good })}`).statements).toHaveLength(1);
  });

  test.each(refusals.filter(([, , words]) => words === syntax))('is not read with %s', (_, document) => {
    expect(() => checkSessionPolicy(textOf(document))).toThrow(
      expect.objectContaining({
        kind: 'malformedPolicyDocument',
        message: 'The policy is not in the valid JSON format.',
      }),
    );
  });

  test.each([
    [of({ Effect: 'Allow', Action: 's3:x' }), noResources],
    [of({ ...good, Principal: '*' }), principal],
    [withAction('invalid'), vendor],
  ])('is refused as that of an identity: %j', (document, words) => {
    expect(() => checkSessionPolicy(textOf(document))).toThrow(words);
  });

  test('has at most 2,048 characters, white space included', () => {
    const text = textOf(of(good)).padEnd(2048);
    expect(checkSessionPolicy(text).statements).toHaveLength(1);
    expect(() => checkSessionPolicy(`${text} `)).toThrow(
      expect.objectContaining({
        kind: 'packedPolicyTooLarge',
        message: 'Packed policy consumes 101% of allotted space, please use smaller policy.',
      }),
    );
  });
});
