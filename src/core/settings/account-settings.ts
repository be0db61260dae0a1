import { RegistryError } from '../../domain/errors.ts';
import { bumpAccountRevision, findAccountSetting, putAccountSetting as putRow } from '../../store/accounts.ts';
import type { Registry, Uses } from '../app.ts';
import type { Allowed } from '../authorize.ts';

/** Settings of an account and region (ECR: PutAccountSetting): what each may be, its default, and whether it has effect. */
const settings = {
  BASIC_SCAN_TYPE_VERSION: { values: ['AWS_NATIVE', 'CLAIR'], settable: ['AWS_NATIVE'], start: 'AWS_NATIVE' },
  REGISTRY_POLICY_SCOPE: { values: ['V1', 'V2'], settable: ['V1', 'V2'], start: 'V2' },
  BLOB_MOUNTING: { values: ['ENABLED', 'DISABLED'], settable: ['ENABLED', 'DISABLED'], start: 'DISABLED' },
} as const;

export type SettingName = keyof typeof settings;

const isSettingName = (name: string): name is SettingName => Object.hasOwn(settings, name);

export async function readAccountSetting(app: Uses<'store'>, registry: Registry, name: SettingName): Promise<string> {
  const row = await app.store.read.first(findAccountSetting, {
    account: registry.account,
    region: registry.region,
    name,
  });
  return row?.value ?? settings[name].start;
}

/** @throws RegistryError invalidParameter for a name that is none. */
export async function getAccountSetting(
  app: Uses<'store'>,
  allowed: Allowed<'ecr:GetAccountSetting'>,
  name: string,
): Promise<{ name: string; value: string }> {
  return { name, value: await readAccountSetting(app, allowed.registry, requireName(name)) };
}

/** @throws RegistryError invalidParameter for a name or value that is none, withoutEffect for one that does nothing yet. */
export async function putAccountSetting(
  app: Uses<'store'>,
  allowed: Allowed<'ecr:PutAccountSetting'>,
  input: { name: string; value: string },
): Promise<{ name: string; value: string }> {
  const name = requireName(input.name);
  const { value } = input;
  const { values, settable } = settings[name];
  if (!(values as readonly string[]).includes(value)) {
    const constraint = `Member must satisfy enum value set: [${values.join(', ')}]`;
    throw new RegistryError('invalidParameter', { field: 'value', constraint });
  }
  if (!(settable as readonly string[]).includes(value)) {
    throw new RegistryError('withoutEffect', { member: 'value', feature: `${name} with the value ${value}` });
  }
  const { account, region } = allowed.registry;
  await app.store.write(async (tx) => {
    await tx.run(putRow, { account, region, name, value });
    // what a registry's policy counts for is remembered by the revision of its account
    await tx.run(bumpAccountRevision, { account });
  });
  return { name, value };
}

function requireName(name: string): SettingName {
  if (isSettingName(name)) return name;
  const constraint = `Member must satisfy enum value set: [${Object.keys(settings).join(', ')}]`;
  throw new RegistryError('invalidParameter', { field: 'name', constraint });
}
