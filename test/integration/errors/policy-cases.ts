import { account } from '../../support/stowage.ts';
import { error, invalid, repositoryName, type ErrorCase } from './cases.ts';

const lockOut = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Principal: '*', Action: 'ecr:*', Resource: '*' }],
});

const locksOut = (action: string, insist: string): string =>
  invalid(
    'PolicyText',
    `The new policy would not allow you ecr:${action} any more. To set it all the same, send ${insist}`,
  );

const misnamed = invalid('repositoryName', 'must have length greater than or equal to 2');

export const policyCases: readonly ErrorCase[] = [
  ...['GetRepositoryPolicy', 'DeleteRepositoryPolicy'].flatMap((operation): ErrorCase[] => [
    {
      operation,
      error: 'RepositoryPolicyNotFoundException',
      kind: 'repositoryPolicyNotFound',
      when: 'the repository has none',
      input: { repositoryName },
      message: `Repository policy does not exist for the repository with name '${repositoryName}' in the registry with id '${account}'`,
    },
    { operation, error, when: 'the name is too short', input: { repositoryName: 'a' }, message: misnamed },
  ]),
  ...['GetRegistryPolicy', 'DeleteRegistryPolicy'].map((operation): ErrorCase => ({
    operation,
    error: 'RegistryPolicyNotFoundException',
    kind: 'registryPolicyNotFound',
    when: 'the registry has none',
    input: {},
    message: `Registry policy does not exist in the registry with id '${account}'`,
  })),
  {
    operation: 'SetRepositoryPolicy',
    error,
    kind: 'invalidParameter',
    when: 'the text is no policy',
    input: { repositoryName, policyText: '{}' },
    message: invalid('PolicyText', 'Invalid repository policy provided'),
  },
  {
    operation: 'SetRepositoryPolicy',
    error,
    kind: 'policyLocksOut',
    when: 'the caller would be locked out',
    input: { repositoryName, policyText: lockOut },
    message: locksOut('SetRepositoryPolicy', 'force'),
  },
  {
    operation: 'PutRegistryPolicy',
    error,
    kind: 'invalidParameter',
    when: 'the text is no policy',
    input: { policyText: '{}' },
    message: invalid('PolicyText', 'Invalid registry policy provided'),
  },
  {
    operation: 'PutRegistryPolicy',
    error,
    kind: 'policyLocksOut',
    when: 'the caller would be locked out',
    input: { policyText: lockOut },
    message: locksOut('PutRegistryPolicy', 'a statement whose Sid is StowageLockOut'),
  },
];
