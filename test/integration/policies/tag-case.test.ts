/** Policies read tags without regard to the case of their keys: no second spelling may stand beside the first. */
import { CreateRepositoryCommand, ListTagsForResourceCommand, TagResourceCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { iamClient, makeUser } from '../../support/iam.ts';
import type { Credentials } from '../../support/stowage.ts';

let app: RunningApp;
let user: Credentials;

beforeAll(async () => {
  app = await startApp();
  const iam = iamClient(app.url, app.credentials());
  user = await makeUser(
    iam,
    'team-a',
    {
      Effect: 'Allow',
      Action: ['ecr:CreateRepository', 'ecr:TagResource'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:RequestTag/team': 'a' } },
    },
    { Effect: 'Allow', Action: 'ecr:TagResource', Resource: '*' },
    {
      Effect: 'Deny',
      Action: 'ecr:TagResource',
      Resource: '*',
      Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'owner' } },
    },
  );
  iam.destroy();
});

afterAll(async () => {
  await app.close();
});

const refused = { name: 'InvalidTagParameterException' };

test.each([
  ['one way', ['team', 'TEAM']],
  ['the other', ['TEAM', 'team']],
])('a repository is not made with both, %s round', async (_, [first = '', second = '']) => {
  const tags = [
    { Key: first, Value: 'b' },
    { Key: second, Value: 'a' },
  ];
  const made = app.ecr({ credentials: user }).send(new CreateRepositoryCommand({ repositoryName: 'both', tags }));
  await expect(made).rejects.toMatchObject(refused);
});

test('a tag is not overruled by another spelling of its key', async () => {
  const tags = [{ Key: 'owner', Value: 'them' }];
  const { repository } = await app.ecr().send(new CreateRepositoryCommand({ repositoryName: 'owned', tags }));
  const resourceArn = repository?.repositoryArn;
  const tag = (...given: { Key: string; Value: string }[]) =>
    app.ecr({ credentials: user }).send(new TagResourceCommand({ resourceArn, tags: given }));
  await expect(tag({ Key: 'Owner', Value: 'me' })).rejects.toMatchObject(refused);
  await expect(tag({ Key: 'o\u212Aay', Value: '1' }, { Key: 'okay', Value: '2' })).rejects.toMatchObject(refused);
  await tag({ Key: 'color', Value: 'red' });
  await tag({ Key: 'color', Value: 'blue' });
  const listed = await app.ecr().send(new ListTagsForResourceCommand({ resourceArn }));
  expect(listed.tags).toEqual([
    { Key: 'color', Value: 'blue' },
    { Key: 'owner', Value: 'them' },
  ]);
});
