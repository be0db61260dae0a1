import { compilePolicy } from '../../src/domain/iam/policy/compile.ts';
import { noRights } from '../../src/domain/iam/principal.ts';
import { ecrOperations } from '../../src/api/ecr/index.ts';
import type { App, Call } from '../../src/core/app.ts';
import { RegistryError } from '../../src/domain/errors.ts';

/**
 * Asks the operations themselves what they take and what they refuse, so that the page cannot say otherwise. Nothing is
 * stored: an operation that gets as far as the store has accepted its input.
 */

class Accepted extends Error {}

const accept = async (): Promise<never> => {
  throw new Accepted('the input was accepted');
};

const app = {
  store: { read: { first: async () => undefined }, write: accept },
  keyRing: { registryKey: accept },
  resourcePolicies: { ofRegistry: async () => ({ open: true, policy: undefined, scope: 'V2' }) },
} as unknown as App;

const account = '123456789012';

const everything = compilePolicy(
  { version: '2012-10-17', statements: [{ effect: 'Allow', action: ['*'], resource: ['*'], condition: [] }] },
  { name: 'everything' },
);

const call = {
  registry: { account, region: 'us-east-1' },
  principal: {
    arn: `arn:aws:iam::${account}:user/admin`,
    account,
    type: 'User',
    rights: { ...noRights, identity: [everything] },
  },
  source: { address: '', userAgent: '', secure: false, host: '' },
} as unknown as Call;

/** "accepted", or what the refusal says. */
async function answerTo(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof Accepted) return 'accepted';
    if (error instanceof RegistryError) return `refused: ${constraintOf(error)}`;
    throw error;
  }
  throw new Error('an operation that should store something has stored nothing');
}

function constraintOf({ message }: RegistryError): string {
  return (/failed to satisfy constraint: '(.*)'$/.exec(message)?.[1] ?? message).replace(/; see docs\/\S+$/, '');
}

type RepositoryMembers = Omit<Parameters<typeof ecrOperations.CreateRepository.handle>[2], 'repositoryName'>;

const encryption = (encryptionType: 'AES256' | 'KMS' | 'KMS_DSSE'): RepositoryMembers => ({
  encryptionConfiguration: { encryptionType },
});

const filters: RepositoryMembers = { imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev*' }] };

const members: readonly (readonly [string, RepositoryMembers])[] = [
  ['`imageTagMutability` `MUTABLE`', { imageTagMutability: 'MUTABLE' }],
  ['`imageTagMutability` `IMMUTABLE`', { imageTagMutability: 'IMMUTABLE' }],
  [
    '`imageTagMutability` `MUTABLE_WITH_EXCLUSION` with filters',
    { imageTagMutability: 'MUTABLE_WITH_EXCLUSION', ...filters },
  ],
  [
    '`imageTagMutability` `IMMUTABLE_WITH_EXCLUSION` with filters',
    { imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION', ...filters },
  ],
  ['`encryptionConfiguration` `AES256`', encryption('AES256')],
  ['`encryptionConfiguration` `KMS`', encryption('KMS')],
  ['`encryptionConfiguration` `KMS_DSSE`', encryption('KMS_DSSE')],
  ['`tags`', { tags: [{ Key: 'team', Value: 'blue' }] }],
  ['`tags`, an empty list', { tags: [] }],
  ['`imageScanningConfiguration`, `scanOnPush` `false`', { imageScanningConfiguration: { scanOnPush: false } }],
  ['`imageScanningConfiguration`, `scanOnPush` `true`', { imageScanningConfiguration: { scanOnPush: true } }],
];

/** Rows `| member | answer |`. */
export async function createRepositoryAnswers(): Promise<string[]> {
  const rows: string[] = [];
  for (const [shown, input] of members) {
    const answer = await answerTo(() =>
      ecrOperations.CreateRepository.handle(app, call, { repositoryName: 'hello', ...input }),
    );
    const kept = input.imageScanningConfiguration?.scanOnPush === true && answer === 'accepted';
    rows.push(`| ${shown} | ${kept ? 'accepted and kept, **without effect**: nothing is scanned' : answer} |`);
  }
  return rows;
}

const settings = [
  ['BLOB_MOUNTING', 'ENABLED', 'mounts between repositories spare the bytes'],
  ['BLOB_MOUNTING', 'DISABLED', 'a mount begins an ordinary upload'],
  ['BASIC_SCAN_TYPE_VERSION', 'AWS_NATIVE', '**without effect**: nothing is scanned'],
  ['BASIC_SCAN_TYPE_VERSION', 'CLAIR', ''],
  ['REGISTRY_POLICY_SCOPE', 'V1', ''],
  ['REGISTRY_POLICY_SCOPE', 'V2', '**without effect**: there are no registry policies'],
] as const;

/** Rows `| name | value | answer |`. */
export async function settingAnswers(): Promise<string[]> {
  const rows: string[] = [];
  for (const [name, value, effect] of settings) {
    const answer = await answerTo(() => ecrOperations.PutAccountSetting.handle(app, call, { name, value }));
    const start = await ecrOperations.GetAccountSetting.handle(app, call, { name });
    const shown = start.value === value ? `\`${value}\` (default)` : `\`${value}\``;
    rows.push(`| \`${name}\` | ${shown} | ${effect === '' ? answer : `${answer}; ${effect}`} |`);
  }
  return rows;
}
