import type { Exchange } from '../http/exchange.ts';
import type { Log } from '../telemetry/log.ts';
import type { Model } from './model.ts';

/** One operation as the generic layer sees it: it decides whether the caller may, acts, and throws RegistryError to refuse. */
export interface ServiceOperation<Call> {
  handle(call: Call, input: never): Promise<unknown>;
}

/** An AWS service: its model as data and a handler for each operation that is built. */
export interface Service<Call> {
  /** Name in the credential scope of a signature: 'ecr', 'sts'. */
  readonly name: string;
  readonly model: Model;
  /** Operations of the model that are not in here answer 501 UnsupportedOperationException. */
  readonly operations: ReadonlyMap<string, ServiceOperation<Call>>;
}

/** What verifying a signature needs to know of an access key. */
export interface SigningCredential<P> {
  readonly secretAccessKey: string;
  readonly principal: P;
  readonly active: boolean;
  /** Temporary credentials only: the token that must come with the key. */
  readonly sessionToken?: string | undefined;
  /** Temporary credentials only: milliseconds since 1970 from which on they are refused. */
  readonly expiresAt?: number | undefined;
}

/** The scope that a verified signature was made for. */
export interface VerifiedScope {
  readonly service: string;
  readonly region: string;
  readonly accessKeyId: string;
}

export interface AwsDoorOptions<P, Call> {
  readonly services: readonly Service<Call>[];
  /** The session token is the one that came with the request, if one did: it is compared again by who asks. */
  readonly findCredential: (
    accessKeyId: string,
    sessionToken: string | undefined,
  ) => Promise<SigningCredential<P> | undefined>;
  readonly openCall: (exchange: Exchange, principal: P, scope: VerifiedScope) => Call;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** How far a signature's date may be from now, in milliseconds; 5 minutes by default. */
  readonly maxSkew?: number;
  readonly log: Log;
}

/** What the host name of a request already says: empty on a bare endpoint such as localhost:4566. */
export interface EndpointHint {
  readonly service?: string | undefined;
  readonly region?: string | undefined;
}

export interface AwsDoor {
  handle(exchange: Exchange, hint: EndpointHint): Promise<void>;
}
