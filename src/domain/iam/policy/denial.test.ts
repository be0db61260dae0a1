import { expect, test } from 'vitest';
import type { PolicyType, Reason } from './decide.ts';
import { denialText } from './denial.ts';
import { home, other, repository, sessionOf } from './test-requests.ts';

const arn = `arn:aws:iam::${home}:policy/limits`;

function textOf(account: string, reason: Partial<Reason>, resource = repository): string {
  const full: Reason = { effect: 'explicit-deny', policyType: 'identity-based', detail: '', ...reason };
  return denialText({ principal: sessionOf(account), action: 'ecr:PutImage', resource }, full);
}

const start = (account: string, resource = repository): string =>
  `User: arn:aws:sts::${account}:assumed-role/builder/run is not authorized to perform: ecr:PutImage on resource: ${resource}`;

const names: readonly (readonly [PolicyType, lacking: string, denying: string, told: boolean])[] = [
  ['identity-based', 'identity-based policy', 'an identity-based policy', true],
  ['resource-based', 'resource-based policy', 'a resource-based policy', false],
  ['permissions-boundary', 'permissions boundary', 'a permissions boundary', true],
  ['session', 'session policy', 'a session policy', true],
  ['vpc-endpoint', 'VPC endpoint policy', 'a VPC endpoint policy', false],
  ['service-control', 'service control policy', 'a service control policy', true],
  ['resource-control', 'resource control policy', 'a resource control policy', true],
  ['trust', 'role trust policy', 'the role trust policy', false],
];

test.each(names)('says that no %s policy allows, or that one denies', (policyType, lacking, denying, told) => {
  const lacks = textOf(home, { effect: 'implicit-deny', policyType, policy: arn });
  expect(lacks).toBe(`${start(home)} because no ${lacking} allows the ecr:PutImage action`);
  const denies = textOf(home, { policyType, policy: arn });
  expect(denies).toBe(`${start(home)} with an explicit deny in ${denying}${told ? `: ${arn}` : ''}`);
});

test('does not tell policies to callers of another account, nor those that have no ARN, nor statements', () => {
  const plain = 'with an explicit deny in an identity-based policy';
  expect(textOf(other, { policy: arn, statement: 'Sid' })).toBe(`${start(other)} ${plain}`);
  expect(textOf(home, { policy: 'inline', statement: 'Sid' })).toBe(`${start(home)} ${plain}`);
  expect(textOf(home, {})).toBe(`${start(home)} ${plain}`);
});

test('an action without a resource is in the own account', () => {
  expect(textOf(other, { policy: arn }, '*')).toBe(
    `${start(other, '*')} with an explicit deny in an identity-based policy: ${arn}`,
  );
});
