/** What the server said, byte for byte, to an SDK that is otherwise left as it is. */
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { STSClient } from '@aws-sdk/client-sts';
import { Readable } from 'node:stream';
import type { StructureShape } from '../../../src/aws/model.ts';
import type { ServiceTable } from './service-tables.ts';
import { childOf, readXml, valueOf } from './xml-answers.ts';

export interface RawAnswer {
  readonly operation: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Response {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  body: unknown;
}

/** Keeps every answer that the client gets from now on, in their order. */
export function recordAnswers(client: ECRClient | IAMClient | STSClient): RawAnswer[] {
  const answers: RawAnswer[] = [];
  // The innermost place: what is seen here nobody has parsed yet. Its type is the same for every client.
  (client as ECRClient).middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const response = result.response as Response;
      const pieces = await Array.fromAsync(response.body as AsyncIterable<Buffer>);
      const body = Buffer.concat(pieces);
      response.body = Readable.from([body]);
      const operation = String(context['commandName']).replace(/Command$/, '');
      answers.push({ operation, status: response.statusCode, headers: response.headers, body: body.toString() });
      return result;
    },
    { step: 'deserialize', name: 'recordAnswers', priority: 'low' },
  );
  return answers;
}

/** The output in an answer as JSON has it, taken out of the envelope of the service's protocol. */
export function outputIn({ model }: ServiceTable, shape: StructureShape, { operation, body }: RawAnswer): unknown {
  if (model.metadata.protocol === 'json') return JSON.parse(body);
  const root = readXml(body);
  const id = childOf(childOf(root, 'ResponseMetadata'), 'RequestId').text;
  if (root.name !== `${operation}Response` || id === '') throw new Error(`not the envelope of ${operation}: ${body}`);
  return valueOf(shape, childOf(root, `${operation}Result`));
}
