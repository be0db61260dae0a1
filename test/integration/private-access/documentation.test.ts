/** What docs/operate/private-access.md shows can be started with, and set. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig, type Config } from '../../../src/config/load.ts';
import { startApp, type RunningApp } from '../../support/app.ts';
import { temporaryFolder, type Folder } from '../../support/folders.ts';
import { iamClient, makeUser } from '../../support/iam.ts';
import { createVisitor } from './visitor.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/operate/private-access.md'), 'utf8');
const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml);
const files = new Map(
  [...page.matchAll(/`([a-z-]+\.json)`[^`]*```json\n(.*?)```/gs)].map(([, name = '', text = '']) => [name, text]),
);
const file = (name: string): string => files.get(name) ?? '';

let folder: Folder;
let app: RunningApp;

beforeAll(async () => {
  folder = temporaryFolder('private-access-page');
  for (const [name, text] of files) writeFileSync(join(folder.path, name), text);
  const way = (id: string): string => `{id: ${id}, vpc: ${id.replace('vpce', 'vpc')}, account: "123456789012", `;
  const yaml = `endpoints:
  - ${way('vpce-build')} listen: "127.0.0.1:0", hosts: build.test, services: [ecr.api, ecr.dkr, sts, iam]}
  - ${way('vpce-run')} listen: "127.0.0.1:0", services: {ecr.api: ${join(folder.path, 'pull-only.json')}}}
`;
  app = await startApp({ yaml, repositories: ['hello'] });
});

afterAll(async () => {
  folder.remove();
  await app.close();
});

test.each(blocks)('its configuration is one: %s', (yaml) => {
  const path = join(folder.path, 'stowage.yaml');
  writeFileSync(path, yaml);
  const load = (): Config => {
    return loadConfig({ flags: new Map([['config', [path]]]), env: {}, cwd: folder.path, listens: true });
  };
  expect(load().endpoints.length).toBeGreaterThan(1);
});

test('has two configurations and four policies', () => {
  expect([blocks.length, [...files.keys()]]).toEqual([
    2,
    ['pull-only.json', 'only-through-the-endpoint.json', 'pull-through-the-endpoint.json', 'from-inside.json'],
  ]);
});

test('its policies close a registry, a repository and the keys of a user to all but an endpoint', async () => {
  const [url = ''] = app.endpointOrigins.values();
  const credentials = app.credentials();
  const build = createVisitor({ url, credentials, headers: { host: 'build.test' } });
  const run = createVisitor({ url, credentials });
  const outside = createVisitor({ url: app.url, credentials });
  const iam = iamClient(app.url, credentials);
  const user = await makeUser(iam, 'builder');
  await build.iam.putUserPolicy({
    UserName: 'builder',
    PolicyName: 'from-inside',
    PolicyDocument: file('from-inside.json'),
  });
  const [userInside, userOutside] = [
    createVisitor({ url, credentials: user, headers: { host: 'build.test' } }),
    createVisitor({ url: app.url, credentials: user }),
  ];
  const denied = { name: 'AccessDeniedException' };
  const image = { repositoryName: 'hello', imageIds: [{ imageTag: '1' }] };

  expect((await userInside.ecr.describeRepositories({})).repositories).toHaveLength(1);
  await expect(userOutside.ecr.describeRepositories({})).rejects.toMatchObject(denied);

  await build.ecr.setRepositoryPolicy({ repositoryName: 'hello', policyText: file('pull-through-the-endpoint.json') });
  await expect(build.ecr.batchGetImage(image)).rejects.toMatchObject(denied);
  expect((await run.ecr.batchGetImage(image)).failures).toHaveLength(1);
  await expect(run.ecr.initiateLayerUpload({ repositoryName: 'hello' })).rejects.toMatchObject(denied);

  const policyText = file('only-through-the-endpoint.json');
  await expect(outside.ecr.putRegistryPolicy({ policyText })).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  await build.ecr.putRegistryPolicy({ policyText });
  await expect(outside.ecr.describeRepositories({})).rejects.toMatchObject(denied);
  expect((await build.ecr.describeRepositories({})).repositories).toHaveLength(1);

  iam.destroy();
  for (const one of [build, run, outside, userInside, userOutside]) one.close();
});
