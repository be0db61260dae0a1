/** What every operation of IAM answers when the registry itself has failed. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Shape } from '../../../src/aws/model.ts';
import { statement } from '../../../src/store/db.ts';
import { startApp, type RunningApp } from '../../support/app.ts';
import { operationOf, serviceOf } from '../../support/wire/service-tables.ts';
import { sendSigned } from '../../support/wire/signed-requests.ts';

const service = serviceOf('iam');

/** They find out who calls, and need nothing else of the store. */
const readNothing = ['ListAccountAliases', 'ListInstanceProfiles', 'ListOpenIDConnectProviders'];
const others = service.built.filter((operation) => !readNothing.includes(operation));

const policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
const trust = policy
  .replace('"Resource":"*"', '"Principal":{"Service":"ecs.amazonaws.com"}')
  .replace('"*"', '"sts:AssumeRole"');

/** Texts that their operations ask more of than the model does. */
const texts: Readonly<Record<string, string>> = {
  UserName: 'admin',
  PolicyDocument: policy,
  AssumeRolePolicyDocument: trust,
  PolicyArn: 'arn:aws:iam::123456789012:policy/some',
  PermissionsBoundary: 'arn:aws:iam::123456789012:policy/some',
  VersionId: 'v1',
  Status: 'Active',
  Path: '/',
};

/** A value that the model has nothing against, as form parameters. */
function valueOf(shape: Shape, name: string): [string, string][] {
  if (shape.type === 'list') return [[name, '']];
  if (shape.type !== 'structure') return [[name, texts[name] ?? (shape.type === 'string' ? 'x'.repeat(20) : '3600')]];
  return [...shape.members.values()].filter((each) => each.required).flatMap((each) => valueOf(each.shape, each.name));
}

async function ask(operation: string) {
  const { input } = operationOf(service, operation);
  const members = input ? valueOf(input, '') : [];
  const document = operation === 'UpdateAssumeRolePolicy' ? [['PolicyDocument', trust]] : [];
  const extra = operation === 'ListMFADevices' ? [['UserName', 'admin']] : [];
  const body = new URLSearchParams([
    ...[['Action', operation] as [string, string], ['Version', '2010-05-08'] as [string, string]],
    ...([...members.filter(([name]) => document.every(([other]) => other !== name)), ...document, ...extra] as [
      string,
      string,
    ][]),
  ]).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return await sendSigned({ url: app.url, credentials: app.credentials(), service: 'iam', headers, body });
}

let app: RunningApp;

async function lose(...tables: string[]): Promise<void> {
  await app.app.store.write(async (tx) => {
    for (const table of tables) {
      const rename = statement<Record<string, never>>()((db) => db.schema.alterTable(table).renameTo(`lost_${table}`));
      await tx.run(rename, {});
    }
  });
}

beforeAll(async () => {
  app = await startApp();
  // Who calls is known by now, and counts as long as the account does not change.
  await app.iam().getUser({});
  await lose('iam_user', 'iam_group', 'iam_role', 'iam_policy', 'access_key');
});

afterAll(async () => {
  await app?.close();
});

const refused =
  /<Type>Receiver<\/Type><Code>ServiceFailure<\/Code><Message>The request failed because of an internal error\.</;

test.each(others)('%s: ServiceFailure', async (operation) => {
  const { status, body } = await ask(operation);
  expect([status, body]).toEqual([500, expect.stringMatching(refused)]);
});

test.each(readNothing)('%s: ServiceFailure where not even the caller is known', async (operation) => {
  if (operation === readNothing[0]) await lose('account');
  const { status, body } = await ask(operation);
  expect([status, body]).toEqual([500, expect.stringMatching(refused)]);
});
