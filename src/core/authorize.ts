import { repositoryArn } from '../domain/arn.ts';
import { RegistryError } from '../domain/errors.ts';
import type { CompiledPolicy } from '../domain/iam/policy/compile.ts';
import { decideFor } from '../domain/iam/policy/decide-for.ts';
import { decide, type AccessRequest, type Decision } from '../domain/iam/policy/decide.ts';
import type { RepositoryRow } from '../store/repositories.ts';
import { listRepositoryTags } from '../store/repositories.ts';
import { findGuardedRepository, type GuardedRepositoryRow } from '../store/resource-policies.ts';
import type { Call, Registry, Uses } from './app.ts';
import { denied } from './iam/denial.ts';
import { readsImages, readsResourceTags } from './iam/policy-traits.ts';
import { createContext, type ContextKeys } from './iam/request-context.ts';
import type { RegistryGuard } from './iam/resource-policies.ts';
import { keysOfImage, type ImageFacts } from './images/image-facts.ts';

export type { ContextKeys } from './iam/request-context.ts';

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

/** The proof for an action on the registry as a whole, or of IAM and STS on the caller's account. */
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

/** The part of the App that deciding leans on. */
export type Deciding = Uses<'store' | 'resourcePolicies' | 'installation'>;

/** What is to be decided: everything but the caller. */
interface Question {
  readonly actions: readonly string[];
  readonly registry: Registry;
  readonly resource: string;
  readonly guard?: RegistryGuard | undefined;
  readonly repositoryPolicy?: CompiledPolicy | undefined;
  /** The trust policy of a role: then it alone lets an account in. */
  readonly trust?: CompiledPolicy | undefined;
  readonly resourceTags?: ReadonlyMap<string, string> | undefined;
  readonly keys?: ContextKeys | undefined;
}

/** Under scope V1 a registry policy is read for these only. */
const registryActions: ReadonlySet<string> = new Set([
  'ecr:ReplicateImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:CreateRepository',
]);

function resourcePolicies(action: string, { guard, repositoryPolicy }: Question): CompiledPolicy[] {
  const counts = guard?.scope === 'V2' || registryActions.has(action);
  return [repositoryPolicy, counts ? guard?.policy : undefined].filter((one) => one !== undefined);
}

function requestOf(call: Call, action: string, question: Question): AccessRequest {
  const { registry, resource, resourceTags, keys } = question;
  const [service = ''] = action.split(':', 1);
  return {
    principal: call.principal,
    action,
    resource,
    resourceAccount: registry.account,
    context: createContext(call, { resourceAccount: registry.account, resourceTags, service, keys }),
    ...(question.trust
      ? { resourcePolicies: [question.trust], resourceRule: 'explicit-trust' }
      : { resourcePolicies: resourcePolicies(action, question) }),
    ...(call.source.endpoint ? { endpoint: call.source.endpoint.policy } : {}),
  };
}

/** Allows the first of the actions that may be done. @throws RegistryError accessDenied for the first, where none may. */
function decideOrThrow(app: Deciding, call: Call, question: Question): Decision {
  let refused: { request: AccessRequest; decision: Decision } | undefined;
  for (const action of question.actions) {
    const request = requestOf(call, action, question);
    const decision = question.guard?.open === false ? closed(request) : decideFor(request);
    if (decision.allowed) return decision;
    refused ??= { request, decision };
  }
  if (!refused) throw new RangeError('no action to decide on');
  throw denied(app, call, refused.request, refused.decision.reason);
}

/** A registry whose account is closed, or was never here, lets nobody in, and says no more than that. */
function closed({ resourceAccount }: AccessRequest): Decision {
  const detail = `account ${resourceAccount} is closed or not here`;
  return { allowed: false, reason: { effect: 'implicit-deny', policyType: 'resource-based', detail } };
}

/**
 * Decides an action that has no resource but the registry (`*`). GetAuthorizationToken is decided by identity policies
 * alone. @throws RegistryError accessDenied.
 */
export async function allowRegistry<A extends string>(
  app: Deciding,
  call: Call,
  action: A,
  registry: Registry,
  keys?: ContextKeys,
): Promise<Allowed<A>> {
  const guard =
    action === 'ecr:GetAuthorizationToken'
      ? undefined
      : await app.resourcePolicies.ofRegistry(app.store.read, registry);
  return new Proof(
    action,
    registry,
    decideOrThrow(app, call, { actions: [action], registry, resource: '*', guard, keys }),
    '*',
  );
}

/** Decides an action on all the repositories of a registry, as listing them is. @throws RegistryError accessDenied. */
export async function allowEveryName<A extends string>(
  app: Deciding,
  call: Call,
  action: A,
  registry: Registry,
  keys?: ContextKeys,
): Promise<Allowed<A>> {
  const guard = await app.resourcePolicies.ofRegistry(app.store.read, registry);
  const resource = repositoryArn({ ...registry, name: '*' });
  return new Proof(
    action,
    registry,
    decideOrThrow(app, call, { actions: [action], registry, resource, guard, keys }),
    resource,
  );
}

/** Decides an action on a name that need not exist yet. @throws RegistryError accessDenied. */
export async function allowName<A extends string>(
  app: Deciding,
  call: Call,
  action: A,
  registry: Registry,
  name: string,
  keys?: ContextKeys,
): Promise<AllowedOnName<A>> {
  const { question } = await askOnRepository(app, call, [action], registry, name, keys);
  return new NameProof(action, registry, decideOrThrow(app, call, question), question.resource, name);
}

/** Decides an action of IAM or STS on a resource of the caller's account, or on `*`. @throws RegistryError accessDenied. */
export async function allowIam<A extends `iam:${string}` | `sts:${string}`>(
  app: Deciding,
  call: Call,
  action: A,
  resource: string,
  keys?: ContextKeys,
): Promise<Allowed<A>> {
  const registry = { account: call.principal.account, region: call.registry.region };
  return new Proof(
    action,
    registry,
    decideOrThrow(app, call, { actions: [action], registry, resource, keys }),
    resource,
  );
}

/** A role as deciding on it needs it: its trust policy, and its tags by their keys in lower case. */
export interface TrustedRole {
  readonly account: string;
  readonly arn: string;
  readonly trust: CompiledPolicy;
  readonly tags: ReadonlyMap<string, string>;
}

/** Decides an action of STS on a role, whose trust policy must let the caller in. @throws RegistryError accessDenied. */
export function allowRole<A extends `sts:${string}`>(
  app: Deciding,
  call: Call,
  action: A,
  { account, arn: resource, trust, tags: resourceTags }: TrustedRole,
  keys: ContextKeys,
): Allowed<A> {
  const registry = { account, region: call.registry.region };
  const question: Question = { actions: [action], registry, resource, trust, resourceTags, keys };
  return new Proof(action, registry, decideOrThrow(app, call, question), resource);
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
  keys?: ContextKeys,
): Promise<AllowedOn<A>> {
  const { question, row } = await askOnRepository(app, call, actions, registry, name, keys);
  const decision = decideOrThrow(app, call, question);
  if (!row) throw missing(registry, name);
  return new RepositoryProof(actions[0], registry, decision, question.resource, row);
}

const missing = (registry: Registry, name: string): RegistryError =>
  new RegistryError('repositoryNotFound', { repositoryName: name, registryId: registry.account });

/** Reads what a decision on a repository leans on: row, policies, and its tags where a policy asks for them. */
async function askOnRepository(
  app: Deciding,
  call: Call,
  actions: readonly string[],
  registry: Registry,
  name: string,
  keys: ContextKeys | undefined,
): Promise<{ question: Question; row: GuardedRepositoryRow | undefined }> {
  const { read } = app.store;
  const { account, region } = registry;
  const row = await read.first(findGuardedRepository, { account, region, name });
  const guard = await app.resourcePolicies.ofRegistry(read, registry, row?.account_revision);
  const repositoryPolicy = row && (await app.resourcePolicies.ofRepository(read, row));
  const question: Question = {
    actions,
    registry,
    resource: repositoryArn({ ...registry, name }),
    guard,
    repositoryPolicy,
    keys,
  };
  return { question: row ? await withResourceTags(app, call, question, row) : question, row };
}

/** The tags of a repository are read only where a policy asks for them. */
async function withResourceTags(
  app: Deciding,
  call: Call,
  question: Question,
  { id: repository }: RepositoryRow,
): Promise<Question> {
  if (!policiesOf(call, question).some(readsResourceTags)) return question;
  const tags = await app.store.read.all(listRepositoryTags, { repository });
  return { ...question, resourceTags: new Map(tags.map((one) => [one.name.toLowerCase(), one.value])) };
}

/** Every policy that has a say, of the caller, the resource and the way between. */
function policiesOf({ principal, source }: Call, { guard, repositoryPolicy }: Question): CompiledPolicy[] {
  const { identity, boundary, session } = principal.rights;
  return [...identity, boundary, ...(session ?? []), guard?.policy, repositoryPolicy, source.endpoint?.policy].filter(
    (one) => one !== undefined,
  );
}

/**
 * A decision on a repository that may still depend on the image. Where no policy asks for the image it has been made
 * already; else core asks for each image, as soon as it knows it: there is no proof without that.
 */
class Gate<A extends string> {
  /** True where a policy reads the image: only then its facts need to be found. */
  readonly narrowed: boolean;
  readonly registry: Registry;
  readonly repository: RepositoryRow;
  readonly #allow: (facts: ImageFacts | undefined) => AllowedOn<A>;

  constructor(
    narrowed: boolean,
    registry: Registry,
    repository: RepositoryRow,
    allow: (facts: ImageFacts | undefined) => AllowedOn<A>,
  ) {
    this.narrowed = narrowed;
    this.registry = registry;
    this.repository = repository;
    this.#allow = allow;
  }

  /** @throws RegistryError accessDenied. */
  allow(facts?: ImageFacts): AllowedOn<A> {
    if (this.narrowed && !facts) throw new RangeError('a policy asks for the image, which was not told');
    return this.#allow(facts);
  }
}

export type ImageGate<A extends string> = Gate<A>;

/**
 * Decides an action on images of a repository, as far as it can be decided before the images are known.
 *
 * @throws RegistryError accessDenied, repositoryNotFound.
 */
export async function allowImages<A extends string>(
  app: Deciding,
  call: Call,
  action: A,
  registry: Registry,
  name: string,
): Promise<ImageGate<A>> {
  const { question, row } = await askOnRepository(app, call, [action], registry, name, undefined);
  const narrowed = row !== undefined && policiesOf(call, question).some(readsImages);
  const prove = (repository: RepositoryRow, keys?: ContextKeys): AllowedOn<A> =>
    new RepositoryProof(
      action,
      registry,
      decideOrThrow(app, call, { ...question, keys }),
      question.resource,
      repository,
    );
  if (!row) {
    decideOrThrow(app, call, question);
    throw missing(registry, name);
  }
  if (narrowed) return new Gate(true, registry, row, (facts) => prove(row, facts && keysOfImage(facts)));
  const allowed = prove(row);
  return new Gate(false, registry, row, () => allowed);
}

/**
 * Whether a caller could still change a repository's or registry's policy under one that is not stored yet: what stands
 * between a slip and being locked out.
 */
export async function wouldAllow(
  app: Deciding,
  call: Call,
  action: string,
  on: { registry: Registry; repository?: RepositoryRow | undefined; policy: CompiledPolicy | undefined },
): Promise<boolean> {
  const { registry, repository } = on;
  const guard = await app.resourcePolicies.ofRegistry(app.store.read, registry);
  const actions = [action];
  if (!repository) {
    const question: Question = { actions, registry, resource: '*', guard: { ...guard, policy: on.policy } };
    return decide(requestOf(call, action, question)).allowed;
  }
  const bare: Question = { actions, registry, resource: repositoryArn(repository), guard, repositoryPolicy: on.policy };
  const question = await withResourceTags(app, call, bare, repository);
  return decide(requestOf(call, action, question)).allowed;
}
