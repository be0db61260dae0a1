import { describe, expect, test } from 'vitest';
import { checkEndpointPolicy } from './endpoint-policy.ts';
import { checkRegistryPolicy } from './registry-policy.ts';
import { checkRepositoryPolicy } from './repository-policy.ts';

const own = 'arn:aws:ecr:eu-central-1:123456789012:repository/team/app';
const good = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::210987654321:root' }, Action: 'ecr:BatchGetImage' };
const of = (...statements: object[]): object => ({ Version: '2012-10-17', Statement: statements });
const textOf = (document: object | string): string =>
  typeof document === 'string' ? document : JSON.stringify(document);
const user = 'arn:aws:iam::123456789012:user';

/** Faults that no policy of a resource or an endpoint may have, and what the operator of an endpoint is told. */
const faults: [what: string, document: object | string, words: string][] = [
  ['what is not JSON', '{', 'The endpoint policy is not a policy document in JSON.'],
  ['half a pair of surrogates', textOf(of(good)).replace('2012', '\ud800'), 'is not a policy document'],
  ['half a pair in an escape', `{"Id":"\\udc00","Statement":[${JSON.stringify(good)}]}`, 'is not a policy document'],
  ['a foreign element', of({ ...good, Extra: 1 }), 'is not a policy document'],
  ['no statement', of(), 'The endpoint policy is not valid. It has no statement.'],
  ['no Principal', of(good, { ...good, Principal: undefined }), 'not valid. Statement 2 has no Principal.'],
  ['an empty Principal', of({ ...good, Principal: {} }), 'Statement 1 has a Principal that names nobody.'],
  ['a wildcard in a name', of({ ...good, Principal: { AWS: `${user}/*` } }), `the invalid principal "${user}/*".`],
  ['a service that is none', of({ ...good, Principal: { Service: 'lambda' } }), 'the invalid principal "lambda".'],
  ['a canonical user', of({ ...good, Principal: { CanonicalUser: 'abc' } }), 'the invalid principal "abc".'],
  ['a provider that is none', of({ ...good, Principal: { Federated: 'x' } }), 'the invalid principal "x".'],
  [
    'an allow for everybody but somebody',
    of({ ...good, Principal: undefined, NotPrincipal: { AWS: user } }),
    'Statement 1 allows with NotPrincipal.',
  ],
  [
    'a denial for everybody but nobody in particular',
    of({ ...good, Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: [] } }),
    'Statement 1 has a Principal that names nobody.',
  ],
  ['no Action', of({ ...good, Action: undefined }), 'Statement 1 has no Action.'],
  ['an empty list of actions', of({ ...good, Action: [] }), 'Statement 1 has no Action.'],
  ['an action without a service', of({ ...good, Action: 'BatchGetImage' }), 'the invalid action "BatchGetImage".'],
  ['an operator that is none', of({ ...good, Condition: { Is: { a: 'b' } } }), 'has an unknown condition operator.'],
  ['a date that is none', of({ ...good, Condition: { DateEquals: { a: '1.1.2026' } } }), 'with a date that is none.'],
];

const accepted: [what: string, document: object][] = [
  ['an older or no version', { Statement: good }],
  ['one statement', { Version: '2008-10-17', Id: 'x', Statement: good }],
  ['everybody', of({ ...good, Principal: '*' }, { ...good, Principal: { AWS: '*' } })],
  ['an account by its digits', of({ ...good, Principal: { AWS: ['210987654321'] } })],
  ['services', of({ ...good, Principal: { Service: ['lambda.amazonaws.com', 'codebuild.amazonaws.com'] } })],
  ['a denial for everybody but some', of({ Effect: 'Deny', NotPrincipal: { AWS: `${user}/a` }, Action: 'ecr:*' })],
  ['all actions', of({ ...good, Action: ['ecr:*', '*'] }, { ...good, Action: undefined, NotAction: 'ecr:PutImage' })],
  ['actions of ECR that are not here', of({ ...good, Action: ['ecr:NobodyKnows', 'ECR:batchget*'] })],
  ['Sids with spaces, and one twice', of({ ...good, Sid: 'new policy' }, { ...good, Sid: 'new policy' })],
  ['a condition', of({ ...good, Condition: { StringLike: { 'aws:sourceARN': 'arn:aws:lambda:*' } } })],
  ['any character', of({ ...good, Sid: '日本 😀' })],
];

describe('a repository policy', () => {
  const refusal = expect.objectContaining({
    kind: 'invalidParameter',
    message: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
  });

  test.each(faults)('is refused with %s', (_, document) => {
    expect(() => checkRepositoryPolicy(textOf(document), own)).toThrow(refusal);
  });

  test.each(accepted)('may have %s', (_, document) => {
    expect(checkRepositoryPolicy(textOf(document), own).statements).not.toEqual([]);
  });

  test('may be what the guides of ECR and Lambda show', () => {
    const pull = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
    const lambda = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: pull };
    const ofFunctions = { StringLike: { 'aws:sourceARN': 'arn:aws:lambda:us-east-1:111122223333:function:*' } };
    const document = of(
      { Sid: 'AllowPushPull', Effect: 'Allow', Principal: { AWS: [`${user}/a`, `${user}/b`] }, Action: pull },
      { Sid: 'CrossAccountPermission', ...good, Resource: '*' },
      { Sid: 'DenyPull', Effect: 'Deny', Principal: '*', Action: pull },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'ecr:*',
        Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
      },
      { Sid: 'LambdaECRImageRetrievalPolicy', ...lambda },
      { Sid: 'LambdaECRImageCrossAccountRetrievalPolicy', ...lambda, Condition: ofFunctions },
    );
    expect(checkRepositoryPolicy(textOf(document), own).statements).toHaveLength(6);
  });

  test.each([['*'], [own], [['*', own]]])('may have the Resource %j', (Resource) => {
    expect(checkRepositoryPolicy(textOf(of({ ...good, Resource })), own).statements).toHaveLength(1);
  });

  test.each([
    ['the ARN of another repository', { Resource: `${own}2` }],
    ['a pattern', { Resource: own.replace('app', '*') }],
    ['its own and another', { Resource: [own, 'arn:aws:s3:::b'] }],
    ['an empty list', { Resource: [] }],
    ['NotResource', { NotResource: own }],
  ])('is refused with %s for a Resource', (_, resource) => {
    expect(() => checkRepositoryPolicy(textOf(of({ ...good, ...resource })), own)).toThrow(refusal);
  });

  test.each(['s3:GetObject', 'ecr-public:GetRepositoryPolicy', '*:*', 'ecr:', 'ecr:Put Image', 'ecr:a:b', ''])(
    'is refused with the action %j',
    (Action) => {
      expect(() => checkRepositoryPolicy(textOf(of({ ...good, Action })), own)).toThrow(refusal);
    },
  );
});

describe('a registry policy', () => {
  const registry = { account: '123456789012', region: 'eu-central-1' };
  const Resource = 'arn:aws:ecr:eu-central-1:123456789012:repository/*';
  const replicates = { ...good, Action: ['ecr:ReplicateImage', 'ecr:createrepository'], Resource };
  const refusal = expect.objectContaining({
    kind: 'invalidParameter',
    message: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'",
  });

  test.each(faults)('is refused with %s', (_, document) => {
    const text = textOf(document).replaceAll('"Effect"', '"Resource":"*","Effect"');
    expect(() => checkRegistryPolicy(text, registry, 'V2')).toThrow(refusal);
  });

  test.each(accepted)('may have %s under scope V2', (_, document) => {
    const text = textOf(document).replaceAll('"Effect"', '"Resource":"*","Effect"');
    expect(checkRegistryPolicy(text, registry, 'V2').statements).not.toEqual([]);
  });

  test.each([
    ['absent', undefined],
    ['an empty list', []],
    ['of another service', 'arn:aws:s3:::b'],
    ['of another partition', Resource.replace('aws', 'aws-cn')],
    ['no ARN', 'repository/*'],
    ['an ARN that lacks a segment', 'arn:aws:ecr:eu-central-1:repository/*'],
  ])('is refused where Resource is %s', (_, resource) => {
    const text = textOf(of({ ...replicates, Resource: resource }));
    expect(() => checkRegistryPolicy(text, registry, 'V2')).toThrow(refusal);
  });

  test('may name what is not there, and everything but something', () => {
    const document = of(
      { ...replicates, Resource: ['*', 'arn:aws:ecr:eu-central-2:1:repsitory/x'] },
      { ...good, Effect: 'Deny', NotResource: Resource },
    );
    expect(checkRegistryPolicy(textOf(document), registry, 'V2').statements).toHaveLength(2);
  });

  test('speaks under scope V1 of replication and pull through cache only', () => {
    const ofCache = { ...replicates, Action: 'ecr:BatchImportUpstreamImage' };
    expect(checkRegistryPolicy(textOf(of(replicates, ofCache)), registry, 'V1').statements).toHaveLength(2);
    for (const action of [{ Action: 'ecr:*' }, { Action: '*' }, { Action: ['ecr:ReplicateImage', 'ecr:PutImage'] }]) {
      const text = textOf(of(replicates, { ...replicates, ...action }));
      expect(() => checkRegistryPolicy(text, registry, 'V1')).toThrow(refusal);
      expect(checkRegistryPolicy(text, registry, 'V2').statements).toHaveLength(2);
    }
    const allBut = textOf(of({ ...replicates, Action: undefined, NotAction: 'ecr:ReplicateImage' }));
    expect(() => checkRegistryPolicy(allBut, registry, 'V1')).toThrow(refusal);
  });
});

describe('an endpoint policy', () => {
  test.each(faults)('is refused with %s', (_, document, words) => {
    expect(() => checkEndpointPolicy(textOf(document))).toThrow(words);
  });

  test.each(accepted)('may have %s', (_, document) => {
    expect(checkEndpointPolicy(textOf(document)).statements).not.toEqual([]);
  });

  test('may speak of any service and resource, or of none', () => {
    const document = of({ ...good, Action: ['sts:*', 's3:Get'], Resource: 'arn:aws:s3:::x/*' }, good);
    expect(checkEndpointPolicy(textOf(document)).statements).toHaveLength(2);
  });

  test('has at most 20,480 characters, white space included', () => {
    const text = textOf(of(good)).padEnd(20_480);
    expect(checkEndpointPolicy(text).statements).toHaveLength(1);
    const words = 'The endpoint policy has 20481 characters; 20480 are allowed.';
    expect(() => checkEndpointPolicy(`${text} `)).toThrow(words);
  });
});
