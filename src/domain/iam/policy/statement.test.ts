import { expect, test } from 'vitest';
import { matchesUnits, parseWildcard } from '../../../lib/wildcard.ts';
import { compileActions } from './actions.ts';
import { splitArn } from './arns.ts';
import { compileNotResources, compileResources } from './resources.ts';
import { contextOf, policyOf, repository, statement } from './test-requests.ts';

test.each([
  ['*', true],
  ['**', true],
  ['ecr:*', true],
  ['ECR:PUTIMAGE', true],
  ['ecr:Put*', true],
  ['ecr:Put?mage', true],
  ['ecr:?utImage', true],
  ['ecr:PutImages', false],
  ['ecr:putimag?e', false],
  ['e*:PutImage', false],
  ['ecr', false],
  ['ecr*', false],
  ['ecr-public:PutImage', false],
  ['s3:*', false],
  ['', false],
])('the action pattern %j covers ecr:PutImage: %s', (pattern, expected) => {
  expect(compileActions([pattern])('ecr:putimage')).toBe(expected);
});

const context = contextOf({ 'aws:username': 'team', 'aws:PrincipalTag/star': '*', 'aws:PrincipalTag/empty': '' });

test.each([
  ['*', true],
  [repository, true],
  ['arn:aws:ecr:*:*:repository/*', true],
  ['arn:aws:ecr:eu-west-1:111122223333:*', true],
  ['arn:*:ecr:eu-?est-1:1111*:repository/team/???', true],
  ['arn:aws:ecr:*:*:repository/${aws:username}/web', true],
  ["arn:aws:ecr:*:*:repository/${aws:absent, 'team'}/*", true],
  ['arn:aws:ecr:*:*:repository/team/web${aws:PrincipalTag/empty}', true],
  ['arn:aws:ecr:*:*:repository/${aws:PrincipalTag/star}', false],
  ['arn:aws:ecr:*:*:repository/${aws:absent}*', false],
  ['arn:aws:ecr:*:${aws:username}:repository/*', false],
  ['arn:aws:*:*:*:repository/*', false],
  ['arn:aws:e?r:*:*:repository/*', false],
  ['arn:aws:ecr:*:repository/*', false],
  ['arn:aws:ecr:*', false],
  ['*:repository/team/web', false],
  ['arn:aws:ecr:eu-west-1:111122223333:repository/Team/web', false],
  ['', false],
])('the resource pattern %j covers a repository: %s', (pattern, expected) => {
  expect(compileResources([pattern], true).matches(splitArn(repository), context)).toBe(expected);
});

test('only stars cover an action that has no resource', () => {
  const covers = (pattern: string): boolean => compileResources([pattern], true).matches(splitArn('*'), context);
  expect(covers('*')).toBe(true);
  expect(covers('***')).toBe(true);
  expect(covers('?')).toBe(false);
  expect(covers('arn:*:*:*:*:*')).toBe(false);
  expect(compileNotResources(['arn:*:*:*:*:*'], true, 'Allow').matches(splitArn('*'), context)).toBe(true);
});

test('in the old language a variable is text', () => {
  const pattern = 'arn:aws:ecr:*:*:repository/${aws:username}/web';
  expect(compileResources([pattern], false).matches(splitArn(repository), context)).toBe(false);
});

test('a variable without a value takes nothing out of a Deny and all it could out of an Allow', () => {
  const patterns = ['arn:aws:ecr:*:*:repository/${aws:absent}'];
  expect(compileNotResources(patterns, true, 'Allow').matches(splitArn(repository), context)).toBe(false);
  expect(compileNotResources(patterns, true, 'Deny').matches(splitArn(repository), context)).toBe(true);
  const elsewhere = ['arn:aws:s3:::${aws:absent}'];
  expect(compileNotResources(elsewhere, true, 'Allow').matches(splitArn(repository), context)).toBe(true);
});

test('a compiled policy tells which keys it reads', () => {
  const policy = policyOf([
    statement('Allow', {
      Resource: ['arn:aws:ecr:*:*:repository/${aws:PrincipalTag/Team}/*', '${aws:username}'],
      Condition: {
        StringEquals: { 'AWS:SourceVpce': ['vpce-1', '${ecr:ResourceTag/Net}'] },
        ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::${aws:PrincipalAccount}:role/*' },
        Null: { 'aws:TokenIssueTime': 'true' },
      },
    }),
  ]);
  const keys = ['aws:principalaccount', 'aws:principalarn', 'aws:principaltag/team', 'aws:sourcevpce'];
  expect([...policy.reads].toSorted()).toEqual([...keys, 'aws:tokenissuetime', 'ecr:resourcetag/net']);
});

test('actions that somebody makes up do not fill the memory', () => {
  const policy = policyOf([statement('Allow')]);
  for (let count = 0; count < 5000; count += 1) expect(policy.statementsFor(`ecr:x${count}`).allows).toHaveLength(1);
  expect(policy.statementsFor('ecr:x4999')).not.toBe(policy.statementsFor('ecr:x4999'));
  expect(policy.statementsFor('ecr:x1')).toBe(policy.statementsFor('ecr:x1'));
});

test('six stars against a name of 256 characters end at once', () => {
  const pattern = parseWildcard(`${'*a'.repeat(6)}*b`, 'one character');
  expect(matchesUnits(pattern, 'a'.repeat(256))).toBe(false);
  const resources = compileResources([`arn:aws:ecr:*:*:${'*a'.repeat(200)}b`], true);
  expect(resources.matches(splitArn(`arn:aws:ecr:eu-west-1:1:repository/${'a'.repeat(4096)}`), context)).toBe(false);
});
