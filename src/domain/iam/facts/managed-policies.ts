import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A policy that AWS manages: the same in every account, and nobody's to change. */
export interface ManagedPolicy {
  readonly arn: string;
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  /** `ANPA…`: of our own making, and the same in every installation. */
  readonly id: string;
  /** `v188`: the only version that is known here. */
  readonly defaultVersion: string;
  readonly document: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** Milliseconds since 1970: when the default version was made. */
  readonly updated: number;
}

interface Fact {
  readonly arn: string;
  readonly defaultVersion: string;
  readonly created: string;
  readonly updated: string;
  readonly document: object;
}

let known: ReadonlyMap<string, ManagedPolicy> | undefined;

/** The policy that AWS manages under an ARN, or undefined. */
export function findManagedPolicy(arn: string): ManagedPolicy | undefined {
  return all().get(arn);
}

/** Every policy of AWS that is here, in the order of their names. */
export function listManagedPolicies(): ManagedPolicy[] {
  return [...all().values()];
}

/** Read when they are first asked for: most of what the file holds is ReadOnlyAccess. */
function all(): ReadonlyMap<string, ManagedPolicy> {
  known ??= read();
  return known;
}

function read(): ReadonlyMap<string, ManagedPolicy> {
  const file = new URL('../../../../models/managed-policies.json', import.meta.url);
  const { policies } = JSON.parse(readFileSync(file, 'utf8')) as { policies: Readonly<Record<string, Fact>> };
  const sorted = Object.entries(policies).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([name, fact]) => [fact.arn, toPolicy(name, fact)]));
}

function toPolicy(name: string, { arn, defaultVersion, created, updated, document }: Fact): ManagedPolicy {
  const resource = arn.slice(arn.lastIndexOf(':') + 1);
  return {
    arn,
    name,
    path: resource.slice('policy'.length, resource.length - name.length),
    id: idOf(arn),
    defaultVersion,
    document: JSON.stringify(document, undefined, 4),
    created: Date.parse(created),
    updated: Date.parse(updated),
  };
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Made from the ARN. The I has no top bit: such ids belong to no account (iam/ids.ts). */
function idOf(arn: string): string {
  const bytes = createHash('sha256').update(arn).digest().subarray(0, 15);
  return `ANPAI${Array.from(bytes, (byte) => alphabet[byte % 32]).join('')}`;
}
