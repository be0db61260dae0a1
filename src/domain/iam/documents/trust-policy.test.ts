import { describe, expect, test } from 'vitest';
import { invalidPrincipal } from './refusals.ts';
import { checkTrustPolicy } from './trust-policy.ts';

const account = 'arn:aws:iam::123456789012:root';
const good = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' };
const of = (...statements: unknown[]): object => ({ Version: '2012-10-17', Statement: statements });
const trusting = (Principal: unknown): object => of({ ...good, Principal });
const without = (name: keyof typeof good): object => of({ ...good, [name]: undefined });
const textOf = (document: object | string): string =>
  typeof document === 'string' ? document : JSON.stringify(document);

const syntax = 'Syntax error in policy.';
const notJson = 'This policy contains invalid Json';
const empty = 'Could not parse the policy: Statement is empty!';
const actions = 'AssumeRole policy may only specify STS AssumeRole actions.';
const federated = 'Federated principals must be valid domain names or SAML metadata ARNs';
const aws = (name: string): string => `Invalid principal in policy: "AWS":"${name}"`;

/** What IAM is known to answer (transcripts of the service), and what follows from that. */
const refusals: [what: string, document: object | string, words: string][] = [
  ['what is not JSON', '{"Version":"2012-10-17",}', notJson],
  ['an empty text', '', notJson],
  ['a character that is not of Latin 1', '{"Id":"Ā"}', notJson],
  ['white space before it', ` ${textOf(of(good))}`, 'JSON strings must not have leading spaces'],
  ['a list', '[]', syntax],
  ['a member that stands twice', `{"Statement":[],"Statement":${JSON.stringify([good])}}`, syntax],
  ['more nesting than policies have', `{"Statement":${'['.repeat(50)}${']'.repeat(50)}}`, syntax],
  ['a foreign element', { ...of(good), statement: [] }, 'Unknown field statement'],
  ['a member __proto__', '{"__proto__":{},"Statement":[]}', 'Unknown field __proto__'],
  ['a foreign element in a statement', of({ ...good, _comment: 'x' }), 'Unknown field _comment'],
  ['an unknown version', { ...of(good), Version: '2020-01-01' }, 'The policy must contain a valid version string'],
  ['no statement', { Version: '2012-10-17' }, empty],
  ['null for a statement', { Statement: null }, empty],
  ['an empty list of statements', of(), empty],
  ['a statement that is a text', of('x'), syntax],
  ['no Effect', without('Effect'), 'Missing required field Effect'],
  ['an empty Effect', of({ ...good, Effect: '' }), 'Missing required field Effect'],
  ['an Effect that is none', of({ ...good, Effect: 'Maybe' }), 'Invalid effect: Maybe'],
  ['an Effect that is a number', of({ ...good, Effect: 1 }), syntax],
  ['no Principal', without('Principal'), 'Missing required field Principal'],
  ['an empty Principal', trusting({}), 'Missing required field Principal cannot be empty!'],
  ['a Principal with an empty list', trusting({ AWS: [] }), 'Missing required field Principal cannot be empty!'],
  ['a Principal that is a text', trusting(account), 'Principal must be a JSON object.'],
  ['a Principal that is a star', trusting('*'), 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'],
  ['a kind of Principal that is none', trusting({ Role: 'x' }), 'Invalid principal in policy: "Role"'],
  ['a canonical user', trusting({ CanonicalUser: 'a1b2' }), 'Invalid principal in policy: "CanonicalUser"'],
  ['a Principal that is a number', trusting({ AWS: 1 }), syntax],
  ['a name that is no ARN', trusting({ AWS: 'bob' }), aws('bob')],
  ['an account of 11 digits', trusting({ AWS: ['*', '12345678901'] }), aws('12345678901')],
  ['a wildcard in a name', trusting({ AWS: `${account.slice(0, -4)}role/*` }), aws('arn:aws:iam::123456789012:role/*')],
  ['a group', trusting({ AWS: `${account.slice(0, -4)}group/a` }), aws('arn:aws:iam::123456789012:group/a')],
  ['a unique id', trusting({ AWS: 'AROAEXAMPLEEXAMPLE12' }), aws('AROAEXAMPLEEXAMPLE12')],
  ['a service that is none', trusting({ Service: 'ec2' }), 'Invalid principal in policy: "SERVICE":"ec2"'],
  ['every service', trusting({ Service: '*' }), 'Invalid principal in policy: "SERVICE":"*"'],
  ['a provider that is none', trusting({ Federated: 'arn:aws:iam//123456789012:oidc-provider/x' }), federated],
  ['an empty provider', trusting({ Federated: '' }), federated],
  [
    'NotPrincipal',
    of({ ...good, Principal: undefined, NotPrincipal: { AWS: '*' } }),
    'Allow with NotPrincipal is not allowed.',
  ],
  [
    'a denial with NotPrincipal',
    of({ Effect: 'Deny', NotPrincipal: { AWS: account }, Action: 'sts:AssumeRole' }),
    'AssumeRole policy must not contain NotPrincipal field.',
  ],
  ['Principal and NotPrincipal', of({ ...good, NotPrincipal: '*' }), syntax],
  ['an operator that is none', of({ ...good, Condition: { Equals: { a: 'b' } } }), syntax],
  ['a date that is none', of({ ...good, Condition: { DateLessThan: { a: 'tomorrow' } } }), syntax],
  ['no Action', without('Action'), 'Missing required field Action'],
  ['an empty list of actions', of({ ...good, Action: [] }), 'Missing required field Action'],
  ['every action', of({ ...good, Action: '*' }), actions],
  ['an action of another service', of({ ...good, Action: ['sts:AssumeRole', 's3:GetObject'] }), actions],
  ['an action of STS that is misspelt', of({ ...good, Action: 'sts:AssumeRoleWithWebIdendity' }), actions],
  ['an action of STS that no role has', of({ ...good, Action: 'sts:GetCallerIdentity' }), actions],
  ['everything but an action', of({ ...good, Action: undefined, NotAction: 'iam:x' }), actions],
  ['a Resource', of({ ...good, Resource: '*' }), 'Has prohibited field Resource.'],
  ['a NotResource', of({ ...good, NotResource: '*' }), 'AssumeRole policy must not contain resources.'],
  ['a Sid twice', of({ ...good, Sid: 'a' }, { ...good, Sid: 'a' }), 'The Statement Ids in the policy are not unique'],
  ['a Sid twice after a fault', of({ ...good, Sid: 'a' }, { ...good, Sid: 'a', Action: '*' }), actions],
];

const accepted: [what: string, document: object][] = [
  ['one statement without a version', { Statement: good }],
  ['an account by its digits', trusting({ AWS: '123456789012' })],
  ['everybody', trusting({ AWS: '*' })],
  [
    'a user, a role and a session',
    trusting({ AWS: ['user/a/b', 'role/c'].map((one) => account.replace('root', one)) }),
  ],
  ['a session', trusting({ AWS: 'arn:aws:sts::123456789012:assumed-role/r/session' })],
  ['services', trusting({ Service: ['ecs-tasks.amazonaws.com', 'ec2.amazonaws.com.cn'] })],
  [
    'providers',
    trusting({ Federated: ['cognito-identity.amazonaws.com', 'arn:aws:iam::123456789012:oidc-provider/a/b'] }),
  ],
  [
    'actions with tags and source identity',
    of({ ...good, Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] }),
  ],
  ['actions in any case, and with wildcards', of({ ...good, Action: ['STS:assumerole', 'sts:AssumeRole*'] })],
  ['a condition', of({ ...good, Condition: { StringEquals: { 'sts:ExternalId': 'x' } } })],
  ['a denial', of(good, { ...good, Effect: 'Deny' })],
  ['Sids with spaces, and empty ones', of({ ...good, Sid: 'a b' }, { ...good, Sid: '' }, { ...good, Sid: '' })],
];

describe('a trust policy', () => {
  test.each(refusals)('is refused with %s', (_, document, words) => {
    expect(() => checkTrustPolicy(textOf(document))).toThrow(
      expect.objectContaining({ kind: 'malformedPolicyDocument', message: words }),
    );
  });

  test.each(accepted)('may have %s', (_, document) => {
    expect(checkTrustPolicy(textOf(document)).statements).not.toEqual([]);
  });

  test('is not explained where it is longer than any', () => {
    const text = textOf({ ...of(good), Foreign: 'x'.repeat(131_072) });
    expect(() => checkTrustPolicy(text)).toThrow(syntax);
  });

  test('names a principal that is not there in the words of IAM', () => {
    expect(invalidPrincipal('AWS', `${account}\u0000`).message).toBe(aws(`${account}\ufffd`));
    expect(invalidPrincipal('Service', 'ec2').message).toBe('Invalid principal in policy: "SERVICE":"ec2"');
  });
});
