import { createHash } from 'node:crypto';

/** Digest algorithms that the registry takes, with the length of their hexadecimal form (OCI image spec, "Digests"). */
const hexLengths = { sha256: 64, sha512: 128 } as const;

export type DigestAlgorithm = keyof typeof hexLengths;

/** The algorithm of a well-formed digest that the registry can verify, else undefined. */
export function digestAlgorithm(digest: string): DigestAlgorithm | undefined {
  const colon = digest.indexOf(':');
  const algorithm = digest.slice(0, colon);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return undefined;
  if (digest.length - colon - 1 !== hexLengths[algorithm]) return undefined;
  for (let i = colon + 1; i < digest.length; i++) {
    const c = digest.charCodeAt(i);
    if (!((c >= 48 && c <= 57) || (c >= 97 && c <= 102))) return undefined;
  }
  return algorithm;
}

export function isDigest(text: string): boolean {
  return digestAlgorithm(text) !== undefined;
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** ECR's own looser form of a digest in an image id; what does not fit it is InvalidImageDigest. */
export const looseDigestPattern = '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+';
const looseDigest = /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/;

export function isLooseDigest(text: string): boolean {
  return text.length <= 512 && looseDigest.test(text);
}
