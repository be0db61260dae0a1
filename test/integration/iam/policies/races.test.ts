/** Many requests at once: rules that count or compare hold all the same. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { account, startApp, type RunningApp } from '../../../support/app.ts';
import { allow, iamAt, serviceTrust, type RecordedIam } from './iam-client.ts';

let app: RunningApp;
let iam: RecordedIam['iam'];

beforeAll(async () => {
  app = await startApp();
  ({ iam } = iamAt(app));
});

afterAll(async () => {
  await app.close();
});

/** How many of the calls made at once succeed, and by what names the others are refused. */
async function atOnce(calls: readonly (() => Promise<unknown>)[]): Promise<{ done: number; refused: string[] }> {
  const outcomes = await Promise.allSettled(calls.map((call) => call()));
  const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).name] : []));
  return { done: outcomes.length - refused.length, refused: [...new Set(refused)] };
}

const times = <T>(count: number, make: (number: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

test('one role of a name is made', async () => {
  const make = (number: number) => () =>
    iam.createRole({ RoleName: number % 2 === 0 ? 'once' : 'ONCE', AssumeRolePolicyDocument: serviceTrust });
  expect(await atOnce(times(8, make))).toEqual({ done: 1, refused: ['EntityAlreadyExistsException'] });
});

test('one policy of a name is made', async () => {
  const make = (number: number) => () =>
    iam.createPolicy({ PolicyName: 'once', Path: `/${number}/`, PolicyDocument: allow('ecr:*') });
  expect(await atOnce(times(8, make))).toEqual({ done: 1, refused: ['EntityAlreadyExistsException'] });
});

test('no more versions and attachments are made than may be', async () => {
  await iam.createPolicy({ PolicyName: 'versions', PolicyDocument: allow('ecr:*') });
  const PolicyArn = `arn:aws:iam::${account}:policy/versions`;
  const add = () => iam.createPolicyVersion({ PolicyArn, PolicyDocument: allow('ecr:*'), SetAsDefault: true });
  expect(await atOnce(times(8, () => add))).toEqual({ done: 4, refused: ['LimitExceededException'] });
  const { Versions } = await iam.listPolicyVersions({ PolicyArn });
  expect(Versions?.filter((version) => version.IsDefaultVersion)).toHaveLength(1);

  await iam.createRole({ RoleName: 'holder', AssumeRolePolicyDocument: serviceTrust });
  const policies = await Promise.all(
    times(14, (number) => iam.createPolicy({ PolicyName: `held-${number}`, PolicyDocument: allow('ecr:*') })),
  );
  const attach = policies.map(
    (made) => () => iam.attachRolePolicy({ RoleName: 'holder', PolicyArn: made.Policy?.Arn }),
  );
  expect(await atOnce(attach)).toEqual({ done: 10, refused: ['LimitExceededException'] });
});

test('the policies inside a user stay within their size together', async () => {
  await iam.createUser({ UserName: 'inside' });
  const document = allow('ecr:*').replace('ecr:*', `ecr:${'x'.repeat(500)}`);
  const put = (number: number) => () =>
    iam.putUserPolicy({ UserName: 'inside', PolicyName: `p${number}`, PolicyDocument: document });
  expect(await atOnce(times(8, put))).toEqual({ done: 3, refused: ['LimitExceededException'] });
});

test('a policy that is deleted while it is attached is either gone or held, never both', async () => {
  for (const { PolicyName, RoleName } of times(6, (at) => ({ PolicyName: `gone-${at}`, RoleName: `holds-${at}` }))) {
    const { Policy } = await iam.createPolicy({ PolicyName, PolicyDocument: allow('ecr:*') });
    const PolicyArn = Policy?.Arn ?? '';
    await iam.createRole({ RoleName, AssumeRolePolicyDocument: serviceTrust });
    await Promise.allSettled([iam.deletePolicy({ PolicyArn }), iam.attachRolePolicy({ RoleName, PolicyArn })]);
    const isThere = await iam.getPolicy({ PolicyArn }).then(
      () => true,
      () => false,
    );
    const { AttachedPolicies } = await iam.listAttachedRolePolicies({ RoleName });
    expect(AttachedPolicies).toHaveLength(isThere ? 1 : 0);
  }
});

test('a role that is deleted while it is given a policy leaves nothing behind', async () => {
  for (const RoleName of times(6, (at) => `left-${at}`)) {
    await iam.createRole({ RoleName, AssumeRolePolicyDocument: serviceTrust });
    const document = { RoleName, PolicyName: 'late', PolicyDocument: allow('ecr:*') };
    const [removed, put] = await Promise.allSettled([iam.deleteRole({ RoleName }), iam.putRolePolicy(document)]);
    expect([removed.status, put.status].toSorted()).toEqual(['fulfilled', 'rejected']);
  }
});
