import { ListImagesCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropOldServiceCredentials } from '../../../src/core/iam/service-credentials.ts';
import { account, region, startApp, type RunningApp } from '../../support/app.ts';
import { policyOf } from '../../support/iam.ts';
import { assume, makeRole } from '../../support/sessions.ts';
import type { Credentials } from '../../support/stowage.ts';

const other = '111111111111';
const service = 'lambda.amazonaws.com';
const hour = 3_600_000;
const functionOf = (id: string): string => `arn:aws:lambda:${region}:${id}:function:work`;
const list = { Effect: 'Allow', Principal: { Service: service }, Action: 'ecr:ListImages' };
const trusted = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };

let app: RunningApp;
let outsider: Credentials;

beforeAll(async () => {
  app = await startApp({ repositories: ['team/app', 'team/closed'] });
  outsider = (await app.admin('accounts.create', { account: other })) as Credentials;
});

afterAll(async () => {
  await app.close();
});

async function makeService(of = account, life = 24 * hour): Promise<Credentials> {
  const input = { account: of, service, sourceArn: functionOf(of), life };
  return (await app.admin('service-credentials.create', input)) as Credentials;
}

async function setPolicy(repositoryName: string, ...statements: readonly object[]): Promise<void> {
  const policyText = policyOf(...statements);
  await app.ecr().send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
}

const listAs = async (credentials: Credentials, repositoryName = 'team/app', registryId = account) =>
  await app.ecr({ credentials }).send(new ListImagesCommand({ repositoryName, registryId }));

/** Of a caller on the registry host of the first account. */
async function pullStatus(credentials: Credentials): Promise<number> {
  const host = `${account}.dkr.ecr.${region}.amazonaws.com`;
  return (await app.ask('GET', '/v2/team/app/tags/list', { authorization: await app.logIn({ credentials }), host }))
    .status;
}

describe('a credential that acts as a service', () => {
  test('may ask for a login token, and reaches what a repository policy gives it', async () => {
    const credentials = await makeService();
    await setPolicy('team/app', list);
    expect((await listAs(credentials)).imageIds).toEqual([]);
    expect(await pullStatus(credentials)).toBe(200);
    await expect(listAs(credentials, 'team/closed')).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: ${service} is not authorized to perform: ecr:ListImages on resource: arn:aws:ecr:${region}:${account}:repository/team/closed because no resource-based policy allows the ecr:ListImages action`,
    });
    await expect(app.createRepositories(['new'], { credentials })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(app.iam({ credentials }).listUsers({})).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('is known by its source', async () => {
    const credentials = await makeService();
    await setPolicy('team/app', { ...list, Condition: { ArnLike: { 'aws:SourceArn': functionOf(account) } } });
    expect((await listAs(credentials)).imageIds).toEqual([]);
    await setPolicy('team/app', { ...list, Condition: { ArnLike: { 'aws:SourceArn': `${functionOf(account)}-not` } } });
    await expect(listAs(credentials)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('of another account needs an allow for its source', async () => {
    const credentials = await makeService(other);
    await setPolicy('team/app', list);
    await expect(listAs(credentials)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(await pullStatus(credentials)).toBe(403);
    for (const condition of [
      { StringEquals: { 'aws:SourceAccount': other } },
      { ArnLike: { 'aws:SourceArn': `arn:aws:lambda:*:${other}:function:*` } },
    ]) {
      await setPolicy('team/app', { ...list, Condition: condition });
      expect((await listAs(credentials)).imageIds).toEqual([]);
      expect(await pullStatus(credentials)).toBe(200);
    }
    await setPolicy('team/app', { ...list, Condition: { StringEquals: { 'aws:SourceAccount': account } } });
    await expect(listAs(credentials)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('assumes roles of its own account that trust it, and no others', async () => {
    const credentials = await makeService();
    const may = [{ Effect: 'Allow', Action: 'ecr:ListImages', Resource: '*' }];
    const role = await makeRole(app.iam(), 'Execution', { trust: [trusted], may });
    const session = await assume(app.sts({ credentials }), role);
    expect((await listAs(session, 'team/closed')).imageIds).toEqual([]);
    const untrusting = await makeRole(app.iam(), 'Untrusting');
    const foreign = await makeRole(app.iam({ credentials: outsider }), 'Execution', { trust: [trusted] });
    for (const arn of [untrusting, foreign]) {
      await expect(assume(app.sts({ credentials }), arn)).rejects.toMatchObject({
        name: 'AccessDenied',
        message: `User: ${service} is not authorized to perform: sts:AssumeRole on resource: ${arn} because no role trust policy allows the sts:AssumeRole action`,
      });
    }
  });

  test('is told who it is, and nothing else by STS', async () => {
    const sts = app.sts({ credentials: await makeService() });
    expect(await sts.getCallerIdentity({})).toMatchObject({
      Account: account,
      UserId: `${account}:${service}`,
      Arn: `arn:aws:iam::${account}:service/${service}`,
    });
    await expect(sts.getSessionToken({})).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(sts.getFederationToken({ Name: 'guest' })).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(sts.getAccessKeyInfo({ AccessKeyId: outsider.accessKeyId })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(sts.decodeAuthorizationMessage({ EncodedMessage: 'x' })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  test('ends when it expires, and its login tokens with it', async () => {
    await setPolicy('team/app', list);
    const credentials = await makeService(account, hour);
    const authorization = await app.logIn({ credentials });
    const ask = async (): Promise<number> => (await app.ask('GET', '/v2/team/app/tags/list', { authorization })).status;
    expect(await ask()).toBe(200);
    app.advance(hour + 1000);
    expect(await ask()).toBe(401);
    await expect(listAs(credentials)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
  });

  test('is listed for a month after it has expired', async () => {
    const { accessKeyId } = await makeService(account, hour);
    const isListed = async (): Promise<boolean> => {
      const { credentials } = (await app.admin('service-credentials.list')) as { credentials: Credentials[] };
      return credentials.some((one) => one.accessKeyId === accessKeyId);
    };
    app.advance(30 * 24 * hour);
    await dropOldServiceCredentials(app.app, app.now());
    expect(await isListed()).toBe(true);
    app.advance(2 * hour);
    await dropOldServiceCredentials(app.app, app.now());
    expect(await isListed()).toBe(false);
  });

  test('ends at once when it is revoked, and its login tokens with it', async () => {
    await setPolicy('team/app', list);
    const credentials = await makeService();
    const authorization = await app.logIn({ credentials });
    const ask = async (): Promise<number> => (await app.ask('GET', '/v2/team/app/tags/list', { authorization })).status;
    expect(await ask()).toBe(200);
    const { accessKeyId } = credentials;
    await expect(app.admin('service-credentials.revoke', { account: other, accessKeyId })).rejects.toThrow('has no');
    expect(await ask()).toBe(200);
    await app.admin('service-credentials.revoke', { accessKeyId });
    expect(await ask()).toBe(401);
    await expect(listAs(credentials)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  test('ends with its account, and none is made for a closed one', async () => {
    const third = '333333333333';
    await app.admin('accounts.create', { account: third });
    const credentials = await makeService(third);
    const who = async (): Promise<string | undefined> => (await app.sts({ credentials }).getCallerIdentity({})).Account;
    expect(await who()).toBe(third);
    await app.admin('accounts.close', { account: third });
    await expect(who()).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    await expect(makeService(third)).rejects.toThrow('or it is closed');
    await app.admin('accounts.reopen', { account: third });
    expect(await who()).toBe(third);
  });
});
