/** A signed request of the AWS API as bytes. It may be sent again and again while its signature is young. */
import aws4 from 'aws4';
import type { Credentials } from '../../test/support/stowage.ts';
import { region } from '../../test/support/stowage.ts';
import type { Served } from '../subjects.ts';

export interface AwsRequest {
  /** As header lines, the signature among them. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** Signs `AmazonEC2ContainerRegistry_V20150921.<operation>`. */
export function signedRequest(
  server: Pick<Served, 'host' | 'port'>,
  credentials: Credentials,
  asked: { readonly operation: string; readonly input: unknown },
): AwsRequest {
  const body = JSON.stringify(asked.input);
  const signed = aws4.sign(
    {
      host: `${server.host}:${server.port}`,
      method: 'POST',
      path: '/',
      service: 'ecr',
      region,
      body,
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': `AmazonEC2ContainerRegistry_V20150921.${asked.operation}`,
      },
    },
    { ...credentials },
  );
  // the drivers write these by themselves
  const own = new Set(['host', 'content-length']);
  const headers = Object.entries(signed.headers ?? {}).filter(([name]) => !own.has(name.toLowerCase()));
  return { headers: headers.map(([name, value]) => `${name}: ${String(value)}`), body };
}
