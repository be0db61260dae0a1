/** Requests to the AWS API that no SDK would make, signed by the SDK's own signer. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ServiceTable } from './service-tables.ts';
import { region as usualRegion, type Credentials } from '../stowage.ts';

export interface SignedRequest {
  readonly url: string;
  /** Name in the credential scope. */
  readonly service: string;
  /** Without them the request is not signed. */
  readonly credentials?: Credentials | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Buffer | undefined;
  /** Milliseconds since 1970. */
  readonly time?: number | undefined;
}

export interface SignedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** The headers that a request sends, its signature among them. */
export async function signHeaders(request: SignedRequest): Promise<Record<string, string>> {
  const { url, service, credentials, method = 'POST', path = '/', body = '', time = Date.now() } = request;
  const { host, hostname } = new URL(url);
  const headers = { host, ...request.headers };
  if (!credentials) return headers;
  const signer = new SignatureV4({ service, region: usualRegion, sha256: Sha256, credentials: { ...credentials } });
  const signable = { method, protocol: 'http:', hostname, path, query: {}, headers, body };
  const signed = await signer.sign(signable, { signingDate: new Date(time) });
  return signed.headers;
}

export async function sendSigned(request: SignedRequest): Promise<SignedAnswer> {
  const { url, method = 'POST', path = '/', body = '' } = request;
  const { host: _, ...headers } = await signHeaders(request);
  const content = method === 'GET' ? {} : { body: new Uint8Array(Buffer.from(body)) };
  const response = await fetch(url + path, { method, headers, ...content });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

/** Headers and body that ask a service for an operation, in its protocol and with an input that says nothing. */
export function emptyCall({ model }: ServiceTable, operation: string): Pick<SignedRequest, 'headers' | 'body'> {
  const { protocol, targetPrefix, apiVersion } = model.metadata;
  if (protocol === 'query') {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { headers, body: `Action=${operation}&Version=${apiVersion}` };
  }
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${targetPrefix}.${operation}` };
  return { headers, body: '{}' };
}
