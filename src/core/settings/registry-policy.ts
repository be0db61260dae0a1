import { RegistryError } from '../../domain/errors.ts';
import { formatEcrPolicy } from '../../domain/iam/documents/ecr-form.ts';
import { checkRegistryPolicy } from '../../domain/iam/documents/registry-policy.ts';
import type { PrincipalIds } from '../../domain/iam/policy/compile.ts';
import { bumpAccountRevision } from '../../store/accounts.ts';
import type { Reader, Writer } from '../../store/db.ts';
import {
  deleteRegistryPolicy as deleteRow,
  findRegistryPolicy,
  putRegistryPolicy as putRow,
} from '../../store/resource-policies.ts';
import type { Call, Registry, Uses } from '../app.ts';
import { wouldAllow, type Deciding, type Allowed } from '../authorize.ts';
import { resolvePrincipals, showStoredPrincipals } from '../iam/principal-references.ts';
import { compileResourcePolicy } from '../iam/resource-policies.ts';
import { newPolicyRevision } from '../repositories/repository-policy.ts';
import { readAccountSetting } from './account-settings.ts';

const invalid = (): RegistryError =>
  new RegistryError('invalidParameter', { field: 'PolicyText', constraint: 'Invalid registry policy provided' });

/**
 * Gives a registry its policy (ECR: PutRegistryPolicy), in ECR's form.
 *
 * @throws RegistryError invalidParameter; policyLocksOut where the caller could not change it again: the API has no way to
 *   insist, the operator at the machine has (`stowage policies`).
 */
export async function putRegistryPolicy(
  app: Deciding,
  call: Call,
  allowed: Allowed<'ecr:PutRegistryPolicy'>,
  input: { text: string },
): Promise<string> {
  const { registry } = allowed;
  const scope = (await readAccountSetting(app, registry, 'REGISTRY_POLICY_SCOPE')) === 'V1' ? 'V1' : 'V2';
  const document = checkRegistryPolicy(input.text, registry, scope);
  const text = formatEcrPolicy(input.text);
  const resolve = async (read: Reader): Promise<PrincipalIds> => {
    const { ids, missing } = await resolvePrincipals(read, document);
    if (missing.length > 0) throw invalid();
    return ids;
  };
  const policy = compileResourcePolicy(
    document,
    await resolve(app.store.read),
    `registry ${registry.account}`,
    undefined,
  );
  const insists = document.statements.some(({ sid }) => sid === insisting);
  if (!insists && !(await wouldAllow(app, call, 'ecr:PutRegistryPolicy', { registry, policy }))) {
    throw new RegistryError('policyLocksOut', {
      action: 'PutRegistryPolicy',
      insist: `a statement whose Sid is ${insisting}`,
    });
  }
  await app.store.write(async (tx) => {
    const principals = JSON.stringify(await resolve(tx));
    await tx.run(putRow, { ...registry, document: text, principals, revision: newPolicyRevision() });
    await tx.run(bumpAccountRevision, { account: registry.account });
  });
  return text;
}

/** The Sid by which the author of a registry policy says that being locked out is meant: the API has no member for it. */
const insisting = 'StowageLockOut';

/** @throws RegistryError registryPolicyNotFound. */
export async function getRegistryPolicy(
  app: Uses<'store'>,
  { registry }: Allowed<'ecr:GetRegistryPolicy'>,
): Promise<string> {
  const stored = await app.store.read.first(findRegistryPolicy, registry);
  if (!stored) throw notFound(registry);
  return showStoredPrincipals(app.store.read, stored);
}

/** Takes the policy away and gives its text. @throws RegistryError registryPolicyNotFound. */
export function deleteRegistryPolicy(
  app: Uses<'store'>,
  { registry }: Allowed<'ecr:DeleteRegistryPolicy'>,
): Promise<string> {
  return app.store.write((tx) => removeRegistryPolicy(tx, registry));
}

/** As {@link deleteRegistryPolicy}, in a transaction under way. */
export async function removeRegistryPolicy(tx: Writer, registry: Registry): Promise<string> {
  const stored = await tx.first(findRegistryPolicy, registry);
  if (!stored) throw notFound(registry);
  await tx.run(deleteRow, registry);
  await tx.run(bumpAccountRevision, { account: registry.account });
  return showStoredPrincipals(tx, stored);
}

const notFound = ({ account }: Registry): RegistryError =>
  new RegistryError('registryPolicyNotFound', { registryId: account });
