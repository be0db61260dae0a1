/** Limits that the operator sets for one account. */
import {
  CreateGroupCommand,
  CreatePolicyCommand,
  GetAccountSummaryCommand,
  PutGroupPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { account, startApp, type RunningApp } from '../../support/app.ts';
import { iamClient, policyOf } from '../../support/iam.ts';
import type { Credentials } from '../../support/stowage.ts';

const other = '210987654321';

let app: RunningApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const set = (limits: Record<string, number | null>, of = account) =>
  app.admin('accounts.limits', { account: of, set: limits });

test('hold for that account alone, are told by GetAccountSummary, and go back to the usual ones', async () => {
  const theirs = (await app.admin('accounts.create', { account: other })) as Credentials;
  const [ours, others] = [iamClient(app.url, app.credentials()), iamClient(app.url, theirs)];
  await set({ 'iam.groups': 1 });
  await ours.send(new CreateGroupCommand({ GroupName: 'one' }));
  const second = ours.send(new CreateGroupCommand({ GroupName: 'two' }));
  await expect(second).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for GroupsPerAccount: 1',
  });
  await others.send(new CreateGroupCommand({ GroupName: 'one' }));
  await others.send(new CreateGroupCommand({ GroupName: 'two' }));
  expect((await ours.send(new GetAccountSummaryCommand({}))).SummaryMap).toMatchObject({ GroupsQuota: 1 });
  expect((await others.send(new GetAccountSummaryCommand({}))).SummaryMap).toMatchObject({ GroupsQuota: 300 });
  await set({ 'iam.groups': null });
  await ours.send(new CreateGroupCommand({ GroupName: 'two' }));
  ours.destroy();
  others.destroy();
});

test('may be wider than those of AWS', async () => {
  await set({ 'iam.managedPolicySize': 20_000, 'iam.groupPolicySize': 20_000 });
  const iam = iamClient(app.url, app.credentials());
  const actions = Array.from({ length: 300 }, (_, at) => `ecr:VeryLongNameOfAnAction${at}`);
  const PolicyDocument = policyOf({ Effect: 'Allow', Action: actions, Resource: '*' });
  expect(PolicyDocument.length).toBeGreaterThan(6144);
  await iam.send(new CreatePolicyCommand({ PolicyName: 'wide', PolicyDocument }));
  await iam.send(new CreateGroupCommand({ GroupName: 'wide' }));
  await iam.send(new PutGroupPolicyCommand({ GroupName: 'wide', PolicyName: 'wide', PolicyDocument }));
  iam.destroy();
});

test.each([
  ['a name that is none', { 'iam.cars': 1 }],
  ['less than nothing', { 'iam.users': -1 }],
  ['more than a million', { 'iam.users': 1_000_001 }],
  ['a part', { 'iam.users': 1.5 }],
])('are refused with %s', async (_, limits) => {
  await expect(set(limits)).rejects.toMatchObject({ kind: 'invalidParameter' });
});

test('are for accounts that are here', async () => {
  await expect(set({ 'iam.users': 1 }, '999999999999')).rejects.toMatchObject({ kind: 'invalidParameter' });
});
