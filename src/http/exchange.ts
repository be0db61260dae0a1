import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * One request and its answer, as the listeners hand it to a door. Everything in it is as the client sent it: nothing is
 * decoded, since signatures are over the raw bytes and hostile encodings must be refused by the door that knows them.
 */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** UUID of the request, told to the client and written into the log. */
  readonly id: string;
  /** Milliseconds since 1970 when the head of the request was there. */
  readonly receivedAt: number;
  readonly method: string;
  /** Request target up to the first `?`, undecoded; always begins with `/`. */
  readonly path: string;
  /** Request target after the first `?`, undecoded and without it; '' where there is none. */
  readonly query: string;
  /** Host header (or what a trusted proxy says it was), lower case, port included. */
  readonly host: string;
  /** Address of the client. */
  readonly address: string;
  /** True when the client spoke TLS. */
  readonly secure: boolean;
  /** Id of the VPC endpoint that the request came through, '' where its host name chose none there; undefined for none. */
  readonly endpoint: string | undefined;
  /** Aborts when the client goes away before the answer is complete. */
  readonly signal: AbortSignal;
}
