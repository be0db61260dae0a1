import { error, invalid, type ErrorCase } from './cases.ts';

const settings = '[BASIC_SCAN_TYPE_VERSION, REGISTRY_POLICY_SCOPE, BLOB_MOUNTING]';

export const registryCases: readonly ErrorCase[] = [
  {
    operation: 'GetAuthorizationToken',
    error,
    when: 'a registry is none',
    input: { registryIds: ['12'] },
    message: invalid('registryIds.1.member', 'Member must satisfy regular expression pattern: [0-9]{12}'),
  },
  {
    operation: 'GetAccountSetting',
    error,
    kind: 'invalidParameter',
    when: 'there is no such setting',
    input: { name: 'NONE' },
    message: invalid('name', `Member must satisfy enum value set: ${settings}`),
  },
  {
    operation: 'PutAccountSetting',
    error,
    kind: 'invalidParameter',
    when: 'the setting has no such value',
    input: { name: 'BLOB_MOUNTING', value: 'MAYBE' },
    message: invalid('value', 'Member must satisfy enum value set: [ENABLED, DISABLED]'),
  },
  {
    operation: 'PutAccountSetting',
    error,
    kind: 'withoutEffect',
    when: 'the value would have no effect',
    input: { name: 'BASIC_SCAN_TYPE_VERSION', value: 'CLAIR' },
    message: invalid(
      'value',
      'BASIC_SCAN_TYPE_VERSION with the value CLAIR is not built yet in Stowage; see docs/compatibility.md',
    ),
  },
];
