/**
 * What the AWS wire itself can refuse: the closed set of protocol failures with their code and status on each protocol
 * (identity.md §7 of the reference notes; wordings stand where they are thrown), and how every other error is answered.
 */
import { awsForm, headersOf, RegistryError } from '../domain/errors.ts';
import { findException, type Model, type StructureShape } from './model.ts';

type Protocol = 'json' | 'query';
type Form = readonly [code: string, status: number];

export const failures = {
  missingSignature: { json: ['MissingAuthenticationTokenException', 400], query: ['MissingAuthenticationToken', 403] },
  incompleteSignature: { json: ['IncompleteSignatureException', 400], query: ['IncompleteSignature', 400] },
  unknownKey: { json: ['UnrecognizedClientException', 400], query: ['InvalidClientTokenId', 403] },
  /** Wrong, too old, from the future, or scoped to something else. */
  invalidSignature: { json: ['InvalidSignatureException', 400], query: ['SignatureDoesNotMatch', 403] },
  expiredToken: { json: ['ExpiredTokenException', 400], query: ['ExpiredToken', 403] },
  unknownOperation: { json: ['UnknownOperationException', 400], query: ['InvalidAction', 400] },
  /** Not a request of this protocol at all: another method, path or content type. */
  unknownForm: { json: ['UnknownOperationException', 404], query: ['InvalidAction', 404] },
  missingAction: { json: ['UnknownOperationException', 400], query: ['MissingAction', 400] },
  /** A body that cannot be read, or a value of the wrong type in it. */
  malformed: { json: ['SerializationException', 400], query: ['MalformedInput', 400] },
  malformedQuery: { json: ['SerializationException', 400], query: ['MalformedQueryString', 400] },
  /** A constraint of the model; the code is that of the service (validate.ts). */
  invalidInput: { json: ['ValidationException', 400], query: ['ValidationError', 400] },
  bodyTooLarge: { json: ['RequestEntityTooLargeException', 413], query: ['RequestEntityTooLarge', 413] },
  /** The budget for bodies is used up: SDKs wait and come back by themselves, as for every throttling. */
  busy: { json: ['ThrottlingException', 400], query: ['Throttling', 400] },
  notBuilt: { json: ['UnsupportedOperationException', 501], query: ['UnsupportedOperationException', 501] },
} satisfies Record<string, Record<Protocol, Form>>;

export type FailureKind = keyof typeof failures;

export class ProtocolError extends Error {
  readonly kind: FailureKind;
  /** In place of the code of the kind. */
  readonly code: string | undefined;

  constructor(kind: FailureKind, message: string, code?: string) {
    super(message);
    this.name = 'ProtocolError';
    this.kind = kind;
    this.code = code;
  }
}

/** An error as a protocol writes it. */
export interface WireError {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly members: Readonly<Record<string, unknown>>;
  /** The server's fault (Receiver), not the caller's (Sender). */
  readonly fault: boolean;
  /** Beside those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Codes that AWS JSON and AWS Query spell differently, for refusals that no model declares. */
const commonQueryForms: Readonly<Record<string, Form>> = {
  AccessDeniedException: ['AccessDenied', 403],
  ThrottlingException: ['Throttling', 400],
  InvalidParameterException: ['ValidationError', 400],
  ValidationException: ['ValidationError', 400],
  InvalidParameterValueException: ['InvalidParameterValue', 400],
  InvalidClientTokenIdException: ['InvalidClientTokenId', 403],
  ServiceUnavailableException: ['ServiceUnavailable', 503],
};

/** The answer to an error that is expected; undefined for everything else, which is a bug. */
export function findWireError(error: unknown, protocol: Protocol, model: Model | undefined): WireError | undefined {
  if (error instanceof ProtocolError) {
    const [code, status] = failures[error.kind][protocol];
    return { code: error.code ?? code, status, message: error.message, members: {}, fault: status >= 500 };
  }
  if (!(error instanceof RegistryError)) return undefined;
  const form = awsForm(error);
  const traits = model && findException(model, form.code)?.exception;
  const common = protocol === 'query' && traits === undefined ? queryForm(form, model) : undefined;
  const code = common?.[0] ?? traits?.code ?? form.code;
  const status = common?.[1] ?? traits?.httpStatus ?? form.status;
  const headers = headersOf(error);
  return { code, status, message: form.message, members: form.members, fault: status >= 500, headers };
}

/** What AWS Query says in place of an exception that the model does not declare. */
function queryForm({ code, status }: { code: string; status: number }, model: Model | undefined): Form | undefined {
  return commonQueryForms[code] ?? (status === 500 ? [faultCode('query', model), status] : undefined);
}

/** The answer to a bug: nothing of the error itself is told. */
export function internalError(protocol: Protocol, model: Model | undefined): WireError {
  return {
    code: faultCode(protocol, model),
    status: 500,
    message: 'The request failed because of an internal error.',
    members: {},
    fault: true,
  };
}

/** What the service calls its own failures: of the exceptions that are no fault of the caller the one declared most often. */
function faultCode(protocol: Protocol, model: Model | undefined): string {
  const declared = [...(model?.operations.values() ?? [])].flatMap(({ errors }) => errors.filter(isFault));
  const times = ({ name }: StructureShape): number => declared.filter((each) => each.name === name).length;
  const [fault] = declared.toSorted((a, b) => times(b) - times(a));
  return (protocol === 'query' ? fault?.exception?.code : undefined) ?? fault?.name ?? 'InternalFailure';
}

const isFault = ({ exception }: StructureShape): boolean =>
  exception?.fault === true || (exception?.httpStatus ?? 400) >= 500;
