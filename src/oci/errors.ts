import { headersOf, ociForm, RegistryError } from '../domain/errors.ts';
import { BodyTooLarge, BudgetExhausted, ClientGone } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { answerJson } from './request.ts';

/** Failures of the protocol itself, before any rule of the registry is asked. The set is closed. */
export type OciFailure =
  | {
      readonly status: 400;
      readonly code: 'DIGEST_INVALID' | 'TAG_INVALID' | 'BLOB_UPLOAD_INVALID';
      readonly message: string;
    }
  | { readonly status: 401; readonly code: 'UNAUTHORIZED' | 'DENIED'; readonly message: string }
  | {
      readonly status: 404;
      readonly code: 'UNSUPPORTED' | 'MANIFEST_UNKNOWN' | 'BLOB_UNKNOWN' | 'BLOB_UPLOAD_UNKNOWN';
      readonly message: string;
    }
  | { readonly status: 405; readonly code: 'UNSUPPORTED'; readonly message: string }
  | { readonly status: 413; readonly code: 'SIZE_INVALID'; readonly message: string };

export class OciError extends Error {
  readonly failure: OciFailure;
  readonly headers: Readonly<Record<string, string>>;

  constructor(failure: OciFailure, headers: Readonly<Record<string, string>> = {}) {
    super(failure.message);
    this.name = 'OciError';
    this.failure = failure;
    this.headers = headers;
  }
}

export const invalidDigest = (digest: string): OciError =>
  new OciError({ status: 400, code: 'DIGEST_INVALID', message: `The digest '${printable(digest)}' is malformed` });

/** Answers an error in this front's form; what is not expected is logged and answered without its text. */
export function answerError(
  exchange: Exchange,
  error: unknown,
  log: { error(fields: object, text: string): void },
): void {
  if (error instanceof ClientGone || exchange.signal.aborted) {
    exchange.req.destroy();
    return;
  }
  const { status, code, message, headers } = formOf(error);
  if (status >= 500) log.error({ err: error, request: exchange.id }, 'a request of the OCI front failed');
  if (exchange.res.headersSent) {
    // An answer that has begun cannot be taken back: cutting it off is the only way to say that it is not whole.
    exchange.res.destroy();
    return;
  }
  answerJson(
    { exchange },
    status,
    { ...headers, 'x-stowage-message': printable(message) },
    { errors: [{ code, message }] },
  );
}

function formOf(error: unknown): { status: number; code: string; message: string; headers: Record<string, string> } {
  if (error instanceof RegistryError) {
    const form = ociForm(error);
    const retry: Record<string, string> = form.code === 'UNAVAILABLE' ? { 'retry-after': '1' } : {};
    return { ...form, headers: { ...headersOf(error), ...retry } };
  }
  if (error instanceof OciError) return { ...error.failure, headers: error.headers };
  if (error instanceof BodyTooLarge) {
    return { status: 413, code: 'SIZE_INVALID', message: `The body exceeds ${error.limit} bytes`, headers: {} };
  }
  if (error instanceof BudgetExhausted) {
    return { status: 429, code: 'TOOMANYREQUESTS', message: 'Rate exceeded', headers: { 'retry-after': '1' } };
  }
  return {
    status: 500,
    code: 'UNKNOWN',
    message: 'The registry failed to answer; its log has the request id.',
    headers: {},
  };
}

/** Text that may stand in a header and in a message. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 1024);
}
