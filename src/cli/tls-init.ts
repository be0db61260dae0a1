import { resolve } from 'node:path';
import { ConfigError } from '../config/load.ts';
import { domain as domainKind } from '../config/kinds.ts';
import { canonicalAddress } from '../core/certificates/names.ts';
import { isRegion } from '../domain/names.ts';
import { partitions } from '../domain/regions.ts';
import { CommandError, type Command, type Invocation } from './command.ts';
import { tlsLines } from './tls-lines.ts';

export const initTls: Command = {
  name: 'tls init',
  words: [],
  flags: [
    {
      flag: 'out',
      switch: false,
      help: 'the folder for the certificates; with an authority in it, only the server gets a new one',
    },
    { flag: 'region', switch: false, help: 'a region of the server; may be given several times' },
    { flag: 'domain', switch: false, help: 'a domain of the server beside amazonaws.com; several times' },
    { flag: 'host', switch: false, help: 'a further name or address of the server; several times' },
    { flag: 'drop-ca-key', switch: true, help: 'keep no key of the authority: it will never sign anything again' },
  ],
  help: 'make certificates for HTTPS',
  listens: false,
  async run(invocation: Invocation): Promise<number> {
    const { terminal, config, flags } = invocation;
    const { dropAuthorityKey, ...wanted } = readWanted(invocation);
    const folder = resolve(terminal.cwd, flags.get('out')?.at(-1) ?? '');
    // Loaded here, since nothing else of the command line needs what they stand on.
    const { fillTlsFolder } = await import('../core/certificates/tls-folder.ts');
    const { CertificateRefusal } = await import('../core/certificates/refusal.ts');
    try {
      const made = fillTlsFolder({ ...wanted, folder, dropAuthorityKey, now: Date.now() });
      terminal.stdout.write(`${tlsLines({ ...made, ...wanted, folder, account: config.account }).join('\n')}\n`);
      return 0;
    } catch (error) {
      if (error instanceof CertificateRefusal) throw new CommandError(error.message, { cause: error.cause });
      throw error;
    }
  },
};

const suffixes = partitions.map(({ dnsSuffix }) => dnsSuffix);
/** What an authority must not speak for as a whole; the services that Stowage has there are named in it one by one. */
const awsDomains = [...suffixes, 'api.aws', 'on.aws', 'ecr.aws', 'aws.amazon.com'];

interface Wanted {
  readonly regions: readonly string[];
  readonly domains: readonly string[];
  readonly hosts: readonly string[];
  readonly dropAuthorityKey: boolean;
}

/** What the certificates are for; all mistakes are told together. */
function readWanted({ flags, config }: Invocation): Wanted {
  const mistakes: string[] = [];
  if (!flags.has('out')) mistakes.push('stowage tls init needs --out DIR, the folder for the certificates.');
  const regions = listOf(flags.get('region'));
  if (regions.length === 0) mistakes.push('stowage tls init needs --region, as in --region us-east-1.');
  for (const region of regions) {
    if (!isRegion(region)) mistakes.push(`--region: "${region}" is not a region, as in us-east-1.`);
  }
  // AWS's own are always there, as is localhost.
  const domains = config.domains.filter((domain) => !suffixes.includes(domain) && domain !== 'localhost');
  const hosts = listOf(flags.get('host')).map((text) => {
    const host = readHost(text);
    if (host === undefined)
      mistakes.push(`--host: "${text}" is not a host name or an address, as in registry.example.com or 10.0.0.7.`);
    return host ?? text;
  });
  mistakes.push(...findForeign('domain', domains), ...findForeign('host', hosts));
  const drop = flags.get('drop-ca-key')?.at(-1) ?? 'false';
  if (!['true', 'false'].includes(drop)) mistakes.push(`--drop-ca-key: "${drop}" is neither true nor false.`);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return { regions, domains, hosts, dropAuthorityKey: drop === 'true' };
}

/** Values with commas between, or of a flag that is given several times, as lists are written everywhere. */
function listOf(texts: readonly string[] = []): string[] {
  const values = texts.flatMap((text) => text.split(',')).map((text) => text.trim());
  return [...new Set(values)].filter((text) => text !== '');
}

/** A host may be a machine in AWS, such as one of EC2; a domain there is never one's own. */
function findForeign(flag: 'domain' | 'host', names: readonly string[]): string[] {
  const isAws = (name: string): boolean =>
    awsDomains.some(
      (domain) => domain === name || domain.endsWith(`.${name}`) || (flag === 'domain' && name.endsWith(`.${domain}`)),
    );
  return names.filter(isAws).map((name) => `--${flag}: an authority for "${name}" could speak for AWS.`);
}

/** As a certificate names it: an address in its one form, a name in lower case. Undefined for what is neither. */
function readHost(text: string): string | undefined {
  const address = canonicalAddress(text);
  if (address !== undefined) return address;
  try {
    return domainKind.parse(text, '');
  } catch {
    return undefined;
  }
}
