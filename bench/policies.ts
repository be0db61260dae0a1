/** Requests with the policies that the scenarios of decisions need. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Principal, Rights } from '../src/domain/iam/principal.ts';
import { compilePolicy, type CompiledPolicy } from '../src/domain/iam/policy/compile.ts';
import type { AccessRequest } from '../src/domain/iam/policy/decide.ts';
import { readPolicyDocument } from '../src/domain/iam/policy/document.ts';
import { checkout } from '../test/support/stowage.ts';

const [home, other] = ['111122223333', '444455556666'];
const user = `arn:aws:iam::${other}:user/ci`;
const repository = (name: string, account = home): string => `arn:aws:ecr:eu-west-1:${account}:repository/${name}`;

type StatementText = Readonly<Record<string, unknown>>;

function policy(name: string, ...statements: readonly StatementText[]): CompiledPolicy {
  return compilePolicy(readPolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement: statements })), { name });
}

function principal(account: string, rights: Partial<Rights>): Principal {
  const arn = `arn:aws:iam::${account}:user/ci`;
  const identity = { arn, id: 'AIDAEXAMPLE', name: 'ci' };
  return {
    arn,
    account,
    id: identity.id,
    type: 'User',
    name: 'ci',
    user: identity,
    rights: { identity: [], boundary: undefined, session: undefined, tags: new Map(), ...rights },
    accessKeyId: '',
  };
}

const values = new Map([
  ['aws:sourceip', '203.0.113.9'],
  ['aws:principaltag/team', 'red'],
  ['ecr:resourcetag/team', 'red'],
  ['aws:securetransport', 'true'],
]);
const context = { get: (key: string): string | undefined => values.get(key) };

const request = (from: Principal, action: string, resource: string): AccessRequest => ({
  principal: from,
  action,
  resource,
  resourceAccount: home,
  context,
});

const pull = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** One inline policy: a pull that it allows and a push that it does not. */
export function small(): AccessRequest[] {
  const inline = policy('inline', { Effect: 'Allow', Action: pull, Resource: repository('team/*') });
  const from = principal(home, { identity: [inline] });
  return ['ecr:BatchGetImage', 'ecr:PutImage'].map((action) => request(from, action, repository('team/web')));
}

/** Pulls of another account's user, whom both sides let in. */
export function ordinary(): AccessRequest[] {
  const { policies } = JSON.parse(readFileSync(join(checkout, 'models', 'managed-policies.json'), 'utf8')) as {
    policies: Record<string, { arn: string; document: unknown }>;
  };
  const managed = policies['AmazonEC2ContainerRegistryPullOnly'];
  if (managed === undefined) throw new Error('the pull-only policy is gone');
  const identity = [compilePolicy(readPolicyDocument(JSON.stringify(managed.document)), { name: managed.arn })];
  const ofRepository = policy('repository', {
    Effect: 'Allow',
    Principal: { AWS: [user, `arn:aws:iam::${home}:root`] },
    Action: pull,
    Resource: '*',
  });
  const from = principal(other, { identity });
  return pull.map((action) => ({
    ...request(from, action, repository('team/web')),
    resourcePolicies: [ofRepository],
  }));
}

/** The last of a hundred statements allows, and none of the conditions before holds. */
export function conditional(): AccessRequest[] {
  const conditions = (index: number): StatementText => ({
    StringEquals: { 'ecr:ResourceTag/team': `team-${index}`, 'aws:PrincipalTag/team': '${ecr:ResourceTag/team}' },
    IpAddress: { 'aws:SourceIp': [`10.${index}.0.0/16`, `2001:db8:${index}::/48`] },
  });
  const identity = policy(
    'identity',
    ...Array.from({ length: 99 }, (_, index) => ({
      Effect: index % 2 === 0 ? 'Allow' : 'Deny',
      Action: 'ecr:*',
      Resource: repository('*'),
      Condition: conditions(index),
    })),
    {
      Effect: 'Allow',
      Action: 'ecr:*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/team': '${ecr:ResourceTag/team}' } },
    },
  );
  const ofRepository = policy(
    'repository',
    ...Array.from({ length: 20 }, (_, index) => ({
      Effect: 'Deny',
      Principal: '*',
      Action: 'ecr:*',
      Resource: '*',
      Condition: conditions(index),
    })),
  );
  const from = principal(home, { identity: [identity] });
  return pull.map((action) => ({
    ...request(from, action, repository('team/web')),
    resourcePolicies: [ofRepository],
  }));
}

/** Ten patterns that a search with tries at every place would not end on. */
export function stars(): AccessRequest[] {
  const patterns = Array.from({ length: 10 }, (_, index) => repository(`${'*a'.repeat(6)}*${index}b`));
  const identity = [policy('stars', { Effect: 'Allow', Action: 'ecr:*', Resource: patterns })];
  return [request(principal(home, { identity }), 'ecr:BatchGetImage', repository('a'.repeat(256)))];
}

/**
 * An account with 10,000 policies, each speaking of the action: 500 users with 20 of them each, who ask in turn, so that
 * hardly anything is at hand from the last decision.
 */
export function many(): AccessRequest[] {
  return Array.from({ length: 500 }, (_, index) => {
    const identity = Array.from({ length: 20 }, (_each, each) =>
      policy(`policy-${index}-${each}`, {
        Effect: 'Allow',
        Action: pull,
        Resource: repository(`team/${index}/${each}`),
      }),
    );
    return request(principal(home, { identity }), 'ecr:BatchGetImage', repository('team/web'));
  });
}

/** The same 10,000 all attached to one user, as limits that were raised allow it. */
export function all(): AccessRequest[] {
  const identity = many().flatMap(({ principal: { rights } }) => rights.identity);
  return [request(principal(home, { identity }), 'ecr:BatchGetImage', repository('team/web'))];
}
