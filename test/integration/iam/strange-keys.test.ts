import { ListImagesCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type RunningApp } from '../../support/app.ts';
import { makeUser } from '../../support/iam.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await startApp({ repositories: ['team/app'] });
});

afterAll(async () => {
  await app.close();
});

const all = { Effect: 'Allow', Action: '*', Resource: '*' };
const repositories = 'arn:aws:ecr:*:*:repository';
let count = 0;

test.each([
  ['condition key', { ...all, Condition: { StringLike: { constructor: '*' } } }],
  ['condition key', { ...all, Condition: JSON.parse('{"StringLike":{"__proto__":"*"}}') as object }],
  ['variable', { ...all, Resource: `${repositories}/\${constructor}` }],
  ['variable', { ...all, Resource: `${repositories}/\${__proto__}` }],
  ['tag key', { ...all, Condition: { StringLike: { 'aws:PrincipalTag/constructor': '*' } } }],
])('what every object of JavaScript has is no %s: %j', async (_, statement) => {
  const credentials = await makeUser(app.iam(), `strange-${++count}`, statement);
  const asked = app.ecr({ credentials }).send(new ListImagesCommand({ repositoryName: 'team/app' }));
  await expect(asked).rejects.toMatchObject({ name: 'AccessDeniedException' });
});
