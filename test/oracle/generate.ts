/** Cases out of seeds. Most things match most of the time, so that every part of a decision gets to decide. */
import {
  accounts,
  type Caller,
  type CallerKind,
  type OracleCase,
  type PolicyText,
  type StatementText,
} from './case.ts';
import { generateConditions, generateContext } from './generate-conditions.ts';
import { generatePrincipals } from './generate-principals.ts';
import { createRandom, type Random } from './random.ts';

interface Subject {
  readonly actions: readonly string[];
  readonly patterns: readonly string[];
  /** ARN in an account. */
  readonly resource: (account: string) => string;
  readonly resources: readonly string[];
}

const repositories: Subject = {
  actions: ['ecr:PutImage', 'ecr:BatchGetImage', 'ecr:DeleteRepository', 'ecr:DescribeImages'],
  patterns: ['ecr:*', 'ecr:PutImage', 'ECR:batchget*', 'ecr:*Image?', 'ecr:Delete?epository', '*', 's3:GetObject'],
  resource: (account) => `arn:aws:ecr:eu-west-1:${account}:repository/team/red`,
  resources: [
    '*',
    'arn:aws:ecr:*:*:repository/*',
    'arn:aws:ecr:eu-west-1:111122223333:repository/team/*',
    'arn:aws:ecr:eu-*:*:repository/????/red',
    'arn:aws:ecr:*:*:repository/team/${aws:PrincipalTag/team}',
    "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/unit, 'team'}/*",
    'arn:aws:ecr:us-east-1:*:repository/*',
    'arn:aws:ecr:*:*:repository/t*m*r*d',
  ],
};

const keys: Subject = {
  actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
  patterns: ['kms:*', 'kms:Decrypt', 'kms:Generate*', '*'],
  resource: (account) => `arn:aws:kms:eu-west-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
  resources: ['*', 'arn:aws:kms:*:*:key/*', 'arn:aws:kms:eu-west-1:111122223333:key/1234*', 'arn:aws:kms:*:*:key/9*'],
};

const tokens: Subject = {
  actions: ['ecr:GetAuthorizationToken'],
  patterns: ['ecr:*', 'ecr:GetAuthorizationToken', 'ecr:Get*', '*'],
  resource: () => '*',
  resources: ['*', '*', 'arn:aws:ecr:*:*:repository/*'],
};

/** The case of a seed. */
export function generateCase(seed: number): OracleCase {
  const random = createRandom(seed);
  const caller = generateCaller(random);
  const subject = generateSubject(random, caller);
  const account = random.chance(75) ? accounts.home : accounts.other;
  const resourceAccount = subject === tokens ? caller.account : account;
  const make = (kind: PolicyKind): PolicyText => generatePolicy(random, subject, caller, kind);
  const own = caller.kind === 'anonymous' || caller.kind === 'service' ? 0 : random.below(3);
  const narrowed = caller.kind === 'user' || caller.kind === 'role';
  const inSession = caller.kind === 'role' || caller.kind === 'federated';
  const root = caller.kind === 'root';
  return {
    seed,
    caller,
    action: random.pick(subject.actions),
    resource: subject.resource(resourceAccount),
    resourceAccount,
    context: generateContext(random),
    identity: root ? [everything] : Array.from({ length: own }, () => make('identity')),
    resourcePolicy: needsResourcePolicy(random, subject, caller) ? make('resource') : undefined,
    boundary: narrowed && random.chance(25) ? make('narrow') : undefined,
    session: inSession && random.chance(35) ? make('narrow') : undefined,
    serviceControl: own > 0 && random.chance(25) ? make('narrow') : undefined,
    endpoint: random.chance(25) ? make('endpoint') : undefined,
  };
}

/** What the root of an account may do in it, as a policy: the other engine has no rule for it. */
const everything: PolicyText = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
};

function generateSubject(random: Random, { kind }: Caller): Subject {
  const plain = kind !== 'root' && kind !== 'service' && kind !== 'anonymous';
  if (plain && random.chance(10)) return tokens;
  return plain && random.chance(20) ? keys : repositories;
}

function needsResourcePolicy(random: Random, subject: Subject, { kind }: Caller): boolean {
  if (subject === tokens) return false;
  return subject === keys || kind === 'service' || kind === 'anonymous' || random.chance(70);
}

const callerKinds: readonly CallerKind[] = [
  ...Array.from({ length: 4 }, () => 'user' as const),
  ...Array.from({ length: 5 }, () => 'role' as const),
  ...Array.from({ length: 2 }, () => 'federated' as const),
  'root',
  'service',
  'anonymous',
];

function generateCaller(random: Random): Caller {
  const kind = random.pick(callerKinds);
  const account = random.chance(75) ? accounts.home : accounts.other;
  const [user, run] = [random.pick(['alice', 'teams/bob']), random.pick(['run-1', 'run-2'])];
  const iam = `arn:aws:iam::${account}`;
  const sts = `arn:aws:sts::${account}`;
  const callers: Readonly<Record<CallerKind, Caller>> = {
    root: { kind, account, arn: `${iam}:root` },
    user: { kind, account, arn: `${iam}:user/${user}` },
    role: { kind, account, arn: `${sts}:assumed-role/builder/${run}`, behind: `${iam}:role/ci/builder` },
    federated: { kind, account, arn: `${sts}:federated-user/carol`, behind: `${iam}:user/carol` },
    service: { kind, account, arn: 'lambda.amazonaws.com' },
    anonymous: { kind, account: '', arn: 'anonymous' },
  };
  return callers[kind];
}

type PolicyKind = 'identity' | 'resource' | 'narrow' | 'endpoint';

function generatePolicy(random: Random, subject: Subject, caller: Caller, kind: PolicyKind): PolicyText {
  const version = random.chance(95) ? '2012-10-17' : random.pick(['2008-10-17' as const, undefined]);
  const wide = kind === 'narrow' || kind === 'endpoint';
  const statements = Array.from({ length: 1 + random.below(3) }, (_, index) =>
    generateStatement(random, subject, caller, kind, index),
  );
  // a limit that allows nothing at all would decide too often
  if (wide && random.chance(60)) statements.push(allowAll(kind));
  return { ...(version !== undefined && { Version: version }), Statement: statements };
}

function allowAll(kind: PolicyKind): StatementText {
  const principal = kind === 'endpoint' ? { Principal: '*' as const } : {};
  return { Effect: 'Allow', ...principal, Action: ['*'], Resource: ['*'] };
}

function generateStatement(
  random: Random,
  subject: Subject,
  caller: Caller,
  kind: PolicyKind,
  index: number,
): StatementText {
  const effect = random.chance(80) ? 'Allow' : 'Deny';
  const actions = random.some(subject.patterns, 1, 3);
  const resources = random.some(subject.resources, 1, 2);
  const notAction = random.chance(8);
  const notResource = random.chance(5);
  const principal =
    kind === 'resource'
      ? generatePrincipals(random, caller, effect)
      : kind === 'endpoint'
        ? { Principal: '*' as const }
        : {};
  const conditions = random.chance(55) ? generateConditions(random) : undefined;
  return {
    Sid: `S${index}`,
    Effect: effect,
    ...principal,
    ...(notAction ? { NotAction: actions.filter((action) => action !== '*').concat('ec2:*') } : { Action: actions }),
    ...(notResource ? { NotResource: resources.filter((one) => one !== '*').concat(absent) } : { Resource: resources }),
    ...(conditions !== undefined && { Condition: conditions }),
  };
}

const absent = 'arn:aws:ecr:*:*:repository/absent';
