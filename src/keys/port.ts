/**
 * The root key of an installation: everything that is secret at rest hangs from it. It seals account keys, which seal
 * data keys, which seal blobs and manifests. Its bytes are never handed out.
 */
export interface RootKey {
  /** Seals a few bytes (a key, a secret); the same `aad` must be given to open them. */
  wrap(plain: Uint8Array, aad: Uint8Array | string): Buffer;
  /** Throws SealError where a byte of the sealed form or of `aad` differs, or the root key is another one. */
  unwrap(sealed: Uint8Array, aad: Uint8Array | string): Buffer;
  /** HMAC-SHA256 under a key of its own for every purpose. */
  mac(purpose: string, bytes: Uint8Array | string): Buffer;
  /** 32 bytes that tell nothing about the key: the database keeps them, so that another root key refuses to start. */
  checkValue(): Buffer;
}

/** Sealed bytes could not be opened. Says nothing about why, since the cipher does not know either. */
export class SealError extends Error {
  constructor() {
    super('Sealed bytes cannot be opened: they were altered, belong elsewhere, or were sealed under another key.');
    this.name = 'SealError';
  }
}

/** The root key cannot be had; the message is a sentence for the operator. */
export class RootKeyError extends Error {
  readonly reason: 'exists' | 'missing' | 'unreadable' | 'malformed' | 'too open' | 'not writable';

  constructor(reason: RootKeyError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RootKeyError';
    this.reason = reason;
  }
}
