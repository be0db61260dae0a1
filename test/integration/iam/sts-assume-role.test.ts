import { ListImagesCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, region, startApp, type RunningApp } from '../../support/app.ts';
import { makeUser, policyOf, type MadeUser } from '../../support/iam.ts';
import { assume, keysOf, makeRole, roleArnOf, trusting } from '../../support/sessions.ts';
import type { Credentials } from '../../support/stowage.ts';

const other = '111111111111';
const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const pull = { Effect: 'Allow', Action: ['ecr:ListImages', 'ecr:BatchGetImage'], Resource: '*' };

let app: RunningApp;
/** May assume every role, and tag sessions, and nothing else. */
let worker: MadeUser;
/** Has no policy at all. */
let nobody: MadeUser;
let outsider: Credentials;

beforeAll(async () => {
  app = await startApp({ repositories: ['team/app'] });
  outsider = (await app.admin('accounts.create', { account: other })) as Credentials;
  worker = await makeUser(app.iam(), 'worker', {
    Effect: 'Allow',
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Resource: '*',
  });
  nobody = await makeUser(app.iam(), 'nobody');
});

afterAll(async () => {
  await app.close();
});

const stsOf = (credentials: Credentials) => app.sts({ credentials });
const listAs = async (credentials: Credentials) =>
  await app.ecr({ credentials }).send(new ListImagesCommand({ repositoryName: 'team/app' }));

const refusal = (arn: string, action: string, role: string, why: string): string =>
  `User: ${arn} is not authorized to perform: ${action} on resource: ${role} ${why}`;

describe('assuming a role', () => {
  test('gives credentials that are the session of the role', async () => {
    const RoleArn = await makeRole(app.iam(), 'Reader', { path: '/teams/app/', may: [pull] });
    const answer = await stsOf(worker).assumeRole({ RoleArn, RoleSessionName: 'work@home' });
    const { Arn, AssumedRoleId } = answer.AssumedRoleUser ?? {};
    expect(Arn).toBe(`arn:aws:sts::${account}:assumed-role/Reader/work@home`);
    expect(AssumedRoleId).toMatch(/^AROA[A-Z2-7]{16}:work@home$/);
    expect(answer.PackedPolicySize).toBeUndefined();
    const { AccessKeyId, SessionToken = '', Expiration } = answer.Credentials ?? {};
    expect(AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(SessionToken.length).toBeLessThan(1024);
    expect(Math.abs((Expiration?.getTime() ?? 0) - app.now() - 3_600_000)).toBeLessThan(10_000);
    const session = keysOf(answer.Credentials);
    expect(await stsOf(session).getCallerIdentity({})).toMatchObject({ UserId: AssumedRoleId, Account: account, Arn });
    expect((await listAs(session)).imageIds).toEqual([]);
  });

  test('is denied in the words of AWS, whether the role is there or not', async () => {
    const closed = await makeRole(app.iam(), 'Closed', { trust: [trusting(`arn:aws:iam::${other}:root`)] });
    for (const RoleArn of [
      closed,
      roleArnOf('Missing'),
      roleArnOf('Missing', '222222222222'),
      roleArnOf('path/Closed'),
    ]) {
      const asked = stsOf(worker).assumeRole({ RoleArn, RoleSessionName: 'work' });
      await expect(asked).rejects.toMatchObject({
        name: 'AccessDenied',
        $metadata: { httpStatusCode: 403 },
        message: refusal(
          worker.arn,
          'sts:AssumeRole',
          RoleArn,
          'because no role trust policy allows the sts:AssumeRole action',
        ),
      });
    }
  });

  test('needs an identity policy where the account is trusted, and none where the user is', async () => {
    const byAccount = await makeRole(app.iam(), 'ByAccount');
    const byName = await makeRole(app.iam(), 'ByName', { trust: [trusting(nobody.arn)] });
    await expect(assume(stsOf(nobody), byAccount)).rejects.toMatchObject({
      message: refusal(
        nobody.arn,
        'sts:AssumeRole',
        byAccount,
        'because no identity-based policy allows the sts:AssumeRole action',
      ),
    });
    expect((await assume(stsOf(nobody), byName)).accessKeyId).toMatch(/^ASIA/);
  });

  test('heeds a deny in the trust policy', async () => {
    const role = await makeRole(app.iam(), 'Denying', {
      trust: [trusting(account), { ...trusting(worker.arn), Effect: 'Deny', Sid: 'NotThem' }],
    });
    await expect(assume(stsOf(worker), role)).rejects.toMatchObject({
      message: refusal(worker.arn, 'sts:AssumeRole', role, 'with an explicit deny in the role trust policy'),
    });
  });

  test('over accounts needs both sides, and goes by the external id', async () => {
    const role = await makeRole(app.iam(), 'ForOthers', {
      trust: [trusting(`arn:aws:iam::${other}:root`, { StringEquals: { 'sts:ExternalId': 'the-id' } })],
    });
    await expect(assume(stsOf(outsider), role)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume(stsOf(outsider), role, { ExternalId: 'another' })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    const session = await assume(stsOf(outsider), role, { ExternalId: 'the-id' });
    expect((await stsOf(session).getCallerIdentity({})).Account).toBe(account);
    const weak = await makeUser(app.iam({ credentials: outsider }), 'weak');
    await expect(assume(stsOf(weak), role, { ExternalId: 'the-id' })).rejects.toMatchObject({
      message: expect.stringContaining('because no identity-based policy allows the sts:AssumeRole action'),
    });
  });

  test('decides on session name, tags of the role and tags of the request', async () => {
    const role = await makeRole(app.iam(), 'Conditions', {
      tags: { Team: 'red' },
      trust: [
        trusting(account, {
          StringEquals: {
            'sts:RoleSessionName': '${aws:username}',
            'aws:RequestTag/Stage': 'test',
            'iam:ResourceTag/team': 'red',
          },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['Stage'], 'sts:TransitiveTagKeys': ['Stage'] },
        }),
      ],
    });
    const Tags = [{ Key: 'Stage', Value: 'test' }];
    const good = { RoleSessionName: 'worker', Tags, TransitiveTagKeys: ['Stage'] };
    expect((await assume(stsOf(worker), role, good)).accessKeyId).toMatch(/^ASIA/);
    for (const bad of [
      { ...good, RoleSessionName: 'other' },
      { ...good, Tags: [{ Key: 'Stage', Value: 'live' }] },
      { ...good, Tags: [...Tags, { Key: 'More', Value: '' }] },
      { RoleSessionName: 'worker' },
    ])
      await expect(assume(stsOf(worker), role, bad)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('with tags or a source identity is allowed by the trust policy and by the caller both', async () => {
    const bare = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' };
    const role = await makeRole(app.iam(), 'Bare', { trust: [bare] });
    const open = await makeRole(app.iam(), 'Open');
    const plain = await makeUser(app.iam(), 'plain', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' });
    const Tags = [{ Key: 'a', Value: 'b' }];
    for (const [credentials, to, more, action] of [
      [worker, role, { Tags }, 'sts:TagSession'],
      [worker, role, { SourceIdentity: 'me' }, 'sts:SetSourceIdentity'],
      [plain, open, { Tags }, 'sts:TagSession'],
      [plain, open, { SourceIdentity: 'me' }, 'sts:SetSourceIdentity'],
    ] as const) {
      await expect(
        assume(stsOf(credentials), to, { ...more, Tags: [...('Tags' in more ? more.Tags : [])] }),
      ).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringContaining(`is not authorized to perform: ${action} on resource: ${to} because no`),
      });
    }
    expect((await assume(stsOf(plain), role)).accessKeyId).toMatch(/^ASIA/);
  });

  test('lasts as long as was asked for, and no longer than the role says', async () => {
    const role = await makeRole(app.iam(), 'Long', { maxSession: 7200 });
    await expect(assume(stsOf(worker), role, { DurationSeconds: 7201 })).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    });
    await expect(assume(stsOf(worker), role, { DurationSeconds: 899 })).rejects.toMatchObject({
      name: 'ValidationError',
    });
    const session = await assume(stsOf(worker), role, { DurationSeconds: 900 });
    app.advance(899_000 - 5000);
    expect((await stsOf(session).getCallerIdentity({})).Account).toBe(account);
    app.advance(10_000);
    await expect(stsOf(session).getCallerIdentity({})).rejects.toMatchObject({
      name: 'ExpiredToken',
      $metadata: { httpStatusCode: 403 },
      message: 'The security token included in the request is expired',
    });
    await expect(listAs(session)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
  });

  test.each([
    ['arn:aws:iam::123456789012:user/worker', 'arn:aws:iam::123456789012:user/worker is invalid'],
    ['arn:aws:sts::123456789012:role/worker', 'arn:aws:sts::123456789012:role/worker is invalid'],
    ['arn:aws:iam::x23456789012:role/worker', 'arn:aws:iam::x23456789012:role/worker is invalid'],
    ['not an arn and long enough', 'not an arn and long enough is invalid'],
  ])('refuses %s, which is no role', async (RoleArn, message) => {
    await expect(assume(stsOf(worker), RoleArn)).rejects.toMatchObject({ name: 'ValidationError', message });
  });

  test.each([
    ['SerialNumber', { SerialNumber: 'arn:aws:iam::123456789012:mfa/me', TokenCode: '123456' }, 'serialNumber'],
    ['TokenCode', { TokenCode: '123456' }, 'tokenCode'],
    [
      'ProvidedContexts',
      { ProvidedContexts: [{ ProviderArn: roleArnOf('x'), ContextAssertion: 'xxxx' }] },
      'providedContexts',
    ],
  ])('refuses %s by name', async (_, more, member) => {
    await expect(assume(stsOf(worker), roleArnOf('any'), more)).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining(`Invalid parameter at '${member}'`),
    });
  });
});

describe('a session policy', () => {
  const narrow = policyOf({ Effect: 'Allow', Action: 'ecr:ListImages', Resource: '*' });

  test('narrows what the role may, as inline policy and as managed ones', async () => {
    const role = await makeRole(app.iam(), 'Narrowed', { may: [everything] });
    const { Policy } = await app.iam().createPolicy({ PolicyName: 'narrow', PolicyDocument: narrow });
    const arn = Policy?.Arn ?? '';
    for (const more of [{ Policy: narrow }, { PolicyArns: [{ arn }] }]) {
      const answer = await stsOf(worker).assumeRole({ RoleArn: role, RoleSessionName: 'work', ...more });
      expect(answer.PackedPolicySize).toBeGreaterThan(0);
      const session = keysOf(answer.Credentials);
      expect((await listAs(session)).imageIds).toEqual([]);
      await expect(app.createRepositories(['new'], { credentials: session })).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringMatching(/because no session policy allows the ecr:CreateRepository action$/),
      });
    }
  });

  test('that goes away allows nothing any more', async () => {
    const role = await makeRole(app.iam(), 'Withdrawn', { may: [everything] });
    const { Policy } = await app.iam().createPolicy({ PolicyName: 'withdrawn', PolicyDocument: narrow });
    const arn = Policy?.Arn ?? '';
    const session = await assume(stsOf(worker), role, { PolicyArns: [{ arn }] });
    expect((await listAs(session)).imageIds).toEqual([]);
    await app.iam().deletePolicy({ PolicyArn: arn });
    await expect(listAs(session)).rejects.toMatchObject({
      message: expect.stringContaining('no session policy allows'),
    });
  });

  test.each([
    ['no JSON', { Policy: '{' }, 'MalformedPolicyDocumentException'],
    ['principals', { Policy: policyOf({ ...everything, Principal: '*' }) }, 'MalformedPolicyDocumentException'],
    [
      'too many characters',
      { Policy: policyOf({ ...everything, Sid: 'x'.repeat(2048) }) },
      'PackedPolicyTooLargeException',
    ],
    [
      'a managed policy that is not there',
      { PolicyArns: [{ arn: `arn:aws:iam::${account}:policy/none` }] },
      'ValidationError',
    ],
    [
      'a managed policy of another account',
      { PolicyArns: [{ arn: `arn:aws:iam::${other}:policy/none` }] },
      'ValidationError',
    ],
    [
      'eleven managed policies',
      { PolicyArns: Array.from({ length: 11 }, () => ({ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' })) },
      'ValidationError',
    ],
  ])('with %s is refused', async (_, more, name) => {
    const role = await makeRole(app.iam(), `Refused${Math.random()}`.replace('.', ''));
    await expect(assume(stsOf(worker), role, more)).rejects.toMatchObject({ name });
  });
});

describe('tags of a session', () => {
  test('stand over those of its role, for conditions on principal tags', async () => {
    const condition = { StringEquals: { 'aws:PrincipalTag/Team': 'blue' } };
    const role = await makeRole(app.iam(), 'Tagged', {
      tags: { team: 'red' },
      may: [{ ...pull, Condition: condition }],
    });
    await expect(listAs(await assume(stsOf(worker), role))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const blue = await assume(stsOf(worker), role, { Tags: [{ Key: 'Team', Value: 'blue' }] });
    expect((await listAs(blue)).imageIds).toEqual([]);
  });

  test('that are too many for the token are refused with their size', async () => {
    const role = await makeRole(app.iam(), 'Crowded');
    const text = (): string => Array.from({ length: 200 }, () => Math.random().toString(36)[2]).join('');
    const Tags = Array.from({ length: 50 }, (_, n) => ({ Key: `key-${n}`, Value: text() }));
    await expect(assume(stsOf(worker), role, { Tags })).rejects.toMatchObject({
      name: 'PackedPolicyTooLargeException',
      message: expect.stringMatching(/^Packed size of session tags consumes 1\d\d% of allotted space\.$/),
    });
    const few = await stsOf(worker).assumeRole({ RoleArn: role, RoleSessionName: 'work', Tags: Tags.slice(0, 20) });
    expect(few.PackedPolicySize).toBeGreaterThan(20);
    expect(few.Credentials?.SessionToken?.length).toBeLessThanOrEqual(8192);
    expect((await stsOf(keysOf(few.Credentials)).getCallerIdentity({})).Account).toBe(account);
  });

  test.each([
    [
      'twice the same',
      {
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'A', Value: '2' },
        ],
      },
      /^Duplicate tag keys found/,
    ],
    ['one of AWS', { Tags: [{ Key: 'aws:x', Value: '1' }] }, /reserved for system use/],
    ['a transitive one that is none of them', { TransitiveTagKeys: ['a'] }, /must be included in the requested tags/],
  ])('with %s are refused', async (_, more, words) => {
    await expect(assume(stsOf(worker), roleArnOf('any'), more)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringMatching(words),
    });
  });
});

describe('a role that a session of a role assumes', () => {
  const onwards = {
    Effect: 'Allow',
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Resource: '*',
  };

  test('lasts an hour at most', async () => {
    const first = await makeRole(app.iam(), 'First', { may: [onwards] });
    const second = await makeRole(app.iam(), 'Second', { maxSession: 43_200 });
    const session = await assume(stsOf(worker), first);
    await expect(assume(stsOf(session), second, { DurationSeconds: 3601 })).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    });
    expect((await assume(stsOf(session), second, { DurationSeconds: 3600 })).accessKeyId).toMatch(/^ASIA/);
  });

  test('has the transitive tags and the source identity of the first, which stay as they are', async () => {
    const condition = {
      StringEquals: { 'aws:PrincipalTag/Team': 'blue', 'aws:SourceIdentity': 'ada' },
      Null: { 'aws:PrincipalTag/Own': 'true' },
    };
    const first = await makeRole(app.iam(), 'ChainFirst', { may: [onwards] });
    const second = await makeRole(app.iam(), 'ChainSecond', { may: [onwards, { ...pull, Condition: condition }] });
    const session = await assume(stsOf(worker), first, {
      Tags: [
        { Key: 'Team', Value: 'blue' },
        { Key: 'Own', Value: 'x' },
      ],
      TransitiveTagKeys: ['team'],
      SourceIdentity: 'ada',
    });
    const answer = await stsOf(session).assumeRole({ RoleArn: second, RoleSessionName: 'work' });
    expect(answer.SourceIdentity).toBe('ada');
    const chained = keysOf(answer.Credentials);
    expect((await listAs(chained)).imageIds).toEqual([]);
    const third = await assume(stsOf(chained), second);
    expect((await listAs(third)).imageIds).toEqual([]);
    await expect(assume(stsOf(chained), second, { Tags: [{ Key: 'TEAM', Value: 'red' }] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining('conflicts with a transitive tag key from the calling session'),
    });
    await expect(assume(stsOf(chained), second, { SourceIdentity: 'bob' })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    expect((await assume(stsOf(chained), second, { SourceIdentity: 'ada' })).accessKeyId).toMatch(/^ASIA/);
  });

  test('is in the session policy of the first, which cannot be got rid of', async () => {
    const first = await makeRole(app.iam(), 'NarrowFirst', { may: [everything] });
    const narrow = policyOf({ Effect: 'Allow', Action: 'ecr:*', Resource: '*' });
    const session = await assume(stsOf(worker), first, { Policy: narrow });
    await expect(assume(stsOf(session), first)).rejects.toMatchObject({
      message: expect.stringContaining('because no session policy allows the sts:AssumeRole action'),
    });
    await expect(stsOf(session).getSessionToken({})).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

test('a session is told by region: one of us-east-1 works everywhere', async () => {
  const role = await makeRole(app.iam(), 'Everywhere', { may: [pull] });
  const session = await assume(stsOf(worker), role);
  await app.createRepositories(['team/app'], { region: 'eu-west-1' });
  const west = app.ecr({ credentials: session, region: 'eu-west-1' });
  expect((await west.send(new ListImagesCommand({ repositoryName: 'team/app' }))).imageIds).toEqual([]);
});

test('the last use of a role is told', async () => {
  const role = await makeRole(app.iam(), 'Used', { may: [pull] });
  const used = async () => (await app.iam().getRole({ RoleName: 'Used' })).Role?.RoleLastUsed;
  const session = await assume(stsOf(worker), role);
  expect(await used()).toEqual({});
  await listAs(session);
  await app.app.lastUses.flush();
  const { LastUsedDate, Region } = (await used()) ?? {};
  expect(Math.abs((LastUsedDate?.getTime() ?? 0) - app.now())).toBeLessThan(60_000);
  expect(Region).toBe(region);
});
