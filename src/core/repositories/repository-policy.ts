import { randomInt } from 'node:crypto';
import { repositoryArn } from '../../domain/arn.ts';
import { RegistryError } from '../../domain/errors.ts';
import { checkRepositoryPolicy } from '../../domain/iam/documents/repository-policy.ts';
import { formatEcrPolicy } from '../../domain/iam/documents/ecr-form.ts';
import type { PrincipalIds } from '../../domain/iam/policy/compile.ts';
import type { Reader, Writer } from '../../store/db.ts';
import { findRepositoryById, type RepositoryRow } from '../../store/repositories.ts';
import {
  deleteRepositoryPolicy as deleteRow,
  findRepositoryPolicy,
  putRepositoryPolicy,
  setPolicyRevision,
} from '../../store/resource-policies.ts';
import type { Call, Uses } from '../app.ts';
import { wouldAllow, type Deciding, type AllowedOn } from '../authorize.ts';
import { resolvePrincipals, showStoredPrincipals } from '../iam/principal-references.ts';
import { compileResourcePolicy } from '../iam/resource-policies.ts';

/** Another number than any before: who has compiled an older policy must not take this one for it. */
export const newPolicyRevision = (): number => randomInt(1, 2 ** 47);

const invalid = (): RegistryError =>
  new RegistryError('invalidParameter', { field: 'PolicyText', constraint: 'Invalid repository policy provided' });

const names = (row: RepositoryRow) => ({ repositoryName: row.name, registryId: row.account });

/**
 * Gives a repository its policy (ECR: SetRepositoryPolicy), in ECR's form. Users and roles of accounts that are here must
 * exist, and are meant by their unique ids from now on.
 *
 * @throws RegistryError invalidParameter; policyLocksOut where the caller could not set it again and does not insist.
 */
export async function setRepositoryPolicy(
  app: Deciding,
  call: Call,
  allowed: AllowedOn<'ecr:SetRepositoryPolicy'>,
  input: { text: string; force: boolean },
): Promise<string> {
  const { repository } = allowed;
  const arn = repositoryArn(repository);
  const document = checkRepositoryPolicy(input.text, arn);
  const text = formatEcrPolicy(input.text);
  const resolve = async (read: Reader): Promise<PrincipalIds> => {
    const { ids, missing } = await resolvePrincipals(read, document);
    if (missing.length > 0) throw invalid();
    return ids;
  };
  if (!input.force) {
    const policy = compileResourcePolicy(document, await resolve(app.store.read), arn, arn);
    const on = { registry: allowed.registry, repository, policy };
    if (!(await wouldAllow(app, call, 'ecr:SetRepositoryPolicy', on))) {
      throw new RegistryError('policyLocksOut', { action: 'SetRepositoryPolicy', insist: 'force' });
    }
  }
  await app.store.write(async (tx) => {
    await requireRepository(tx, repository);
    const principals = JSON.stringify(await resolve(tx));
    await tx.run(putRepositoryPolicy, { repository: repository.id, document: text, principals });
    await tx.run(setPolicyRevision, { repository: repository.id, revision: newPolicyRevision() });
  });
  return text;
}

/** @throws RegistryError repositoryPolicyNotFound. */
export async function getRepositoryPolicy(
  app: Uses<'store'>,
  allowed: AllowedOn<'ecr:GetRepositoryPolicy'>,
): Promise<string> {
  const { repository } = allowed;
  const stored = await app.store.read.first(findRepositoryPolicy, { repository: repository.id });
  if (!stored) throw new RegistryError('repositoryPolicyNotFound', names(repository));
  return showStoredPrincipals(app.store.read, stored);
}

/** Takes the policy away and gives its text. @throws RegistryError repositoryPolicyNotFound. */
export function deleteRepositoryPolicy(
  app: Uses<'store'>,
  allowed: AllowedOn<'ecr:DeleteRepositoryPolicy'>,
): Promise<string> {
  const { repository } = allowed;
  return app.store.write((tx) => removeRepositoryPolicy(tx, repository));
}

/** As {@link deleteRepositoryPolicy}, in a transaction under way. */
export async function removeRepositoryPolicy(tx: Writer, repository: RepositoryRow): Promise<string> {
  await requireRepository(tx, repository);
  const stored = await tx.first(findRepositoryPolicy, { repository: repository.id });
  if (!stored) throw new RegistryError('repositoryPolicyNotFound', names(repository));
  await tx.run(deleteRow, { repository: repository.id });
  await tx.run(setPolicyRevision, { repository: repository.id, revision: 0 });
  return showStoredPrincipals(tx, stored);
}

async function requireRepository(tx: Reader, repository: RepositoryRow): Promise<void> {
  if (!(await tx.first(findRepositoryById, { id: repository.id })))
    throw new RegistryError('repositoryNotFound', names(repository));
}
