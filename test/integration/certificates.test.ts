/** What clients make of our certificates: each of their verifiers, asked for real. */
import { createPrivateKey } from 'node:crypto';
import { BasicConstraints, id_ce_basicConstraints, id_ce_keyUsage, KeyUsage, KeyUsageFlags } from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';
import { makeAuthority, newKey, readAuthority } from '../../src/core/certificates/authority.ts';
import { distinguishedName, extension, signCertificate, toPem } from '../../src/core/certificates/certificate.ts';
import { isTooManyFor, permittedNames, serverNames, type Names } from '../../src/core/certificates/names.ts';
import { issueServerCertificate } from '../../src/core/certificates/server-certificate.ts';
import { knownRegions } from '../../src/domain/regions.ts';
import { run } from '../support/process.ts';
import { verifiers, type Question } from '../support/certificates/verifiers.ts';

const day = 86_400_000;
const now = Date.now();
const wanted = {
  regions: ['eu-central-1'],
  domains: ['registry.example.org'],
  hosts: ['build.corp', '10.0.0.7', 'fd00::7'],
};
const made = makeAuthority(permittedNames(wanted), now);
const authority = readAuthority(made, 'here', now);

/** Asks about a certificate that whoever holds the authority's key makes for these names, by the first of them. */
function asking(names: Partial<Names>, host?: string): Question {
  const { dns = [], addresses = [] } = names;
  const { certificate, key } = issueServerCertificate(authority, { dns, addresses }, now);
  return { authority: made.certificate, chain: certificate, key, host: host ?? dns[0] ?? addresses[0] ?? '' };
}

const server = serverNames(wanted);
const laterServer = serverNames({
  ...wanted,
  regions: ['ap-south-2', 'cn-north-1', 'us-gov-west-1', 'eusc-de-east-1'],
});

const accepted: readonly (readonly [string, Question])[] = [
  ...[
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
    '123456789012.dkr.ecr-fips.eu-central-1.amazonaws.com',
    'api.ecr.eu-central-1.amazonaws.com',
    'sts.eu-central-1.amazonaws.com',
    'sts.amazonaws.com',
    'iam.amazonaws.com',
    'api.ecr-public.us-east-1.amazonaws.com',
    'public.ecr.aws',
    '123456789012.dkr.ecr.eu-central-1.registry.example.org',
    'registry.example.org',
    '123456789012.dkr.ecr.eu-central-1.localhost',
    'localhost',
    'build.corp',
    '127.0.0.1',
    '::1',
    '10.0.0.7',
    'fd00::7',
  ].map((host) => [host, asking(server, host)] as const),
  ...[
    '123456789012.dkr.ecr.ap-south-2.amazonaws.com',
    '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
    'api.ecr.us-gov-west-1.amazonaws.com',
    'sts.eusc-de-east-1.amazonaws.eu',
  ].map((host) => [`${host}, of a region that came later`, asking(laterServer, host)] as const),
];

/** The longest certificate that may be made. */
const longest = knownRegions
  .map((_, count) => serverNames({ ...wanted, regions: knownRegions.slice(0, count) }))
  .findLast((names) => !isTooManyFor(names, authority.permitted));

/** Made with the authority's key for what is not its own. */
const forbidden: readonly (readonly [string, Question])[] = [
  ...[
    's3.us-east-1.amazonaws.com',
    's3.eu-central-1.amazonaws.com',
    'ec2.eu-central-1.amazonaws.com',
    'amazonaws.com',
    'signin.aws.amazon.com',
    'xecr.eu-central-1.amazonaws.com',
    'ecr.eu-central-1.amazonaws.com.example.com',
    '123456789012.dkr.ecr.eu-moon-1.amazonaws.com',
    'example.com',
    'example.org',
  ].map((name) => [name, asking({ dns: [name] })] as const),
  ...['10.0.0.1', '127.0.0.2', '::2'].map((address) => [address, asking({ addresses: [address] })] as const),
  ['a good name beside a forbidden one', asking({ dns: ['api.ecr.eu-central-1.amazonaws.com', 'example.com'] })],
  ['a good name beside a forbidden address', asking({ dns: ['localhost'], addresses: ['10.0.0.1'] })],
  ['all of amazonaws.com', asking({ dns: ['*.amazonaws.com'] }, 'api.amazonaws.com')],
];

const saysForbidden = /permitted subtree violation|PERMITTED_VIOLATION|not permitted by any constraint/i;

/** Why a verifier cannot be asked here. */
async function absence(command: string | undefined): Promise<string | undefined> {
  if (command === undefined) return undefined;
  const { code } = await run(command, [command === 'python3' ? '--version' : 'version']);
  return code === 0 ? undefined : `${command} is not here`;
}

describe.each(verifiers)('$name', { timeout: 300_000 }, (verifier) => {
  const verdicts = async (rows: readonly (readonly [string, Question])[]): Promise<[string, string][]> => {
    const answers = await verifier.ask(rows.map(([, question]) => question));
    return rows.map(([row], at) => [row, answers[at] ?? '']);
  };

  it('accepts every name of the server, and regions that come later', async ({ skip }) => {
    const absent = await absence(verifier.command);
    skip(absent !== undefined, absent);
    expect(await verdicts(accepted)).toEqual(accepted.map(([row]) => [row, 'accepted']));
  });

  it('accepts the longest certificate that may be made', async ({ skip }) => {
    const absent = await absence(verifier.command);
    skip(absent !== undefined, absent);
    expect(await verifier.ask([asking(longest ?? {}, 'registry.example.org')])).toEqual(['accepted']);
  });

  it('refuses what the authority may not speak for, whoever has its key', async ({ skip }) => {
    const absent = await absence(verifier.command);
    skip(absent !== undefined, absent);
    const answers = await verdicts(forbidden);
    expect(answers.filter(([, verdict]) => !saysForbidden.test(verdict))).toEqual([]);
  });

  it('refuses an authority below the authority', async ({ skip }) => {
    const absent = await absence(verifier.command);
    skip(absent !== undefined, absent);
    const [verdict] = await verifier.ask([behindAnother()]);
    expect(verdict).toMatch(/path length|too many intermediates|PATH_LENGTH/i);
  });

  it('refuses a name that is permitted, but not that of the server', async ({ skip }) => {
    const absent = await absence(verifier.command);
    skip(absent !== undefined, absent);
    const [verdict] = await verifier.ask([asking(server, 'api.ecr.us-east-1.amazonaws.com')]);
    expect(verdict).toMatch(/hostname mismatch|not valid for|is valid for|altnames/i);
  });
});

/** A server whose certificate is signed by another authority, which ours has signed. */
function behindAnother(): Question {
  const { publicKey, pem } = newKey();
  const name = distinguishedName('Another');
  const other = signCertificate({
    subject: name,
    publicKey,
    issuer: { name: authority.name, key: authority.key },
    notBefore: now - day,
    notAfter: now + day,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign), true),
    ],
  });
  const below = { name, key: createPrivateKey(pem), permitted: undefined, notAfter: now + day };
  const host = 'api.ecr.eu-central-1.amazonaws.com';
  const { certificate, key } = issueServerCertificate(below, { dns: [host], addresses: [] }, now);
  return { authority: made.certificate, chain: certificate + toPem(other), key, host };
}
