/**
 * What a request says about its own signature: the parts of an Authorization header or of a presigned URL, read and not
 * yet believed (IAM user guide, "Elements of an AWS API request signature").
 */
import { ProtocolError } from '../errors.ts';
import { findHeader } from '../headers.ts';
import type { RequestHead } from '../protocols/protocol.ts';
import { splitQuery } from './canonical.ts';

export const symmetric = 'AWS4-HMAC-SHA256';
export const asymmetric = 'AWS4-ECDSA-P256-SHA256';

export interface Claim {
  /** Whether the signature came in the Authorization header or in the query of a presigned URL. */
  readonly form: 'header' | 'query';
  readonly algorithm: typeof symmetric | typeof asymmetric;
  readonly accessKeyId: string;
  /** YYYYMMDD of the credential scope. */
  readonly day: string;
  /** Undefined for the asymmetric algorithm, whose scope names no region. */
  readonly region: string | undefined;
  /** Asymmetric only: X-Amz-Region-Set. */
  readonly regionSet: string | undefined;
  readonly service: string;
  readonly terminator: string;
  /** In the order of the request, lower case. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** YYYYMMDDTHHMMSSZ. */
  readonly date: string;
  /** The same in milliseconds since 1970. */
  readonly time: number;
  /** Presigned only: X-Amz-Expires in seconds, where it is given. */
  readonly expires: number | undefined;
  readonly sessionToken: string | undefined;
}

/** Caps for everything in a claim. Node itself bounds the whole head of a request (16 KiB). */
const longestAuthorization = 4096;
const mostSignedHeaders = 64;
const longestLifetime = 604_800;

type Parts = ReadonlyMap<string, string>;
const noParts: Parts = new Map();

const incomplete = (message: string): ProtocolError => new ProtocolError('incompleteSignature', message);

/** Undefined where the request carries no signature at all. Throws ProtocolError where it carries half of one, or two. */
export function readClaim(head: RequestHead): Claim | undefined {
  const presigned = presignedParts(head.query);
  const authorizations = head.headers.get('authorization') ?? [];
  if (authorizations.length > 1) throw incomplete('The request has more than one Authorization header.');
  const [authorization] = authorizations;
  if (authorization === undefined) return presigned.size > 0 ? readPresigned(presigned) : undefined;
  if (presigned.size > 0)
    throw incomplete('The request is signed both in its Authorization header and in its query string.');
  return readAuthorization(authorization, head);
}

/** The service that a request says it is signed for, even where the rest cannot be read: errors need a form to come in. */
export function peekService(head: RequestHead): string | undefined {
  const authorization = findHeader(head.headers, 'authorization') ?? '';
  const credential = /Credential=([^,\s]*)/.exec(authorization)?.[1];
  const presigned = splitQuery(head.query).find(([name]) => name === 'X-Amz-Credential')?.[1];
  return (credential ?? presigned)?.split('/').at(-2);
}

function readAuthorization(authorization: string, { headers }: RequestHead): Claim {
  if (authorization.length > longestAuthorization) throw incomplete('The Authorization header is too long.');
  const space = authorization.indexOf(' ');
  const algorithm = readAlgorithm(space < 0 ? authorization : authorization.slice(0, space));
  const parts = authorizationParts(authorization, space < 0 ? '' : authorization.slice(space + 1));
  const date = headers.has('x-amz-date')
    ? findHeader(headers, 'x-amz-date')
    : fromHttpDate(findHeader(headers, 'date'));
  const [credential, signature, signedHeaders] = requiredParts.map((name) => parts.get(name));
  if (credential === undefined || signature === undefined || signedHeaders === undefined || date === undefined)
    throw incomplete(`${whatIsMissing(parts, date)} Authorization=${algorithm}`);
  const tokens = headers.get('x-amz-security-token');
  if (tokens !== undefined && tokens.length > 1)
    throw incomplete('The request has more than one X-Amz-Security-Token header.');
  return buildClaim('header', algorithm, {
    credential,
    signature,
    signedHeaders,
    date,
    sessionToken: tokens?.[0],
    regionSet: findHeader(headers, 'x-amz-region-set'),
    expires: undefined,
  });
}

const requiredParts = ['Credential', 'Signature', 'SignedHeaders'] as const;

function whatIsMissing(parts: Parts, date: string | undefined): string {
  const missing = requiredParts.filter((name) => !parts.has(name));
  const words = missing.map((name) => `Authorization header requires '${name}' parameter.`);
  if (date === undefined)
    words.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  return words.join(' ');
}

function authorizationParts(authorization: string, list: string): Parts {
  const parts = new Map<string, string>();
  for (const untrimmed of list.split(',')) {
    const piece = untrimmed.trim();
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    if (equals < 0) {
      throw incomplete(
        `'${piece}' not a valid key=value pair (missing equal-sign) in Authorization header: '${authorization}'.`,
      );
    }
    const name = piece.slice(0, equals);
    if (parts.has(name)) throw incomplete(`The Authorization header has '${name}' more than once.`);
    parts.set(name, piece.slice(equals + 1));
  }
  return parts;
}

/** The `X-Amz-…` parameters of a presigned URL; none where nothing in the query belongs to a signature. */
function presignedParts(query: string): Parts {
  if (query === '') return noParts;
  const pairs = splitQuery(query).filter(([name]) => name.startsWith('X-Amz-'));
  if (!pairs.some(([name]) => /^X-Amz-(?:Algorithm|Credential|Signature)$/.test(name))) return noParts;
  const parts = new Map(pairs);
  if (parts.size < pairs.length) throw incomplete('AWS query-string parameters must not be repeated.');
  return parts;
}

function readPresigned(parts: Parts): Claim {
  const required = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date'];
  const missing = required.filter((name) => !parts.has(name));
  if (missing.length > 0)
    throw incomplete(missing.map((name) => `AWS query-string parameters must include '${name}'.`).join(' '));
  const algorithm = readAlgorithm(parts.get('X-Amz-Algorithm') ?? '');
  const expires = parts.get('X-Amz-Expires');
  const seconds = expires !== undefined && /^[0-9]{1,6}$/.test(expires) ? Number(expires) : 0;
  if (expires !== undefined && (seconds < 1 || seconds > longestLifetime)) {
    throw incomplete(`X-Amz-Expires must be between 1 and ${longestLifetime} seconds.`);
  }
  return buildClaim('query', algorithm, {
    credential: parts.get('X-Amz-Credential') ?? '',
    signature: parts.get('X-Amz-Signature') ?? '',
    signedHeaders: parts.get('X-Amz-SignedHeaders') ?? '',
    date: parts.get('X-Amz-Date') ?? '',
    sessionToken: parts.get('X-Amz-Security-Token'),
    regionSet: parts.get('X-Amz-Region-Set'),
    expires: expires === undefined ? undefined : seconds,
  });
}

function readAlgorithm(text: string): Claim['algorithm'] {
  if (text === symmetric || text === asymmetric) return text;
  throw incomplete(`Unsupported AWS 'algorithm': '${text.slice(0, 64)}'.`);
}

type RawClaim = Pick<Claim, 'signature' | 'date' | 'sessionToken' | 'regionSet' | 'expires'> & {
  readonly credential: string;
  readonly signedHeaders: string;
};

function buildClaim(form: Claim['form'], algorithm: Claim['algorithm'], raw: RawClaim): Claim {
  const elements = raw.credential.split('/');
  const count = algorithm === symmetric ? 5 : 4;
  if (elements.length !== count) {
    const example = algorithm === symmetric ? 'keyid/date/region/service/term' : 'keyid/date/service/term';
    throw incomplete(
      `Credential must have exactly ${count} slash-delimited elements, e.g. ${example}, got '${raw.credential.slice(0, 256)}'`,
    );
  }
  const [accessKeyId = '', day = '', region] = elements;
  const [service = '', terminator = ''] = [elements[count - 2], elements[count - 1]];
  const signedHeaders = raw.signedHeaders.split(';');
  if (signedHeaders.length > mostSignedHeaders)
    throw incomplete(`The signature covers more than ${mostSignedHeaders} headers.`);
  const repeated = signedHeaders.some((name, index) => signedHeaders.includes(name, index + 1));
  if (repeated || raw.signedHeaders !== raw.signedHeaders.toLowerCase()) {
    throw incomplete("'SignedHeaders' must be lower-case names of which each stands once.");
  }
  const time = parseBasicDate(raw.date);
  if (time === undefined) throw incomplete(`Date must be in ISO-8601 'basic format'. Got '${raw.date.slice(0, 64)}'.`);
  const { signature, date, expires, sessionToken, regionSet } = raw;
  return {
    form,
    algorithm,
    accessKeyId,
    day,
    region: algorithm === symmetric ? region : undefined,
    regionSet,
    service,
    terminator,
    signedHeaders,
    signature,
    date,
    time,
    expires,
    sessionToken,
  };
}

/** Milliseconds since 1970 of YYYYMMDDTHHMMSSZ; undefined where the text is not a moment that exists. */
function parseBasicDate(text: string): number | undefined {
  if (!/^\d{8}T\d{6}Z$/.test(text)) return undefined;
  const part = (from: number, to: number): number => Number(text.slice(from, to));
  const [month, day, hour, minute, second] = [part(4, 6), part(6, 8), part(9, 11), part(11, 13), part(13, 15)];
  const time = Date.UTC(part(0, 4), month - 1, day, hour, minute, second);
  // What has too many days, hours, minutes or seconds would be another moment. Years up to 99 are as past as those of the 20th century.
  const exists = month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60;
  return exists && new Date(time).getUTCDate() === day ? time : undefined;
}

export const basicDate = (time: number): string => new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');

/** Old signers send only Date, in either form; the string to sign has the basic one all the same. */
function fromHttpDate(text: string | undefined): string | undefined {
  if (text === undefined || /^\d{8}T\d{6}Z$/.test(text)) return text;
  const time = Date.parse(text);
  return Number.isNaN(time) || time < 0 || time >= 253_402_300_800_000 ? text : basicDate(time);
}
