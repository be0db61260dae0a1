import { hash } from 'node:crypto';

import { ByteBudget, collectBody, tookLong, type CollectedBody } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { ProtocolError } from './errors.ts';
import type { RequestHead } from './protocols/protocol.ts';
import type { AwsDoorOptions, EndpointHint, Service, SigningCredential, VerifiedScope } from './service.ts';
import type { Claim } from './sigv4/claim.ts';
import { DerivedKeys } from './sigv4/keys.ts';
import { PayloadHash } from './sigv4/payload-hash.ts';
import { checkCoverage, checkDate, checkScope, hasValidSignature, sameText } from './sigv4/verify.ts';

/** How far a signature's date may be from now. */
const defaultSkew = 5 * 60_000;

/** Memory for bodies of requests that are not answered yet, of all together; for one see dispatch.ts. */
const bodyBudget = 256 * 1024 * 1024;

/** Presigned requests of these services live this long, in seconds, whatever X-Amz-Expires says (IAM user guide, STS). */
const presignedLifetimes: Readonly<Record<string, number>> = { sts: 900 };

const emptyHash = hash('sha256', '');

export interface Authenticated<P> {
  readonly principal: P;
  readonly scope: VerifiedScope;
  readonly body: Buffer;
  /** Called when the request is answered: until then its body, or what was read out of it, is in memory. */
  readonly release: () => void;
}

interface SignedExchange {
  readonly exchange: Exchange;
  readonly head: RequestHead;
  readonly claim: Claim;
  readonly hint: EndpointHint;
  /** Most bytes of the body. */
  readonly limit: number;
}

type Options<P> = Pick<AwsDoorOptions<P, never>, 'findCredential' | 'clock' | 'maxSkew'>;

/** Decides who signed a request, and collects its body on the way. Holds the keys and the budget of one door. */
export class Authenticator<P> {
  readonly #options: Options<P>;
  readonly #keys = new DerivedKeys();
  readonly #budget = new ByteBudget(bodyBudget);

  constructor(options: Options<P>) {
    this.#options = options;
  }

  /** Scope, date and key first; then the body; then the signature; then whether a session has expired. */
  async authenticate(request: SignedExchange, { name, model }: Service<never>): Promise<Authenticated<P>> {
    const { exchange, head, claim, hint, limit } = request;
    const { clock, maxSkew = defaultSkew } = this.#options;
    const { globalEndpoint, auth } = model.metadata;
    const bound = globalEndpoint === undefined ? hint.region : undefined;
    const region = checkScope(claim, { service: name, region: bound, asymmetric: auth.includes('aws.auth#sigv4a') });
    checkDate(claim, { now: clock(), maxSkew, presignedLifetime: presignedLifetimes[name] });
    checkCoverage(claim, head);
    const signed = { head, claim, host: exchange.host };
    const known = await this.#findCredential(claim);
    if (known === undefined) {
      hasValidSignature({ ...signed, payloadHash: emptyHash }, undefined, this.#keys);
      throw unknownKey();
    }
    const { body, payloadHash, release } = await this.collect(exchange, limit);
    let credential: SigningCredential<P>;
    try {
      // Whoever let their body wait may have lost the key or its rights since.
      const current = tookLong(exchange, clock()) ? await this.#findCredential(claim) : known;
      if (current === undefined) throw unknownKey();
      credential = current;
      if (!hasValidSignature({ ...signed, payloadHash }, credential.secretAccessKey, this.#keys))
        throw new ProtocolError('invalidSignature', mismatch);
      if (credential.expiresAt !== undefined && credential.expiresAt <= clock())
        throw new ProtocolError('expiredToken', 'The security token included in the request is expired');
    } catch (error) {
      release();
      throw error;
    }
    const { principal } = credential;
    return { principal, scope: { service: name, region, accessKeyId: claim.accessKeyId }, body, release };
  }

  async #findCredential(claim: Claim): Promise<SigningCredential<P> | undefined> {
    return usable(await this.#options.findCredential(claim.accessKeyId, claim.sessionToken), claim);
  }

  /** Takes a body within the budget, which has its bytes back after `release`. Hashes while it receives. */
  async collect(exchange: Exchange, limit: number): Promise<CollectedBody & { payloadHash: string }> {
    const payload = new PayloadHash();
    const options = { limit, budget: this.#budget, observe: (chunk: Buffer) => payload.add(chunk) };
    const { body, release } = await collectBody(exchange.req, options);
    return { body, release, payloadHash: payload.digest() };
  }
}

const unknownKey = (): ProtocolError =>
  new ProtocolError('unknownKey', 'The security token included in the request is invalid.');

/** An inactive key, and a session token that is not that of the key, are told as an unknown key is. */
function usable<P>(
  credential: SigningCredential<P> | undefined,
  { sessionToken }: Claim,
): SigningCredential<P> | undefined {
  const [known, sent] = [credential?.sessionToken, sessionToken];
  const sameToken = known === undefined && sent === undefined ? true : sameText(known ?? '', sent ?? '');
  return credential?.active === true && sameToken ? credential : undefined;
}

const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
