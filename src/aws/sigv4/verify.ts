/**
 * Verifying a signature, in two halves. What can be said without the body and the secret is said first: bodies are only
 * collected for requests that have passed {@link checkScope}, {@link checkDate} and {@link checkCoverage}.
 */
import { createHmac, type KeyObject, randomBytes, timingSafeEqual, verify } from 'node:crypto';

import { ProtocolError } from '../errors.ts';
import type { RequestHead } from '../protocols/protocol.ts';
import { canonicalRequest, type CanonicalInput, stringToSign } from './canonical.ts';
import { asymmetric, basicDate, type Claim } from './claim.ts';
import type { DerivedKeys } from './keys.ts';

const invalid = (message: string): ProtocolError => new ProtocolError('invalidSignature', message);

export interface ScopeRules {
  readonly service: string;
  /** The region of the host name, where it names one and the service is bound to it. */
  readonly region: string | undefined;
  /** The service takes SigV4a too. */
  readonly asymmetric: boolean;
}

/** Region, service, day and terminator of the credential scope. Gives the region that the request is for. */
export function checkScope(claim: Claim, rules: ScopeRules): string {
  if (claim.algorithm === asymmetric && !rules.asymmetric) {
    throw new ProtocolError('incompleteSignature', `Unsupported AWS 'algorithm': '${claim.algorithm}'.`);
  }
  const region = claim.algorithm === asymmetric ? regionOfSet(claim.regionSet, rules.region) : claim.region;
  // On a plain endpoint the scope is the region: it must at least look like one (ECR's model, shape Region).
  if (
    region === undefined ||
    !/^[0-9a-z-]{2,25}$/.test(region) ||
    (rules.region !== undefined && region !== rules.region)
  ) {
    throw invalid('Credential should be scoped to a valid region.');
  }
  if (claim.service !== rules.service)
    throw invalid(`Credential should be scoped to correct service: '${rules.service}'.`);
  const { date, day, terminator } = claim;
  if (day !== date.slice(0, 8)) {
    const compared = `'${day.slice(0, 64)}' != '${date.slice(0, 8)}', from '${date}'`;
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ${compared}.`,
    );
  }
  if (terminator !== 'aws4_request') {
    throw invalid(
      `Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator.slice(0, 64)}'.`,
    );
  }
  return region;
}

/** A set is a list of regions that may have wildcards. The region of the host must be in it; else its first plain one counts. */
function regionOfSet(set: string | undefined, wanted: string | undefined): string | undefined {
  const entries = (set ?? '').split(',').map((entry) => entry.trim());
  if (wanted === undefined)
    return entries.find((entry) => !entry.includes('*')) ?? (entries.includes('*') ? 'us-east-1' : undefined);
  return entries.some((entry) => inSet(entry, wanted)) ? wanted : undefined;
}

/** `*` or `us-west-*`: only a trailing wildcard is used by signers. */
const inSet = (entry: string, region: string): boolean =>
  entry.endsWith('*') ? region.startsWith(entry.slice(0, -1)) : entry === region;

export interface DateRules {
  readonly now: number;
  readonly maxSkew: number;
  /** Lifetime of presigned requests in seconds, whatever they say themselves. */
  readonly presignedLifetime: number | undefined;
}

/** Lifetime of a presigned request that names none, in seconds. */
const defaultLifetime = 900;

export function checkDate(claim: Claim, { now, maxSkew, presignedLifetime }: DateRules): void {
  if (claim.time > now + maxSkew) {
    const window = `${basicDate(now + maxSkew)} (${basicDate(now)} + ${duration(maxSkew)}.)`;
    throw invalid(`Signature not yet current: ${claim.date} is still later than ${window}`);
  }
  const lifetime = claim.form === 'query' ? (presignedLifetime ?? claim.expires ?? defaultLifetime) * 1000 : maxSkew;
  if (claim.time >= now - lifetime) return;
  const window = `${basicDate(now - lifetime)} (${basicDate(now)} - ${duration(lifetime)}.)`;
  throw invalid(`Signature expired: ${claim.date} is now earlier than ${window}`);
}

const duration = (time: number): string => (time % 60_000 === 0 ? `${time / 60_000} min` : `${time / 1000} sec`);

/**
 * The signature must cover the host and every `x-amz-…` header of the request, or somebody on the way could add
 * X-Amz-Target. `x-amzn-…` headers are put in by load balancers.
 */
export function checkCoverage(claim: Claim, head: RequestHead): void {
  const signed = claim.signedHeaders;
  if (!signed.includes('host'))
    throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  for (const name of head.headers.keys()) {
    if (name.startsWith('x-amz-') && !signed.includes(name))
      throw invalid(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
  for (const name of signed) {
    if (name !== 'host' && !head.headers.has(name))
      throw invalid(`The signed header '${name.slice(0, 64)}' is not in the request.`);
  }
  if ((head.headers.get('host')?.length ?? 0) > 1) throw invalid('The request has more than one Host header.');
  if (!head.path.startsWith('/')) throw invalid("The request target must begin with '/'.");
  const announced = head.headers.get('x-amz-content-sha256');
  if (announced !== undefined && !/^[0-9a-f]{64}$/.test(announced.join(','))) {
    throw invalid(
      'x-amz-content-sha256 must be the SHA-256 of the request body: this service takes neither unsigned nor streamed payloads.',
    );
  }
}

/** Unknown access keys are tried with a secret that nobody has: they take the time of known ones. */
const nobody = randomBytes(30).toString('base64');

/**
 * True where the signature is that of the secret over this request. Without a secret always false, after the same work.
 * Compares in constant time.
 */
export function hasValidSignature(request: CanonicalInput, secret: string | undefined, keys: DerivedKeys): boolean {
  const { head, claim, payloadHash } = request;
  const announced = head.headers.get('x-amz-content-sha256')?.[0];
  const text = stringToSign(claim, canonicalRequest(request));
  const { key, keep } = keys.derive(claim, secret ?? nobody);
  const matches =
    key.type === 'public'
      ? matchesAsymmetric(key, text, claim.signature)
      : matchesSymmetric(key, text, claim.signature);
  // What a body hashes to is no secret: its sender knows it.
  const valid = matches && (announced === undefined || announced === payloadHash) && secret !== undefined;
  if (valid) keep();
  return valid;
}

function matchesSymmetric(key: KeyObject, text: string, signature: string): boolean {
  const expected = createHmac('sha256', key).update(text).digest('hex');
  return sameText(expected, signature);
}

function matchesAsymmetric(key: KeyObject, text: string, signature: string): boolean {
  return (
    /^[0-9a-f]{16,160}$/.test(signature) && verify('sha256', Buffer.from(text), key, Buffer.from(signature, 'hex'))
  );
}

/** Compares in a time that depends on nothing but the lengths, which are no secret: what differs stays unknown. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
