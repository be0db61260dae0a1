import type { Exchange } from '../../http/exchange.ts';
import { ProtocolError } from '../errors.ts';

/** What a request says of its own signature, before any of it is believed (SigV4: header and presigned form). */
export interface SignatureClaim {
  readonly accessKeyId: string;
  /** Day of the scope, YYYYMMDD. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
  readonly signedHeaders: readonly string[];
  /** Hexadecimal, as sent. */
  readonly signature: string;
  /** When it was signed: YYYYMMDDTHHMMSSZ. */
  readonly timestamp: string;
  readonly sessionToken: string | undefined;
  readonly presigned: boolean;
  /** Presigned only: seconds from `timestamp` for which it is good; undefined where nothing is said. */
  readonly expires: number | undefined;
}

export const algorithm = 'AWS4-HMAC-SHA256';

/** Real requests sign fewer than twenty. */
const mostSignedHeaders = 100;

/** Reads the claim in a request; undefined where it has none. @throws ProtocolError incompleteSignature. */
export function readClaim(exchange: Exchange): SignatureClaim | undefined {
  const headers = exchange.req.headersDistinct['authorization'] ?? [];
  const query = new URLSearchParams(exchange.query);
  const presigned = query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm');
  if (headers.length + (presigned ? 1 : 0) > 1) {
    throw new ProtocolError('incompleteSignature', 'A request must be signed once: in one Authorization header or in its query.');
  }
  if (presigned) return readPresigned(query);
  return headers[0] === undefined ? undefined : readHeader(headers[0], exchange);
}

function readHeader(authorization: string, exchange: Exchange): SignatureClaim {
  const space = authorization.indexOf(' ');
  const named = space < 0 ? authorization : authorization.slice(0, space);
  requireAlgorithm(named);
  const fields = new Map<string, string>();
  for (const part of authorization.slice(named.length).split(',')) {
    const text = part.trim();
    const equals = text.indexOf('=');
    if (text === '') continue;
    if (equals < 0) {
      const message = `'${text}' not a valid key=value pair (missing equal-sign) in Authorization header: '${authorization}'.`;
      throw new ProtocolError('incompleteSignature', message);
    }
    fields.set(text.slice(0, equals), text.slice(equals + 1));
  }
  const timestamp = timestampIn(exchange);
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((name) => !fields.get(name))
    .map((name) => `Authorization header requires '${name}' parameter.`);
  if (timestamp === undefined) {
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (missing.length > 0 || timestamp === undefined) {
    throw new ProtocolError('incompleteSignature', `${missing.join(' ')} Authorization=${authorization}`);
  }
  return {
    ...readCredential(fields.get('Credential') ?? ''),
    signedHeaders: readSignedHeaders(fields.get('SignedHeaders') ?? ''),
    signature: fields.get('Signature') ?? '',
    timestamp,
    sessionToken: single(exchange, 'x-amz-security-token'),
    presigned: false,
    expires: undefined,
  };
}

function readPresigned(query: URLSearchParams): SignatureClaim {
  requireAlgorithm(query.get('X-Amz-Algorithm') ?? '');
  for (const name of ['Credential', 'Date', 'SignedHeaders', 'Signature']) {
    const values = query.getAll(`X-Amz-${name}`);
    if (values.length === 1 && values[0]) continue;
    throw new ProtocolError('incompleteSignature', `AWS query-string parameters must include 'X-Amz-${name}' once. Re-examine the query-string parameters.`);
  }
  const expires = query.get('X-Amz-Expires');
  const seconds = expires === null ? undefined : Number(expires);
  if (seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 0 && seconds <= 604_800)) {
    throw new ProtocolError('incompleteSignature', 'X-Amz-Expires must be a number of seconds between 0 and 604800.');
  }
  return {
    ...readCredential(query.get('X-Amz-Credential') ?? ''),
    signedHeaders: readSignedHeaders(query.get('X-Amz-SignedHeaders') ?? ''),
    signature: query.get('X-Amz-Signature') ?? '',
    timestamp: query.get('X-Amz-Date') ?? '',
    sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
    presigned: true,
    expires: seconds,
  };
}

function requireAlgorithm(named: string): void {
  if (named === algorithm) return;
  throw new ProtocolError('incompleteSignature', `Unsupported AWS 'algorithm': '${named.slice(0, 64)}'; this registry takes ${algorithm}.`);
}

function readCredential(credential: string): Pick<SignatureClaim, 'accessKeyId' | 'day' | 'region' | 'service' | 'terminator'> {
  const parts = credential.split('/');
  const [accessKeyId = '', day = '', region = '', service = '', terminator = ''] = parts;
  if (parts.length !== 5 || accessKeyId.length > 128) {
    const message = `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential.slice(0, 256)}'`;
    throw new ProtocolError('incompleteSignature', message);
  }
  return { accessKeyId, day, region, service, terminator };
}

function readSignedHeaders(list: string): readonly string[] {
  const names = list.split(';');
  if (names.length > mostSignedHeaders) throw new ProtocolError('incompleteSignature', `More than ${mostSignedHeaders} headers are signed.`);
  return names;
}

/** The date of a header-signed request: X-Amz-Date, else Date in either of its forms. */
function timestampIn(exchange: Exchange): string | undefined {
  const own = single(exchange, 'x-amz-date');
  if (own !== undefined) return own;
  const { date } = exchange.req.headers;
  if (date === undefined || /^[0-9]{8}T[0-9]{6}Z$/.test(date)) return date;
  const time = Date.parse(date);
  return Number.isNaN(time) ? date : compactTime(time);
}

/** A time as signatures write it: YYYYMMDDTHHMMSSZ. */
export function compactTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

function single(exchange: Exchange, name: string): string | undefined {
  const values = exchange.req.headersDistinct[name] ?? [];
  if (values.length > 1) throw new ProtocolError('incompleteSignature', `The header ${name} was sent more than once.`);
  return values[0];
}
