import type { WireError } from '../errors.ts';
import type { RequestHeaders } from '../headers.ts';
import type { Model, Operation, StructureShape } from '../model.ts';

/** The head of a request as a protocol sees it: undecoded, as in Exchange. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: RequestHeaders;
}

/** A request whose form has been read and whose values have not. */
export interface ReadRequest {
  /** Name of the operation, '' where the request has none. */
  readonly action: string;
  /** API version, where the protocol sends it. */
  readonly version?: string | undefined;
  /** The input by its shape: members of the model only, absent where null. Throws ProtocolError for values of a wrong type. */
  readonly input: (shape: StructureShape) => Record<string, unknown>;
}

export interface AnswerContext {
  readonly requestId: string;
  /** Undefined where it could not be found out which service is meant. */
  readonly model: Model | undefined;
  readonly headers: RequestHeaders;
}

export interface WireAnswer {
  readonly contentType: string;
  readonly body: string;
}

/** What differs between AWS JSON and AWS Query; the rest of the pipeline is the same (dispatch.ts). */
export interface Protocol {
  readonly name: 'json' | 'query';
  /** Throws ProtocolError where method, path or content type are none of this protocol. Needs no signature. */
  refuseForeignForm(head: RequestHead): void;
  /** The name of the operation where the head alone tells it. */
  announcedAction(head: RequestHead): string | undefined;
  read(head: RequestHead, body: Buffer): ReadRequest;
  /** Throws ProtocolError where the model has no such operation. */
  getOperation(model: Model | undefined, request: ReadRequest): Operation;
  writeOutput(operation: Operation, output: unknown, context: AnswerContext): WireAnswer;
  writeError(error: WireError, context: AnswerContext): WireAnswer;
}
