/** For tests: requests that the SDK's own signer has signed, and ways to change them. */
import { createHash } from 'node:crypto';

import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

import { ProtocolError } from '../errors.ts';
import { readHeaders } from '../headers.ts';
import type { RequestHead } from '../protocols/protocol.ts';
import { readClaim } from './claim.ts';
import { DerivedKeys } from './keys.ts';
import { checkCoverage, checkDate, checkScope, hasValidSignature } from './verify.ts';

export const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
export const now = Date.UTC(2026, 10, 25, 12);
export const host = 'api.ecr.eu-west-1.example:4566';
export const sha256 = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex');

export interface Sent {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

export const headOf = ({ method, target, headers }: Sent): RequestHead => {
  const [path = '', ...query] = target.split('?');
  return { method, path, query: query.join('?'), headers: readHeaders(headers.flat()) };
};

/** All that the door asks of a signature, in its order. */
export function check(
  sent: Sent,
  service = 'ecr',
  secret = credentials.secretAccessKey,
  keys = new DerivedKeys(),
): boolean {
  const head = headOf(sent);
  const claim = readClaim(head);
  if (claim === undefined) return false;
  checkScope(claim, { service, region: undefined, asymmetric: service === 'sts' });
  checkDate(claim, { now, maxSkew: 300_000, presignedLifetime: service === 'sts' ? 900 : undefined });
  checkCoverage(claim, head);
  const known = claim.accessKeyId === credentials.accessKeyId ? secret : undefined;
  return hasValidSignature(
    { head, claim, host: head.headers.get('host')?.[0]?.toLowerCase() ?? '', payloadHash: sha256(sent.body) },
    known,
    keys,
  );
}

export const refusal = (run: () => unknown): { kind: string; message: string } => {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return { kind: error.kind, message: error.message };
    throw error;
  }
  return { kind: 'accepted', message: '' };
};

export const signer = (service: string): SignatureV4 =>
  new SignatureV4({ service, region: 'eu-west-1', sha256: Sha256, credentials });

/** A request signed by the SDK's own signer. */
export async function signed(
  changes: {
    headers?: Record<string, string>;
    query?: Record<string, string | string[]>;
    path?: string;
    body?: string;
  } = {},
): Promise<Sent> {
  const { body = '{"a":1}', path = '/', query = {} } = changes;
  const headers = { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'X.Y', ...changes.headers };
  const request = await signer('ecr').sign(
    { method: 'POST', protocol: 'http:', hostname: host, path, query, headers, body },
    { signingDate: new Date(now) },
  );
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
  );
  const target = pairs.length > 0 ? `${path}?${pairs.join('&')}` : path;
  return { method: 'POST', target, headers: Object.entries(request.headers), body };
}

export const edit = (
  sent: Sent,
  change: (headers: (readonly [string, string])[]) => (readonly [string, string])[],
): Sent => ({
  ...sent,
  headers: change([...sent.headers]),
});
export const replaceIn = (sent: Sent, from: string | RegExp, to: string): Sent =>
  edit(sent, (headers) =>
    headers.map(([name, value]) => [name, name === 'authorization' ? value.replace(from, to) : value]),
  );
