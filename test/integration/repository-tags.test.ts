import {
  CreateRepositoryCommand,
  DescribeRegistryCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type Tag,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { account, region, startApp, type RunningApp } from '../support/app.ts';

let app: RunningApp;
const resourceArn = `arn:aws:ecr:${region}:${account}:repository/tagged`;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const list = async (): Promise<Tag[] | undefined> =>
  (await app.ecr().send(new ListTagsForResourceCommand({ resourceArn }))).tags;
const tag = (...tags: { Key: string; Value: string }[]): Promise<unknown> =>
  app.ecr().send(new TagResourceCommand({ resourceArn, tags }));

test('tags are given at creation, merged, and taken away', async () => {
  const tags = [{ Key: 'team', Value: 'blue' }];
  await app.ecr().send(new CreateRepositoryCommand({ repositoryName: 'tagged', tags }));
  await tag({ Key: 'cost', Value: '' }, { Key: 'team', Value: 'green' });
  expect(await list()).toEqual([
    { Key: 'cost', Value: '' },
    { Key: 'team', Value: 'green' },
  ]);
  await app.ecr().send(new UntagResourceCommand({ resourceArn, tagKeys: ['cost', 'never-there'] }));
  expect(await list()).toEqual([{ Key: 'team', Value: 'green' }]);
});

test.each([
  ['an empty key', [{ Key: '', Value: 'x' }], 'InvalidTagParameterException'],
  ['a key that AWS keeps for itself', [{ Key: 'aws:x', Value: 'x' }], 'InvalidTagParameterException'],
  ['a value that is too long', [{ Key: 'x', Value: 'v'.repeat(257) }], 'InvalidTagParameterException'],
])('refuses %s', async (_what, tags, name) => {
  await expect(tag(...tags)).rejects.toMatchObject({ name });
});

test('refuses the fifty-first tag and keeps the others as they were', async () => {
  const before = await list();
  const many = Array.from({ length: 50 }, (_, number) => ({ Key: `k${number}`, Value: '' }));
  await expect(tag(...many)).rejects.toMatchObject({ name: 'TooManyTagsException' });
  expect(await list()).toEqual(before);
});

test.each([
  'nonsense',
  `arn:aws:ecr:${region}:${account}:repository/`,
  `arn:aws:s3:${region}:${account}:repository/tagged`,
])('refuses the ARN %s', async (wrong) => {
  await expect(app.ecr().send(new ListTagsForResourceCommand({ resourceArn: wrong }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
});

test('a repository that is not there has no tags', async () => {
  const command = new ListTagsForResourceCommand({ resourceArn: resourceArn.replace('tagged', 'missing') });
  await expect(app.ecr().send(command)).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
});

test('a registry always is there, without rules', async () => {
  expect(await app.ecr().send(new DescribeRegistryCommand({}))).toMatchObject({
    registryId: account,
    replicationConfiguration: { rules: [] },
  });
});
