import { createHmac, createPublicKey, createECDH, createSecretKey, type KeyObject } from 'node:crypto';

import { asymmetric, type Claim } from './claim.ts';

/** Most keys that are remembered: one is good for one access key, day, region and service. */
const mostKeys = 4096;

interface Derived {
  readonly key: KeyObject;
  /** What it was derived from. */
  readonly secret: string;
}

/**
 * Keys derived from secrets, remembered in a bounded map. Each counts for the secret that it was derived from only: an
 * access key whose secret was replaced never meets an old entry. Only keys that have verified a signature are kept, or
 * strangers could push out the others by naming regions that nobody uses.
 */
export class DerivedKeys {
  readonly #kept = new Map<string, Derived>();

  get size(): number {
    return this.#kept.size;
  }

  /** The signing key (HMAC) or the public key (ECDSA) that a claim must verify under. */
  derive(claim: Claim, secret: string): { key: KeyObject; keep: () => void } {
    const { accessKeyId, algorithm, day, region = '', service } = claim;
    // None of the parts has a slash: they are what stood between the slashes of a credential.
    const name = `${accessKeyId}/${algorithm}/${day}/${region}/${service}`;
    const known = this.#kept.get(name);
    const derived = known?.secret === secret ? known : { key: deriveKey(claim, secret), secret };
    return { key: derived.key, keep: () => this.#keep(name, derived) };
  }

  #keep(name: string, derived: Derived): void {
    // Taken out and put back: the map is in the order of last use.
    this.#kept.delete(name);
    this.#kept.set(name, derived);
    if (this.#kept.size <= mostKeys) return;
    const oldest = this.#kept.keys().next();
    if (oldest.done !== true) this.#kept.delete(oldest.value);
  }
}

const deriveKey = (claim: Claim, secret: string): KeyObject =>
  claim.algorithm === asymmetric ? publicKey(claim.accessKeyId, secret) : signingKey(claim, secret);

/** Four HMACs over day, region, service and terminator (IAM user guide, "Derive a signing key"). */
function signingKey(claim: Claim, secret: string): KeyObject {
  const steps = [claim.day, claim.region ?? '', claim.service, claim.terminator];
  const start = Buffer.from(`AWS4${secret}`);
  return createSecretKey(steps.reduce((key, step) => createHmac('sha256', key).update(step).digest(), start));
}

/** Order of the curve P-256, less two: the largest candidate that is taken. */
const largest = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n - 2n;

/**
 * SigV4a: the key pair of an access key, by the counter-mode derivation of NIST SP 800-108 that AWS's signers use. A
 * candidate is refused once in 2^32 at most, so the loop as good as never runs twice.
 */
function publicKey(accessKeyId: string, secret: string): KeyObject {
  for (let counter = 1; counter < 255; counter += 1) {
    const input = Buffer.concat([
      Buffer.from([0, 0, 0, 1]),
      Buffer.from(`${asymmetric}\0${accessKeyId}`),
      Buffer.from([counter, 0, 0, 1, 0]),
    ]);
    const candidate = BigInt(`0x${createHmac('sha256', `AWS4A${secret}`).update(input).digest('hex')}`);
    if (candidate > largest) continue;
    const pair = createECDH('prime256v1');
    pair.setPrivateKey((candidate + 1n).toString(16).padStart(64, '0'), 'hex');
    const point = pair.getPublicKey();
    const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  }
  throw new Error('no key pair could be derived from an access key');
}
