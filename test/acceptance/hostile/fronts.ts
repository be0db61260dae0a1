/** Both fronts asked by hand, and what a refusal on each must look like. */
import { expect } from 'vitest';
import { sendSigned, type SignedAnswer, type SignedRequest } from '../../support/wire/signed-requests.ts';
import type { Site } from './site.ts';

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Nothing of the program may stand in an answer. */
function expectNoTrace(text: string): void {
  expect(text).not.toMatch(/\n\s+at |node:internal|\/src\/|\.ts:\d/);
}

/** What the OCI front answered, which must be a refusal in the form of the OCI specification. */
export async function ociRefusal(response: Response): Promise<Refusal> {
  const text = await response.text();
  expectNoTrace(text);
  expect(response.status, text.slice(0, 500)).toBeGreaterThanOrEqual(400);
  expect(response.status, text.slice(0, 500)).toBeLessThan(500);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const { errors } = JSON.parse(text) as { errors: { code: string; message: string }[] };
  expect(errors).toHaveLength(1);
  const [{ code, message } = { code: '', message: '' }] = errors;
  return { status: response.status, code, message };
}

/** An operation of ECR, signed; `input` may be the bytes of a body that no SDK would write. */
export async function callEcr(
  { server }: Site,
  operation: string,
  input: object | string | Buffer,
  more: Partial<SignedRequest> = {},
): Promise<SignedAnswer> {
  const isText = typeof input === 'string' || Buffer.isBuffer(input);
  return await sendSigned({
    url: server.url,
    service: 'ecr',
    credentials: server.credentials,
    body: isText ? input : JSON.stringify(input),
    ...more,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${operation}`,
      ...more.headers,
    },
  });
}

/** What an AWS JSON service answered, which must be a refusal in its form. */
export function jsonRefusal({ status, headers, body }: SignedAnswer): Refusal {
  expectNoTrace(body);
  expect(status, body.slice(0, 500)).toBeGreaterThanOrEqual(400);
  expect(status, body.slice(0, 500)).toBeLessThan(500);
  expect(headers.get('content-type')).toBe('application/x-amz-json-1.1');
  const { __type: code, message } = JSON.parse(body) as { __type: string; message: string };
  return { status, code, message };
}

/** The same of an AWS Query service. */
export function queryRefusal({ status, headers, body }: SignedAnswer): Refusal {
  expectNoTrace(body);
  expect(status, body.slice(0, 500)).toBeGreaterThanOrEqual(400);
  expect(status, body.slice(0, 500)).toBeLessThan(500);
  expect(headers.get('content-type')).toBe('text/xml');
  const [, code = '', message = ''] = /<Code>(\w+)<\/Code><Message>([^<]*)<\/Message>/.exec(body) ?? [];
  return { status, code, message };
}
