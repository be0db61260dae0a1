import { describe, expect, test } from 'vitest';
import { accountOfIamId } from '../ids.ts';
import { readPolicyDocument } from '../policy/document.ts';
import { findManagedPolicy, listManagedPolicies } from './managed-policies.ts';

describe('the policies that AWS manages', () => {
  test('are found by their ARNs, with path, version and times', () => {
    const found = findManagedPolicy('arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy');
    const time = Date.UTC(2017, 10, 16, 18, 48, 22);
    expect(found).toMatchObject({
      name: 'AmazonECSTaskExecutionRolePolicy',
      path: '/service-role/',
      defaultVersion: 'v1',
      created: time,
      updated: time,
    });
    expect(findManagedPolicy('arn:aws:iam::aws:policy/AdministratorAccess')?.path).toBe('/');
  });

  test.each(['', 'AdministratorAccess', 'arn:aws:iam::123456789012:policy/AdministratorAccess', '__proto__'])(
    'are not found as %j',
    (arn) => {
      expect(findManagedPolicy(arn)).toBeUndefined();
    },
  );

  test('have ids that are always the same, each its own, and of no account', () => {
    const ids = listManagedPolicies().map(({ id }) => id);
    expect(findManagedPolicy('arn:aws:iam::aws:policy/AdministratorAccess')?.id).toBe('ANPAI5IIMV5ODH3GDY4N');
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) {
      expect(id).toMatch(/^ANPA[A-Z2-7]{16}$/);
      expect(accountOfIamId(id)).toBeUndefined();
    }
  });

  test('are listed by name, and are policies that can be read', () => {
    const list = listManagedPolicies();
    expect(list.length).toBeGreaterThanOrEqual(24);
    expect(list.map(({ name }) => name)).toEqual(list.map(({ name }) => name).toSorted());
    for (const policy of list) {
      expect(policy.arn).toBe(`arn:aws:iam::aws:policy${policy.path}${policy.name}`);
      expect(policy.defaultVersion).toMatch(/^v[1-9][0-9]*$/);
      expect(policy.updated).toBeGreaterThanOrEqual(policy.created);
      expect(readPolicyDocument(policy.document).version).toBe('2012-10-17');
      expect(policy.document).toMatch(/^\{\n {4}"Version": "2012-10-17",\n/);
    }
  });
});
