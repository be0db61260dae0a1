import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { CompiledPolicy } from '../../domain/iam/policy/compile.ts';
import type { AccessRequest, Reason } from '../../domain/iam/policy/decide.ts';
import { SealError } from '../../keys/port.ts';
import { openWrapped, sealWrapped } from '../../keys/seal.ts';
import type { Installation } from '../installation/installation.ts';

/*
 * The decision behind a denial, sealed, so that only those of the caller's account who may (sts:DecodeAuthorizationMessage)
 * can read it: what policies ask is nothing for everybody. It is made on denials only.
 */

/** Milliseconds for which a message can be opened. */
const life = 24 * 60 * 60 * 1000;

/** Characters of the longest message: headers of proxies and clients are small. */
const longest = 3072;

/** Characters of the longest value of a condition key. */
const longestValue = 256;

const aad = 'authorization message 1';

/** What is told beside the keys that the policies in question read. */
const usualKeys = [
  'aws:currenttime',
  'aws:principalaccount',
  'aws:principalarn',
  'aws:requestedregion',
  'aws:resourceaccount',
  'aws:securetransport',
  'aws:sourceip',
  'aws:sourcevpce',
  'aws:userid',
];

interface Sealed {
  /** The account whose principals may open it. */
  readonly account: string;
  readonly expiresAt: number;
  /** What DecodeAuthorizationMessage answers. */
  readonly text: string;
}

/** Seals a denial that was made at `time`. */
export function sealAuthorizationMessage(
  installation: Installation,
  request: AccessRequest,
  reason: Reason,
  time: number,
): string {
  const { account } = request.principal;
  const seal = (conditions: Conditions): string => {
    const sealed: Sealed = { account, expiresAt: time + life, text: describe(request, reason, time, conditions) };
    return sealWrapped(keyOf(installation), deflateRawSync(JSON.stringify(sealed)), aad).toString('base64url');
  };
  const whole = seal(conditionsOf(request));
  return whole.length <= longest ? whole : seal([]);
}

/** Opens a message for a principal of an account: undefined where it is none, has expired or is another account's. */
export function openAuthorizationMessage(
  installation: Installation,
  message: string,
  { account, now }: { readonly account: string; readonly now: number },
): string | undefined {
  try {
    const bytes = openWrapped(keyOf(installation), Buffer.from(message, 'base64url'), aad);
    const sealed = JSON.parse(inflateRawSync(bytes).toString()) as Sealed;
    return sealed.account === account && sealed.expiresAt > now ? sealed.text : undefined;
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

const keyOf = ({ root }: Installation): Buffer => root.mac('authorization message', '');

/** A decision in the form that AWS gives it (STS API reference, "DecodeAuthorizationMessage"), and why, which AWS leaves out. */
function describe(request: AccessRequest, reason: Reason, time: number, conditions: Conditions): string {
  const { principal, action, resource, resourceAccount } = request;
  const { id, name, arn } = principal;
  // The policies of another account are not for the caller's to read.
  const foreign =
    resourceAccount !== principal.account && (reason.policyType === 'resource-based' || reason.policyType === 'trust');
  const { effect, policyType, policy, statement, detail } = reason;
  const matched = policy === undefined || effect !== 'explicit-deny' || foreign ? [] : [{ policy, statement }];
  return JSON.stringify({
    allowed: false,
    explicitDeny: effect === 'explicit-deny',
    matchedStatements: { items: matched },
    failures: { items: [] },
    context: {
      principal: { id, name, arn },
      action,
      resource,
      conditions: { items: conditions },
    },
    reason: foreign ? { effect, policyType } : { effect, policyType, policy, statement, detail: detail.slice(0, 512) },
    time: new Date(time).toISOString(),
  });
}

type Conditions = readonly {
  readonly key: string;
  readonly values: { readonly items: readonly { value: string }[] };
}[];

function conditionsOf(request: AccessRequest): Conditions {
  const { principal, context, resourcePolicies = [], endpoint, resourceAccount } = request;
  const { identity, boundary, session = [] } = principal.rights;
  const foreign = resourceAccount !== principal.account;
  const policies = [...identity, boundary, ...session, ...(foreign ? [] : resourcePolicies), endpoint];
  const keys = new Set([...usualKeys, ...policies.flatMap((policy?: CompiledPolicy) => [...(policy?.reads ?? [])])]);
  return [...keys].sort().flatMap((key) => {
    // Neither the tags of another account's resource nor what its policies ask for are for the caller's to read.
    if (foreign && key.includes(':resourcetag/')) return [];
    const found = context.get(key);
    if (found === undefined) return [];
    const values = typeof found === 'string' ? [found] : found;
    return [{ key, values: { items: values.map((value) => ({ value: value.slice(0, longestValue) })) } }];
  });
}
