/** For tests: a door with two services whose operations answer what a test says, behind a real listener. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { ECRClient } from '@aws-sdk/client-ecr';
import { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach } from 'vitest';

import type { Exchange } from '../http/exchange.ts';
import { listen, type Listener } from '../http/server.ts';
import { createAwsDoor } from './dispatch.ts';
import { readModel } from './model.ts';
import type { EndpointHint, Service, ServiceOperation, SigningCredential } from './service.ts';

export const region = 'eu-west-1';
export const keys = {
  user: { accessKeyId: 'AKIAAAAAAAAAAAAAUSER', secretAccessKey: 'secret/of+the=user' },
  inactive: { accessKeyId: 'AKIAAAAAAAAAINACTIVE', secretAccessKey: 'secret' },
  session: { accessKeyId: 'ASIAAAAAAAAAASESSION', secretAccessKey: 'secret', sessionToken: 'token' },
  expired: { accessKeyId: 'ASIAAAAAAAAAAEXPIRED', secretAccessKey: 'secret', sessionToken: 'token' },
  unknown: { accessKeyId: 'AKIAAAAAAAAAAUNKNOWN', secretAccessKey: 'secret' },
};

interface Call {
  readonly who: string;
  readonly region: string;
}

/** What a test sets and sees of the door that is served. */
interface State {
  /** The clock of the door. */
  now: number;
  /** What the host of the next requests says. */
  hint: EndpointHint;
  seen: { operation: string; call: Call; input: unknown }[];
  /** What operations answer, by their names. */
  results: Record<string, () => unknown>;
  logged: string[];
  endpoint: string;
  port: number;
}

const fresh = (): Pick<State, 'now' | 'hint' | 'seen' | 'results' | 'logged'> => ({
  now: Date.now(),
  hint: {},
  seen: [],
  results: {},
  logged: [],
});

export const state: State = { ...fresh(), endpoint: '', port: 0 };

/** Serves the door on this machine while the tests of a file run; what they see is empty before each. */
export function serveDoor(): void {
  let listener: Listener;
  beforeAll(async () => {
    const handle = (exchange: Exchange): Promise<void> => door.handle(exchange, state.hint);
    listener = await listen({ host: '127.0.0.1', port: 0, trustedProxies: [], handle, finished: () => undefined });
    state.port = listener.address.port;
    state.endpoint = `http://127.0.0.1:${state.port}`;
  });
  afterAll(() => listener.close(1000));
  beforeEach(() => void Object.assign(state, fresh()));
}

export function service(name: string, operations: readonly string[]): Service<Call> {
  const built = operations.map((operation): [string, ServiceOperation<Call>] => [
    operation,
    {
      handle: async (call, input) => {
        state.seen.push({ operation, call, input });
        return state.results[operation]?.();
      },
    },
  ]);
  return { name, model: readModel(name), operations: new Map(built) };
}

const credentials = new Map<string, SigningCredential<string>>([
  [keys.user.accessKeyId, { ...keys.user, principal: 'user', active: true }],
  [keys.inactive.accessKeyId, { ...keys.inactive, principal: 'inactive', active: false }],
  [keys.session.accessKeyId, { ...keys.session, principal: 'session', active: true }],
  [keys.expired.accessKeyId, { ...keys.expired, principal: 'expired', active: true, expiresAt: 1 }],
]);

const door = createAwsDoor<string, Call>({
  services: [
    service('ecr', ['CreateRepository', 'DescribeImages', 'GetAuthorizationToken', 'PutImage']),
    service('sts', ['GetCallerIdentity', 'AssumeRole']),
  ],
  findCredential: (id) => Promise.resolve(credentials.get(id)),
  openCall: (_, who, scope) => ({ who, region: scope.region }),
  clock: () => state.now,
  log: pino({ level: 'error' }, { write: (line: string) => void state.logged.push(line) }),
});

export const ecr = (credential: object = keys.user): ECRClient =>
  new ECRClient({ endpoint: state.endpoint, region, credentials: credential as typeof keys.user, maxAttempts: 1 });
export const sts = (credential: object = keys.user): STSClient =>
  new STSClient({ endpoint: state.endpoint, region, credentials: credential as typeof keys.user, maxAttempts: 1 });

/** What an SDK makes of a refusal. */
export const failure = async (
  sent: Promise<unknown>,
): Promise<[name: string, status: number | undefined, message: string]> => {
  try {
    await sent;
  } catch (error) {
    const { name, message, $metadata } = error as {
      name: string;
      message: string;
      $metadata?: { httpStatusCode?: number };
    };
    return [name, $metadata?.httpStatusCode, message];
  }
  return ['answered', 200, ''];
};

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly service?: string;
  readonly sign?: boolean;
}

/** A request that no SDK would make; signed unless it says otherwise. */
export async function send({
  method = 'POST',
  path = '/',
  headers = {},
  body = '',
  service: name = 'ecr',
  sign = true,
}: Sent): Promise<{ status: number; headers: Headers; text: string }> {
  const host = state.endpoint.slice('http://'.length);
  const signer = new SignatureV4({ service: name, region, sha256: Sha256, credentials: keys.user });
  const signable = { method, protocol: 'http:', hostname: host, path, query: {}, headers: { host, ...headers }, body };
  const signed = sign ? await signer.sign(signable, { signingDate: new Date(state.now) }) : signable;
  const { host: _, ...rest } = signed.headers as Record<string, string>;
  const response = await fetch(state.endpoint + path, {
    method,
    headers: rest,
    ...(method === 'POST' || method === 'PUT' ? { body: Buffer.from(body) } : {}),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export const target = (operation: string): Record<string, string> => ({
  'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${operation}`,
  'content-type': 'application/x-amz-json-1.1',
});
export const form = { 'content-type': 'application/x-www-form-urlencoded' };
