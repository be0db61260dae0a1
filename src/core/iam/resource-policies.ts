import { repositoryArn } from '../../domain/arn.ts';
import { compilePolicy, type CompiledPolicy, type PrincipalIds } from '../../domain/iam/policy/compile.ts';
import { readPolicyDocument, type PolicyDocument } from '../../domain/iam/policy/document.ts';
import { WeightedMap } from '../../lib/weighted-map.ts';
import { findAccountRevision } from '../../store/accounts.ts';
import type { Reader } from '../../store/db.ts';
import { findRegistryGuard, findRepositoryPolicy, type GuardedRepositoryRow } from '../../store/resource-policies.ts';
import type { Registry } from '../app.ts';
import { bytesOfCharacter } from './compiled-policies.ts';

/** What stands over every request on a registry. */
export interface RegistryGuard {
  /** False where no such account is here, or it is closed. */
  readonly open: boolean;
  readonly policy: CompiledPolicy | undefined;
  /** V1: the policy counts for three actions only (ECR user guide, "Registry policy scope"). */
  readonly scope: 'V1' | 'V2';
}

const nobodyHome: RegistryGuard = { open: false, policy: undefined, scope: 'V2' };

/** Bytes of what is kept compiled, of repositories and of registries each: a tenant has as many of them as it likes. */
const most = 64 * 1024 * 1024;

/** The characters that an entry counts for beside its document. */
const entryText = 256;

const weightOf = (document: string): number => (entryText + document.length) * bytesOfCharacter;

/** Policies of repositories and registries, compiled once for each revision of them. */
export class ResourcePolicies {
  readonly #repositories = new WeightedMap<number, { revision: number; policy: CompiledPolicy }>(most);
  readonly #registries = new WeightedMap<string, { revision: number; guard: RegistryGuard }>(most);

  /** The policy of a repository as the row says that it is. */
  async ofRepository(read: Reader, row: GuardedRepositoryRow): Promise<CompiledPolicy | undefined> {
    if (row.policy_revision === 0) return undefined;
    const known = this.#repositories.get(row.id);
    if (known?.revision === row.policy_revision) return known.policy;
    const stored = await read.first(findRepositoryPolicy, { repository: row.id });
    if (!stored) return undefined;
    const arn = repositoryArn(row);
    const policy = compile(stored, arn, arn);
    const kept = { revision: stored.policy_revision, policy };
    this.#repositories.set(row.id, kept, weightOf(stored.document));
    return policy;
  }

  /** @param revision of the registry's account, where it has been read already. */
  async ofRegistry(read: Reader, registry: Registry, revision?: number): Promise<RegistryGuard> {
    const { account, region } = registry;
    const key = `${account}/${region}`;
    const known = this.#registries.get(key);
    const now = revision ?? (await read.first(findAccountRevision, { account }))?.revision;
    if (now === undefined) return nobodyHome;
    if (known?.revision === now) return known.guard;
    const row = await read.first(findRegistryGuard, { account, region });
    if (!row) return nobodyHome;
    const { document, principals } = row;
    const stored = document !== null && principals !== null ? { document, principals } : undefined;
    const guard: RegistryGuard = {
      open: row.closed_at === null,
      policy: stored && compile(stored, `registry ${account}`),
      scope: row.scope === 'V1' ? 'V1' : 'V2',
    };
    this.#registries.set(key, { revision: row.revision, guard }, weightOf(document ?? ''));
    return guard;
  }
}

interface Stored {
  readonly document: string;
  readonly principals: string;
}

function compile({ document, principals }: Stored, name: string, resource?: string): CompiledPolicy {
  return compileResourcePolicy(readPolicyDocument(document), JSON.parse(principals) as PrincipalIds, name, resource);
}

/** @param resource what a statement without Resource speaks of. */
export function compileResourcePolicy(
  document: PolicyDocument,
  principals: PrincipalIds,
  name: string,
  resource: string | undefined,
): CompiledPolicy {
  return compilePolicy(document, { name, principals, ...(resource === undefined ? {} : { resource }) });
}
