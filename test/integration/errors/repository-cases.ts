import { account } from '../../support/stowage.ts';
import { atMost, error, invalid, repositoryName, type ErrorCase } from './cases.ts';
import { arnOf, callEcr, limits, type World } from './world.ts';

const pattern = '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*';
const modes = '[IMMUTABLE, MUTABLE, MUTABLE_WITH_EXCLUSION, IMMUTABLE_WITH_EXCLUSION]';
const manyTags = (count: number) => Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: 'v' }));
const filter = { filterType: 'WILDCARD', filter: 'dev*' };
const tooManyTags = "The repository would have more than the maximum allowed number of tags which is '50'";
const resourceArn = arnOf('errors');

/** Fills a region of its own up to the limit. */
async function fillRegion({ app }: World): Promise<object> {
  const caller = { region: 'ap-south-1' };
  const made = Array.from({ length: limits.repositories }, (_, index) => `full/${index}`);
  await app.createRepositories(made, caller);
  return { repositoryName: 'full/over' };
}

const create = (one: Omit<ErrorCase, 'operation'>): ErrorCase => ({ operation: 'CreateRepository', ...one });

const creations: readonly ErrorCase[] = [
  create({
    error,
    when: 'the name has a capital',
    input: { repositoryName: 'Upper' },
    message: invalid('repositoryName', `must satisfy regular expression '${pattern}'`),
  }),
  create({
    error,
    when: 'the name is too short',
    input: { repositoryName: 'a' },
    message: invalid('repositoryName', 'must have length greater than or equal to 2'),
  }),
  create({
    error,
    when: 'the name is too long',
    input: { repositoryName: 'a'.repeat(257) },
    message: invalid('repositoryName', 'must have length less than or equal to 256'),
  }),
  create({
    error,
    when: 'the mutability is none',
    input: { repositoryName: 'new', imageTagMutability: 'SOMETIMES' },
    message: invalid('imageTagMutability', `Member must satisfy enum value set: ${modes}`),
  }),
  create({
    error,
    kind: 'invalidParameter',
    when: 'a mode with exclusions has no filters',
    input: { repositoryName: 'new', imageTagMutability: 'MUTABLE_WITH_EXCLUSION' },
    message: invalid(
      'imageTagMutabilityExclusionFilters',
      "ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as MUTABLE_WITH_EXCLUSION",
    ),
  }),
  create({
    error,
    kind: 'withoutEffect',
    when: 'encryption is asked for that is not built',
    input: { repositoryName: 'new', encryptionConfiguration: { encryptionType: 'KMS' } },
    message: invalid(
      'encryptionConfiguration',
      'Encryption with KMS keys is not built yet in Stowage; see docs/compatibility.md',
    ),
  }),
  create({
    error: 'InvalidTagParameterException',
    kind: 'invalidTagParameter',
    when: 'a tag has an empty key',
    input: { repositoryName: 'new', tags: [{ Key: '', Value: 'v' }] },
    message: 'Tag parameters are invalid',
  }),
  create({
    error: 'TooManyTagsException',
    kind: 'tooManyTags',
    when: 'it would have 51 tags',
    input: { repositoryName: 'new', tags: manyTags(51) },
    message: tooManyTags,
  }),
  create({
    error: 'RepositoryAlreadyExistsException',
    kind: 'repositoryAlreadyExists',
    when: 'the name is taken',
    input: { repositoryName },
    message: `The repository with name 'errors' already exists in the registry with id '${account}'`,
  }),
  create({
    error: 'LimitExceededException',
    kind: 'repositoriesExceeded',
    when: 'the registry is full',
    input: fillRegion,
    caller: { region: 'ap-south-1' },
    message: `The registry with id '${account}' already has the maximum allowed number of repositories which is '8'`,
  }),
];

const others: readonly ErrorCase[] = [
  {
    operation: 'DeleteRepository',
    error,
    when: 'no name is given',
    input: {},
    message: invalid('repositoryName', 'must not be null'),
  },
  {
    operation: 'DeleteRepository',
    error: 'RepositoryNotEmptyException',
    kind: 'repositoryNotEmpty',
    when: 'it has images',
    input: { repositoryName },
    message: `The repository with name 'errors' in registry with id '${account}' cannot be deleted because it still contains images`,
  },
  {
    operation: 'DescribeRepositories',
    error,
    when: 'more than 100 are named',
    input: { repositoryNames: Array.from({ length: 101 }, () => 'errors') },
    message: invalid('repositoryNames', atMost(100)),
  },
  {
    operation: 'DescribeRepositories',
    error,
    kind: 'invalidParameter',
    when: 'the token is made up',
    input: { nextToken: 'made-up' },
    message: invalid('NextToken', 'Invalid next token'),
  },
  {
    operation: 'DescribeRepositories',
    error,
    kind: 'invalidParameter',
    when: 'names and paging are given together',
    input: { repositoryNames: ['errors'], maxResults: 5 },
    message: invalid('maxResults', 'Member must be null when repositoryNames is specified'),
  },
  {
    operation: 'PutImageTagMutability',
    error,
    when: 'no mode is given',
    input: { repositoryName },
    message: invalid('imageTagMutability', 'Member must not be null'),
  },
  {
    operation: 'PutImageTagMutability',
    error,
    kind: 'invalidParameter',
    when: 'a mode without exclusions has filters',
    input: { repositoryName, imageTagMutability: 'MUTABLE', imageTagMutabilityExclusionFilters: [filter] },
    message: invalid(
      'imageTagMutabilityExclusionFilters',
      'ImageTagMutabilityExclusionFilters must be null when imageTagMutability is set as MUTABLE',
    ),
  },
];

const tags: readonly ErrorCase[] = [
  ...['TagResource', 'UntagResource', 'ListTagsForResource'].map((operation): ErrorCase => {
    const malformed = { resourceArn: 'arn:aws:ecr:nowhere', tags: [], tagKeys: [] };
    const message = invalid('resourceArn', 'Invalid ARN');
    return {
      operation,
      error,
      kind: 'invalidParameter',
      when: 'the ARN names no repository',
      input: malformed,
      message,
    };
  }),
  {
    operation: 'TagResource',
    error,
    when: 'the second tag has no key',
    input: { resourceArn, tags: [{ Key: 'a', Value: 'b' }, { Value: 'c' }] },
    message: invalid('tags.2.member.key', 'Member must not be null'),
  },
  {
    operation: 'TagResource',
    error: 'InvalidTagParameterException',
    kind: 'invalidTagParameter',
    when: 'a key begins with what is reserved for AWS',
    input: { resourceArn, tags: [{ Key: 'aws:team', Value: 'v' }] },
    message: 'Tag parameters are invalid',
  },
  {
    operation: 'UntagResource',
    error: 'InvalidTagParameterException',
    kind: 'invalidTagParameter',
    when: 'a key is empty, which no tag has',
    input: { resourceArn, tagKeys: ['team', ''] },
    message: 'Tag parameters are invalid',
  },
  {
    operation: 'TagResource',
    error: 'TooManyTagsException',
    kind: 'tooManyTags',
    when: 'there would be 51 with those that are there',
    input: async ({ app }) => {
      await callEcr(app, 'TagResource', { resourceArn, tags: manyTags(50) });
      return { resourceArn, tags: [{ Key: 'one', Value: 'more' }] };
    },
    message: tooManyTags,
  },
];

export const repositoryCases: readonly ErrorCase[] = [...creations, ...others, ...tags];
