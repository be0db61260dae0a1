import { repositoryArn } from '../domain/arn.ts';
import { RegistryError } from '../domain/errors.ts';
import { decide, denialText, type Decision, type Reason } from '../domain/iam/decision.ts';
import { findRepository, type RepositoryRow } from '../store/repositories.ts';
import type { Call, Registry, Uses } from './app.ts';

/**
 * Proof that a request was decided. Only this file makes one, so a door or a job that forgets to ask does not compile.
 * It carries what it was decided on; core takes registry and repository from it, never from the input.
 */
class Proof<A extends string> {
  /** Private, so that no object literal can pass for a proof. */
  readonly #made = true;
  readonly action: A;
  readonly registry: Registry;
  readonly decision: Decision;
  /** ARN, or `*`. */
  readonly resource: string;

  constructor(action: A, registry: Registry, decision: Decision, resource: string) {
    this.action = action;
    this.registry = registry;
    this.decision = decision;
    this.resource = resource;
  }

  /** True for every genuine proof. */
  get genuine(): boolean {
    return this.#made;
  }
}

/** The proof for an action on the registry as a whole. */
export type Allowed<A extends string> = Proof<A>;

class NameProof<A extends string> extends Proof<A> {
  readonly name: string;

  constructor(action: A, registry: Registry, decision: Decision, resource: string, name: string) {
    super(action, registry, decision, resource);
    this.name = name;
  }
}

/** The proof for an action on a repository's name, whether or not there is such a repository. */
export type AllowedOnName<A extends string> = NameProof<A>;

class RepositoryProof<A extends string> extends NameProof<A> {
  readonly repository: RepositoryRow;

  constructor(action: A, registry: Registry, decision: Decision, resource: string, repository: RepositoryRow) {
    super(action, registry, decision, resource, repository.name);
    this.repository = repository;
  }
}

/** The proof for an action on a repository that exists. */
export type AllowedOn<A extends string> = RepositoryProof<A>;

/** What an action tells of itself to conditions: keys in lower case ('aws:requesttag/team'). */
export type ContextKeys = Readonly<Record<string, string | readonly string[]>>;

/** The part of the App that deciding leans on. */
export type Deciding = Uses<'store'>;

function decideOrThrow(call: Call, actions: readonly string[], registry: Registry, resource: string): Decision {
  let refused: { action: string; reason: Reason } | undefined;
  for (const action of actions) {
    const { allowed, reason } = decide({
      principal: call.principal,
      action,
      resource,
      resourceAccount: registry.account,
    });
    if (allowed) return { allowed, reason };
    refused ??= { action, reason };
  }
  if (!refused) throw new RangeError('no action to decide on');
  const { action, reason } = refused;
  call.log.info({ request: call.id, principal: call.principal.arn, action, resource, reason }, 'denied');
  const request = { principal: call.principal, action, resource, resourceAccount: registry.account };
  throw new RegistryError('accessDenied', { text: denialText(request, reason) });
}

/** Decides an action that has no resource but the registry (`*`). @throws RegistryError accessDenied. */
export async function allowRegistry<A extends string>(
  _app: Deciding,
  call: Call,
  action: A,
  registry: Registry,
  _keys?: ContextKeys,
): Promise<Allowed<A>> {
  return new Proof(action, registry, decideOrThrow(call, [action], registry, '*'), '*');
}

/** Decides an action on all the repositories of a registry, as listing them is. @throws RegistryError accessDenied. */
export async function allowEveryName<A extends string>(
  _app: Deciding,
  call: Call,
  action: A,
  registry: Registry,
  _keys?: ContextKeys,
): Promise<Allowed<A>> {
  const resource = repositoryArn({ ...registry, name: '*' });
  return new Proof(action, registry, decideOrThrow(call, [action], registry, resource), resource);
}

/** Decides an action of IAM or STS on a resource of the caller's account, or on `*`. @throws RegistryError accessDenied. */
export async function allowIam<A extends `iam:${string}` | `sts:${string}`>(
  _app: Deciding,
  call: Call,
  action: A,
  resource: string,
  _keys?: ContextKeys,
): Promise<Allowed<A>> {
  const registry = { account: call.principal.account, region: call.registry.region };
  return new Proof(action, registry, decideOrThrow(call, [action], registry, resource), resource);
}

/** Decides an action on a name that need not exist yet. @throws RegistryError accessDenied. */
export async function allowName<A extends string>(
  _app: Deciding,
  call: Call,
  action: A,
  registry: Registry,
  name: string,
  _keys?: ContextKeys,
): Promise<AllowedOnName<A>> {
  const resource = repositoryArn({ ...registry, name });
  return new NameProof(action, registry, decideOrThrow(call, [action], registry, resource), resource, name);
}

/**
 * Decides an action on a repository. Who is not allowed is told so before whether it exists, as at ECR.
 *
 * @throws RegistryError accessDenied, repositoryNotFound.
 */
export function allowRepository<A extends string>(
  app: Deciding,
  call: Call,
  action: A,
  registry: Registry,
  name: string,
  keys?: ContextKeys,
): Promise<AllowedOn<A>> {
  return allowAny(app, call, [action], registry, name, keys);
}

/** As {@link allowRepository}, where any one of several actions is enough. */
export async function allowAny<A extends string>(
  app: Deciding,
  call: Call,
  actions: readonly [A, ...A[]],
  registry: Registry,
  name: string,
  _keys?: ContextKeys,
): Promise<AllowedOn<A>> {
  const row = await app.store.read.first(findRepository, { account: registry.account, region: registry.region, name });
  const resource = repositoryArn({ ...registry, name });
  const decision = decideOrThrow(call, actions, registry, resource);
  if (!row) throw new RegistryError('repositoryNotFound', { repositoryName: name, registryId: registry.account });
  return new RepositoryProof(actions[0], registry, decision, resource, row);
}
