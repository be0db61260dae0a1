import { describe, expect, test } from 'vitest';
import {
  conditionKeysOf,
  conditionKeyType,
  findAction,
  globalConditionKeys,
  isKnownAction,
  listActions,
  resourceTypesOf,
} from './actions.ts';

describe('actions', () => {
  test('are known in any case', () => {
    expect(findAction('ECR:putimage')).toMatchObject({ name: 'ecr:PutImage', access: 'Write', isOperation: true });
    expect(isKnownAction('iam:PassRole')).toBe(true);
    expect(findAction('iam:PassRole')?.isOperation).toBe(false);
  });

  test.each(['', 'PutImage', 's3:GetObject', 'ecr:', 'ecr:*', 'ecr:ListImageReferrers', '__proto__', 'ecr:__proto__'])(
    'do not have the name %j',
    (name) => {
      expect(isKnownAction(name)).toBe(false);
      expect(conditionKeysOf(name)).toEqual([]);
      expect(resourceTypesOf(name)).toEqual([]);
    },
  );

  test('tell what they are on', () => {
    const arn = 'arn:${Partition}:ecr:${Region}:${Account}:repository/${RepositoryName}';
    expect(resourceTypesOf('ecr:PutImage')).toEqual([{ name: 'repository', arn, required: true }]);
    expect(resourceTypesOf('ecr:GetAuthorizationToken')).toEqual([]);
    expect(resourceTypesOf('sts:TagSession').map(({ name, required }) => [name, required])).toEqual([['role', false]]);
  });

  test('tell their condition keys, those of their resources among them', () => {
    expect(conditionKeysOf('ecr:CreateRepository')).toEqual([
      'aws:RequestTag/${TagKey}',
      'aws:ResourceTag/${TagKey}',
      'aws:TagKeys',
      'ecr:ResourceTag/${TagKey}',
    ]);
    expect(conditionKeysOf('iam:createuser')).toContain('iam:PermissionsBoundary');
    expect(conditionKeysOf('ecr:GetAuthorizationToken')).toEqual([]);
  });

  test('are all listed, on resources that there are', () => {
    const actions = listActions();
    expect(new Set(actions.map(({ name }) => name)).size).toBe(actions.length);
    expect(actions.length).toBeGreaterThan(400);
    for (const { resourceTypes, conditionKeys } of actions) {
      for (const { arn } of resourceTypes) expect(arn).toMatch(/^(arn:|\*$)/);
      for (const key of conditionKeys) expect(conditionKeyType(key), key).toBeDefined();
    }
  });
});

describe('condition keys', () => {
  test.each([
    ['aws:SourceIp', 'IPAddress'],
    ['AWS:currenttime', 'Date'],
    ['aws:PrincipalTag/team', 'String'],
    ['ecr:ResourceTag/a/b', 'String'],
    ['iam:PolicyARN', 'ARN'],
    ['aws:TagKeys', 'ArrayOfString'],
    ['github.com/enterprises/acme:actor', 'String'],
    ['kms:EncryptionContext:a', 'String'],
    ['aws:PrincipalTag', undefined],
    ['aws:Nothing', undefined],
    ['aws:Nothing/x', undefined],
    ['__proto__', undefined],
  ])('%s is of the type %s', (key, type) => {
    expect(conditionKeyType(key)).toBe(type);
  });

  test('of every request', () => {
    expect(globalConditionKeys()).toContain('aws:PrincipalArn');
    for (const key of globalConditionKeys()) expect(conditionKeyType(key), key).toBeDefined();
  });
});
