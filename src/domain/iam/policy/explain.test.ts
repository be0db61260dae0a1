import { expect, test } from 'vitest';
import { explain } from './explain.ts';
import { contextOf, home, other, policyOf, repository, statement, userOf } from './test-requests.ts';

test('says of each statement that it matched, or what of it did not', () => {
  const condition = { StringEquals: { 'aws:PrincipalTag/team': 'red' }, Bool: { 'aws:SecureTransport': 'true' } };
  const identity = policyOf(
    [
      statement('Allow', { Sid: 'Other', Action: 's3:*' }),
      statement('Allow', { Resource: 'arn:aws:ecr:*:*:repository/x' }),
      statement('Deny', { Condition: condition }),
      statement('Allow'),
    ],
    { name: 'identity' },
  );
  const resource = policyOf([statement('Allow', { Principal: { AWS: other } })], { name: 'resource' });
  const outcomes = explain({
    principal: userOf(home, { identity: [identity] }),
    action: 'ecr:PutImage',
    resource: repository,
    resourceAccount: home,
    context: contextOf({ 'aws:SecureTransport': 'true' }),
    resourcePolicies: [resource],
  });
  const own = { policyType: 'identity-based', policy: 'identity' };
  const unmet = [{ operator: 'StringEquals', key: 'aws:PrincipalTag/team', values: ['red'] }];
  expect(outcomes).toEqual([
    {
      policyType: 'resource-based',
      policy: 'resource',
      statement: '1',
      effect: 'Allow',
      matched: false,
      failed: 'principal',
    },
    { ...own, statement: 'Other', effect: 'Allow', matched: false, failed: 'action' },
    { ...own, statement: '2', effect: 'Allow', matched: false, failed: 'resource' },
    { ...own, statement: '3', effect: 'Deny', matched: false, failed: 'condition', conditions: unmet },
    { ...own, statement: '4', effect: 'Allow', matched: true },
  ]);
});
