/** A walk with the AWS CLI over every operation of IAM and STS that is built, as people type it, and what it prints. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAwsCli, type AwsCli } from '../../support/aws-cli.ts';
import { missing } from '../../support/engines.ts';
import { policyOf } from '../../support/iam.ts';
import { account, startStowage, type Credentials, type Stowage } from '../../support/stowage.ts';
import { serviceOf } from '../../support/wire/service-tables.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const arnOf = (what: string): string => `arn:aws:iam::${account}:${what}`;
const allow = (Action: string): string => policyOf({ Effect: 'Allow', Action, Resource: '*' });
const trustOf = (Principal: object): string => policyOf({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });

/** What the CLI calls an operation: GetSSHPublicKey is get-ssh-public-key. */
const commandOf = (operation: string): string =>
  operation
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();

interface Keys {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken?: string;
}

const credentialsOf = ({ AccessKeyId, SecretAccessKey, SessionToken }: Keys): Credentials => ({
  accessKeyId: AccessKeyId,
  secretAccessKey: SecretAccessKey,
  ...(SessionToken === undefined ? {} : { sessionToken: SessionToken }),
});

describe.skipIf(missing('aws'))('the AWS CLI', () => {
  let server: Stowage;
  let aws: AwsCli;
  const walked = { iam: new Set<string>(), sts: new Set<string>() };

  beforeAll(async () => {
    server = await startStowage();
    aws = await startAwsCli(server);
  });

  afterAll(async () => {
    await aws?.close();
    await server?.close();
  });

  function argsOf(service: 'iam' | 'sts', line: string, more: readonly string[]): string[] {
    const words = line.split(' ');
    walked[service].add(words[0] ?? '');
    return [service, ...words, ...more];
  }

  /** `aws iam LINE MORE…`; words with spaces in them are among the more. */
  const iam = async <T = unknown>(line: string, ...more: string[]): Promise<T> =>
    await aws.ok<T>(argsOf('iam', line, more));
  const refused = async (line: string, ...more: string[]): Promise<string> =>
    await aws.refused(argsOf('iam', line, more));
  const sts = async <T = unknown>(line: string, by?: Credentials): Promise<T> =>
    await aws.ok<T>(argsOf('sts', line, []), by);

  test('makes users, tags and bounds them, and lists them by pages', async () => {
    const tags = ['Key=cost,Value=', 'Key=team,Value=blue and green'];
    const created = await iam(
      `create-user --user-name walker --path /walk/ --permissions-boundary ${readOnly} --tags`,
      ...tags,
    );
    expect(created).toMatchObject({
      User: {
        ...{ Path: '/walk/', UserName: 'walker', UserId: expect.stringMatching(/^AIDA/) },
        Arn: arnOf('user/walk/walker'),
        PermissionsBoundary: { PermissionsBoundaryArn: readOnly },
        Tags: [
          { Key: 'cost', Value: '' },
          { Key: 'team', Value: 'blue and green' },
        ],
      },
    });
    await aws.ok(['iam', 'wait', 'user-exists', '--user-name', 'walker']);
    expect(await iam('get-user --user-name walker')).toEqual(created);
    expect(await iam('get-user')).toMatchObject({ User: { UserName: 'admin' } });
    const all = { Users: [{ UserName: 'admin' }, { UserName: 'walker' }] };
    expect(await iam('list-users --page-size 1')).toMatchObject(all);
    const page = await iam<{ NextToken: string }>('list-users --max-items 1');
    expect(page).toMatchObject({ Users: [{ UserName: 'admin' }], NextToken: expect.any(String) });
    expect(await iam(`list-users --starting-token ${page.NextToken}`)).toMatchObject({
      Users: [{ UserName: 'walker' }],
    });
    expect(await iam('list-users --path-prefix /walk/')).toMatchObject({ Users: [{ UserName: 'walker' }] });
    await iam('untag-user --user-name walker --tag-keys team cost');
    await iam('tag-user --user-name walker --tags Key=stage,Value=test');
    expect(await iam('list-user-tags --user-name walker')).toMatchObject({ Tags: [{ Key: 'stage', Value: 'test' }] });
    await iam('delete-user-permissions-boundary --user-name walker');
    await iam(`put-user-permissions-boundary --user-name walker --permissions-boundary ${readOnly}`);
    expect(await refused('create-user --user-name Walker')).toContain(
      '(EntityAlreadyExists) when calling the CreateUser operation: User with name Walker already exists.',
    );
  });

  test('makes two keys, puts one to rest, and tells when they were used', async () => {
    const { AccessKey } = await iam<{ AccessKey: Keys }>('create-access-key --user-name walker');
    const { AccessKeyId } = AccessKey;
    await iam('create-access-key --user-name walker');
    expect(await refused('create-access-key --user-name walker')).toContain('(LimitExceeded)');
    expect(await iam(`get-access-key-last-used --access-key-id ${AccessKeyId}`)).toMatchObject({
      UserName: 'walker',
      AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' },
    });
    expect(await sts('get-caller-identity', credentialsOf(AccessKey))).toMatchObject({
      Arn: arnOf('user/walk/walker'),
    });
    await iam(`update-access-key --user-name walker --status Inactive --access-key-id ${AccessKeyId}`);
    const { AccessKeyMetadata } = await iam<{
      AccessKeyMetadata: { AccessKeyId: string; Status: string }[];
    }>('list-access-keys --user-name walker');
    expect(AccessKeyMetadata.find((key) => key.AccessKeyId === AccessKeyId)).toMatchObject({ Status: 'Inactive' });
    expect(await aws.refused(['sts', 'get-caller-identity'], credentialsOf(AccessKey))).toContain(
      '(InvalidClientTokenId)',
    );
    for (const key of AccessKeyMetadata)
      await iam(`delete-access-key --user-name walker --access-key-id ${key.AccessKeyId}`);
  });

  test('makes groups, and moves users between them', async () => {
    expect(await iam('create-group --group-name walkers --path /walk/')).toMatchObject({
      Group: { GroupId: expect.stringMatching(/^AGPA/), Arn: arnOf('group/walk/walkers') },
    });
    await iam('add-user-to-group --group-name walkers --user-name walker');
    expect(await iam('get-group --group-name walkers')).toMatchObject({ Users: [{ UserName: 'walker' }] });
    await iam('update-group --group-name walkers --new-group-name wanderers --new-path /');
    expect(await iam('list-groups')).toMatchObject({ Groups: [{ GroupName: 'wanderers', Path: '/' }] });
    expect(await iam('list-groups-for-user --user-name walker')).toMatchObject({
      Groups: [{ GroupName: 'wanderers' }],
    });
  });

  test('makes roles, with documents as they were written', async () => {
    const trust = trustOf({ Service: 'ecs-tasks.amazonaws.com' });
    const created = await iam(
      'create-role --role-name walk --path /walk/ --max-session-duration 7200 --tags Key=team,Value=blue',
      ...['--assume-role-policy-document', trust, '--description', 'walks "far"'],
    );
    await aws.ok(['iam', 'wait', 'role-exists', '--role-name', 'walk']);
    expect(created).toMatchObject({
      Role: { RoleId: expect.stringMatching(/^AROA/), Arn: arnOf('role/walk/walk') },
    });
    expect(await iam('get-role --role-name walk')).toMatchObject({
      Role: { AssumeRolePolicyDocument: JSON.parse(trust), Description: 'walks "far"', MaxSessionDuration: 7200 },
    });
    expect(await iam('list-roles --path-prefix /walk/')).toMatchObject({ Roles: [{ RoleName: 'walk' }] });
    await iam('update-role --role-name walk --max-session-duration 3600');
    expect(await iam('update-role-description --role-name walk --description near')).toMatchObject({
      Role: { Description: 'near', MaxSessionDuration: 3600 },
    });
    const own = trustOf({ AWS: arnOf('user/admin') });
    await iam('update-assume-role-policy --role-name walk --policy-document', own);
    expect(await iam('get-role --role-name walk')).toMatchObject({
      Role: { AssumeRolePolicyDocument: JSON.parse(own) },
    });
    expect(
      await refused('update-assume-role-policy --role-name walk --policy-document', trustOf({ AWS: arnOf('user/no') })),
    ).toContain('(MalformedPolicyDocument)');
    await iam('untag-role --role-name walk --tag-keys team');
    await iam('tag-role --role-name walk --tags Key=stage,Value=test');
    expect(await iam('list-role-tags --role-name walk')).toMatchObject({ Tags: [{ Key: 'stage', Value: 'test' }] });
    await iam(`put-role-permissions-boundary --role-name walk --permissions-boundary ${readOnly}`);
    await iam('delete-role-permissions-boundary --role-name walk');
    expect(await iam('list-instance-profiles-for-role --role-name walk')).toEqual({ InstanceProfiles: [] });
  });

  const policyArn = arnOf('policy/walk/pull');

  test('makes managed policies and their versions', async () => {
    const create = 'create-policy --policy-name pull --path /walk/ --tags Key=team,Value=blue --policy-document';
    expect(await iam(create, allow('ecr:BatchGetImage'))).toMatchObject({
      Policy: { PolicyId: expect.stringMatching(/^ANPA/), Arn: policyArn, DefaultVersionId: 'v1', AttachmentCount: 0 },
    });
    await aws.ok(['iam', 'wait', 'policy-exists', '--policy-arn', policyArn]);
    expect(
      await iam(`create-policy-version --policy-arn ${policyArn} --policy-document`, allow('ecr:*')),
    ).toMatchObject({
      PolicyVersion: { VersionId: 'v2', IsDefaultVersion: false },
    });
    await iam(`set-default-policy-version --policy-arn ${policyArn} --version-id v2`);
    expect(await iam(`get-policy --policy-arn ${policyArn}`)).toMatchObject({ Policy: { DefaultVersionId: 'v2' } });
    expect(await iam(`get-policy-version --policy-arn ${policyArn} --version-id v1`)).toMatchObject({
      PolicyVersion: { Document: JSON.parse(allow('ecr:BatchGetImage')), IsDefaultVersion: false },
    });
    await iam(`delete-policy-version --policy-arn ${policyArn} --version-id v1`);
    expect(await iam(`list-policy-versions --policy-arn ${policyArn}`)).toMatchObject({
      Versions: [{ VersionId: 'v2', IsDefaultVersion: true }],
    });
    expect(await iam('list-policies --scope Local')).toMatchObject({ Policies: [{ Arn: policyArn }] });
    const { Policies } = await iam<{ Policies: { Arn: string }[] }>('list-policies --scope AWS');
    expect(Policies.map(({ Arn }) => Arn)).toContain(readOnly);
    await iam(`untag-policy --policy-arn ${policyArn} --tag-keys team`);
    await iam(`tag-policy --policy-arn ${policyArn} --tags Key=stage,Value=test`);
    expect(await iam(`list-policy-tags --policy-arn ${policyArn}`)).toMatchObject({
      Tags: [{ Key: 'stage', Value: 'test' }],
    });
  });

  describe.each([
    ['user', 'walker', 'Users'],
    ['group', 'wanderers', 'Groups'],
    ['role', 'walk', 'Roles'],
  ] as const)('ties policies to a %s', (kind, name, plural) => {
    const on = `--${kind}-name ${name}`;

    test('by attaching', async () => {
      await iam(`attach-${kind}-policy ${on} --policy-arn ${policyArn}`);
      expect(await iam(`list-attached-${kind}-policies ${on}`)).toEqual({
        AttachedPolicies: [{ PolicyName: 'pull', PolicyArn: policyArn }],
      });
      const entities = await iam<Record<string, unknown>>(`list-entities-for-policy --policy-arn ${policyArn}`);
      expect(entities[`Policy${plural}`]).toMatchObject([{ [`${plural.slice(0, -1)}Name`]: name }]);
      await iam(`detach-${kind}-policy ${on} --policy-arn ${policyArn}`);
    });

    test('by writing them into it', async () => {
      const document = allow('ecr:ListImages');
      await iam(`put-${kind}-policy ${on} --policy-name own --policy-document`, document);
      expect(await iam(`list-${kind}-policies ${on}`)).toEqual({ PolicyNames: ['own'] });
      expect(await iam(`get-${kind}-policy ${on} --policy-name own`)).toMatchObject({
        PolicyName: 'own',
        PolicyDocument: JSON.parse(document),
      });
      await iam(`delete-${kind}-policy ${on} --policy-name own`);
    });
  });

  test('is told the truth about what there is none of', async () => {
    expect(await iam('list-account-aliases')).toEqual({ AccountAliases: [] });
    expect(await iam('list-instance-profiles')).toEqual({ InstanceProfiles: [] });
    expect(await iam('list-open-id-connect-providers')).toEqual({ OpenIDConnectProviderList: [] });
    expect(await iam('list-mfa-devices --user-name walker')).toEqual({ MFADevices: [] });
    expect(await iam('list-ssh-public-keys --user-name walker')).toEqual({ SSHPublicKeys: [] });
    expect(await iam('list-signing-certificates --user-name walker')).toEqual({ Certificates: [] });
    expect(await iam('list-service-specific-credentials --user-name walker')).toMatchObject({
      ServiceSpecificCredentials: [],
    });
    for (const command of ['get-login-profile', 'delete-login-profile'])
      expect(await refused(`${command} --user-name walker`)).toContain('(NoSuchEntity)');
    expect(await iam('get-account-summary')).toMatchObject({ SummaryMap: { Users: 2, Groups: 1, Roles: 1 } });
  });

  test('goes from session to session', async () => {
    const assume = `assume-role --role-arn ${arnOf('role/walk/walk')} --role-session-name trip`;
    const refusal = await sts(
      `${assume} --duration-seconds 900 --source-identity admin --tags Key=team,Value=blue`,
    ).catch((error: Error) => error.message);
    // the trust policy allows no more than to assume it
    expect(refusal).toMatch(/is not authorized to perform: sts:(TagSession|SetSourceIdentity)/);
    const answer = await sts<{ Credentials: Keys; AssumedRoleUser: object }>(`${assume} --duration-seconds 900`);
    const arn = `arn:aws:sts::${account}:assumed-role/walk/trip`;
    expect(answer.AssumedRoleUser).toMatchObject({ Arn: arn });
    expect(await sts('get-caller-identity', credentialsOf(answer.Credentials))).toMatchObject({ Arn: arn });
    expect(
      await aws.refused([
        ...['sts', ...assume.split(' '), '--serial-number', arnOf('mfa/admin'), '--token-code', '123456'],
      ]),
    ).toMatch(/serialNumber.*Multi-factor authentication|Multi-factor authentication.*serialNumber/);

    const session = await sts<{ Credentials: Keys }>('get-session-token --duration-seconds 900');
    expect(await sts('get-caller-identity', credentialsOf(session.Credentials))).toMatchObject({
      Arn: arnOf('user/admin'),
    });
    const federated = await sts<{ Credentials: Keys; FederatedUser: object }>(
      `get-federation-token --name guest --duration-seconds 900 --policy-arns arn=${readOnly}`,
    );
    expect(federated.FederatedUser).toMatchObject({ Arn: `arn:aws:sts::${account}:federated-user/guest` });
    const denied = await aws.refused(['iam', 'list-users'], credentialsOf(federated.Credentials));
    expect(denied).toContain('when calling the ListUsers operation');
    expect(await sts(`get-access-key-info --access-key-id ${answer.Credentials.AccessKeyId}`)).toEqual({
      Account: account,
    });
  });

  test('decodes what a denial was about', async () => {
    const url = `${server.url}/v2/nowhere/manifests/v1`;
    const { Credentials: keys } = await sts<{ Credentials: Keys }>(
      `assume-role --role-arn ${arnOf('role/walk/walk')} --role-session-name trip`,
    );
    await iam(
      'put-role-policy --role-name walk --policy-name login --policy-document',
      allow('ecr:GetAuthorizationToken'),
    );
    const { stdout } = await aws.run(['ecr', 'get-login-password'], credentialsOf(keys));
    const authorization = `Basic ${Buffer.from(`AWS:${stdout.trim()}`).toString('base64')}`;
    const answer = await fetch(url, { headers: { authorization } });
    expect(answer.status).toBe(403);
    const message = answer.headers.get('x-stowage-authorization-message');
    const { DecodedMessage } = await sts<{ DecodedMessage: string }>(
      `decode-authorization-message --encoded-message ${message}`,
    );
    expect(JSON.parse(DecodedMessage)).toMatchObject({ context: { action: 'ecr:BatchGetImage' } });
    await iam('delete-role-policy --role-name walk --policy-name login');
  });

  test('takes everything down again', async () => {
    expect(await refused('delete-user --user-name walker')).toContain('(DeleteConflict)');
    await iam('remove-user-from-group --group-name wanderers --user-name walker');
    await iam('update-user --user-name walker --new-user-name stroller');
    await iam('delete-user --user-name stroller');
    await iam('delete-group --group-name wanderers');
    await iam('delete-role --role-name walk');
    await iam(`delete-policy --policy-arn ${policyArn}`);
    expect(await refused('get-role --role-name walk')).toContain(
      '(NoSuchEntity) when calling the GetRole operation: The role with name walk cannot be found.',
    );
  });

  test.each(['iam', 'sts'] as const)('has walked every operation of %s', (name) => {
    expect([...walked[name]].toSorted()).toEqual(serviceOf(name).built.map(commandOf).toSorted());
  });
});
