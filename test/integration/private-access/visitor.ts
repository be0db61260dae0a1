/**
 * Somebody who comes to a server from an address of their own: the loopback network has many, and each is another peer to
 * the server. Their AWS clients and their plain requests come from there, with the headers that a proxy would add.
 */
import { Agent, request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { ECR } from '@aws-sdk/client-ecr';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import type { Answer } from '../../support/app.ts';
import { region, type Credentials } from '../../support/stowage.ts';

export interface Visit {
  /** URL of the listener. */
  readonly url: string;
  readonly credentials: Credentials;
  /** An address in 127.0.0.0/8. */
  readonly from?: string;
  /** Sent with every request: `x-forwarded-for`, or another `host`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Visitor {
  readonly ecr: ECR;
  readonly sts: STS;
  readonly iam: IAM;
  ask(method: string, path: string, headers?: Readonly<Record<string, string>>, body?: Buffer): Promise<Answer>;
  /** A new login token, as the header that carries it. */
  logIn(): Promise<string>;
  close(): void;
}

interface AnyClient {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<unknown>) => (args: never) => Promise<unknown>,
      options: object,
    ): void;
  };
}

export function createVisitor({ url, credentials, from = '127.0.0.1', headers = {} }: Visit): Visitor {
  const agent = new Agent({ localAddress: from });
  const configuration = {
    endpoint: url,
    region,
    credentials: { ...credentials },
    maxAttempts: 1,
    requestHandler: { httpAgent: agent },
  };
  const [ecr, sts, iam] = [new ECR(configuration), new STS(configuration), new IAM(configuration)];
  for (const client of [ecr, sts, iam]) addHeaders(client, headers);
  return {
    ecr,
    sts,
    iam,
    ask: async (method, path, more, body) => {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const target = new URL(path, url);
        const sent = request(target, { method, agent, headers: { ...headers, ...more } }, resolve);
        sent.on('error', reject).end(body);
      });
      return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
    },
    logIn: async () => {
      const { authorizationData } = await ecr.getAuthorizationToken({});
      return `Basic ${authorizationData?.[0]?.authorizationToken}`;
    },
    close: () => {
      for (const client of [ecr, sts, iam]) client.destroy();
      agent.destroy();
    },
  };
}

/** The host goes in before the signature, which is over it; the rest after it, as a proxy would add it. */
function addHeaders(client: AnyClient, { host, ...rest }: Readonly<Record<string, string>>): void {
  const adding = (headers: Readonly<Record<string, string>>) => (next: (args: never) => Promise<unknown>) => {
    return async (args: never) => {
      Object.assign((args as { request: { headers: object } }).request.headers, headers);
      return await next(args);
    };
  };
  const named = host === undefined ? {} : { host };
  client.middlewareStack.add(adding(named), { step: 'build', name: 'addHost', priority: 'low' });
  client.middlewareStack.add(adding(rest), { step: 'deserialize', name: 'addHeaders', priority: 'high' });
}
