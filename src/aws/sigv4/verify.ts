import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isRegion } from '../../domain/names.ts';
import type { Exchange } from '../../http/exchange.ts';
import { BoundedMap } from '../../lib/bounded-map.ts';
import { ProtocolError } from '../errors.ts';
import type { SigningCredential } from '../service.ts';
import { canonicalRequest, sha256Hex } from './canonical.ts';
import { algorithm, compactTime, type SignatureClaim } from './claim.ts';

/** What the request's endpoint demands of the scope. */
export interface ExpectedScope {
  readonly service: string;
  /** Undefined where any region will do: on a bare endpoint, and for global services. */
  readonly region?: string | undefined;
}

const invalid = (message: string): ProtocolError => new ProtocolError('invalidSignature', message);

/** Looks at everything that can be judged without body and key: scope, day, date. @throws ProtocolError. */
export function checkClaim(claim: SignatureClaim, expected: ExpectedScope, now: number, skew: number): void {
  if (claim.terminator !== 'aws4_request') {
    throw invalid(`Credential should be scoped with a valid terminator: 'aws4_request', not '${claim.terminator}'.`);
  }
  if (claim.service !== expected.service) {
    throw invalid(`Credential should be scoped to correct service: '${expected.service}'.`);
  }
  if (expected.region === undefined ? !isRegion(claim.region) : claim.region !== expected.region) {
    throw invalid('Credential should be scoped to a valid region.');
  }
  const signedAt = timeOf(claim.timestamp);
  if (claim.day !== claim.timestamp.slice(0, 8) || signedAt === undefined) {
    const message = `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${claim.day}' != '${claim.timestamp.slice(0, 8)}', from '${claim.timestamp}'.`;
    throw invalid(message);
  }
  checkDate(claim, signedAt, now, skew);
}

function checkDate(claim: SignatureClaim, signedAt: number, now: number, skew: number): void {
  const minutes = skew / 60_000;
  if (signedAt > now + skew) {
    const [a, b, c] = [claim.timestamp, compactTime(now + skew), compactTime(now)];
    throw invalid(`Signature not yet current: ${a} is still later than ${b} (${c} + ${minutes} min.)`);
  }
  const life = lifeOf(claim, skew);
  if (signedAt + life >= now) return;
  const [a, b, c] = [claim.timestamp, compactTime(now - life), compactTime(now)];
  throw invalid(`Signature expired: ${a} is now earlier than ${b} (${c} - ${Math.round(life / 60_000)} min.)`);
}

/** For how long after its date a signature is good, in milliseconds. Presigned calls of STS: 15 minutes, whatever they say. */
function lifeOf(claim: SignatureClaim, skew: number): number {
  if (!claim.presigned) return skew;
  if (claim.service === 'sts') return 15 * 60_000;
  if (claim.expires === undefined) {
    throw new ProtocolError('incompleteSignature', "AWS query-string parameters must include 'X-Amz-Expires'. Re-examine the query-string parameters.");
  }
  return claim.expires * 1000;
}

function timeOf(timestamp: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(timestamp);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** Stands for the secret of a key that is not known, so that unknown keys take the time of known ones. */
const nobodysSecret = randomBytes(30).toString('base64');

/** Verifies signatures; keeps derived signing keys, which are good for a day, region and service. */
export class Verifier {
  readonly #keys = new BoundedMap<string, { secret: string; key: Buffer }>(2000);

  /** @throws ProtocolError unknownKey, invalidSignature. */
  verify<P>(
    exchange: Exchange,
    claim: SignatureClaim,
    bodyHash: string,
    credential: SigningCredential<P> | undefined,
  ): SigningCredential<P> {
    requireSignedHeaders(exchange, claim);
    requirePayload(exchange, bodyHash);
    const scope = `${claim.day}/${claim.region}/${claim.service}/${claim.terminator}`;
    const request = sha256Hex(canonicalRequest(exchange, claim, bodyHash));
    const key = this.#signingKey(claim, credential?.secretAccessKey ?? nobodysSecret);
    const expected = createHmac('sha256', key).update(`${algorithm}\n${claim.timestamp}\n${scope}\n${request}`).digest();
    const given = /^[0-9a-f]{64}$/.test(claim.signature) ? Buffer.from(claim.signature, 'hex') : Buffer.alloc(32);
    const matches = timingSafeEqual(given, expected);
    if (!credential?.active || credential.sessionToken !== claim.sessionToken) {
      throw new ProtocolError('unknownKey', 'The security token included in the request is invalid.');
    }
    if (matches) return credential;
    throw invalid(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }

  #signingKey({ accessKeyId, day, region, service }: SignatureClaim, secret: string): Buffer {
    const name = `${accessKeyId}/${day}/${region}/${service}`;
    const known = this.#keys.get(name);
    if (known?.secret === secret) return known.key;
    let key = createHmac('sha256', `AWS4${secret}`).update(day).digest();
    for (const part of [region, service, 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
    if (secret !== nobodysSecret) this.#keys.set(name, { secret, key });
    return key;
  }
}

/** Host must be signed, and every `x-amz-*` header: else somebody on the way could add an `X-Amz-Target`. */
function requireSignedHeaders(exchange: Exchange, claim: SignatureClaim): void {
  const signed = new Set(claim.signedHeaders);
  const unsigned = Object.keys(exchange.req.headers).find((name) => name.startsWith('x-amz-') && !signed.has(name));
  const missing = signed.has('host') ? unsigned : 'host';
  if (missing !== undefined) {
    throw invalid(`'${missing.slice(0, 128)}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
}

/** A body hash that the client sends must be that of the body. Unsigned and streamed payloads are S3's alone. */
function requirePayload(exchange: Exchange, bodyHash: string): void {
  const sent = exchange.req.headers['x-amz-content-sha256'];
  if (sent === undefined || sent === bodyHash) return;
  throw invalid("The value of 'x-amz-content-sha256' is not the SHA-256 of the body.");
}
