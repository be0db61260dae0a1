/**
 * The canonical request of Signature Version 4, rebuilt from the raw bytes of a request (IAM user guide, "Create a signed
 * AWS API request"). Strings here hold one byte a character, as Node gives request targets and headers: hashed as latin1,
 * they are the very bytes that the client sent.
 */
import { hash } from 'node:crypto';

import type { RequestHead } from '../protocols/protocol.ts';
import type { Claim } from './claim.ts';

export interface CanonicalInput {
  readonly head: RequestHead;
  readonly claim: Claim;
  /** The host that the client saw, in lower case, where a proxy changed the header. */
  readonly host: string;
  /** SHA-256 of the body, hexadecimal. */
  readonly payloadHash: string;
}

export function canonicalRequest({ head, claim, host, payloadHash }: CanonicalInput): string {
  const dropped = claim.form === 'query' ? 'X-Amz-Signature' : undefined;
  let headers = '';
  for (const name of claim.signedHeaders) headers += `${name}:${canonicalHeader(head, name, host)}\n`;
  const target = `${canonicalPath(head.path)}\n${canonicalQuery(head.query, dropped)}`;
  return `${head.method}\n${target}\n${headers}\n${claim.signedHeaders.join(';')}\n${payloadHash}`;
}

export function stringToSign(claim: Claim, canonical: string): string {
  const { algorithm, date, day, region, service, terminator } = claim;
  const scope = `${region === undefined ? day : `${day}/${region}`}/${service}/${terminator}`;
  return `${algorithm}\n${date}\n${scope}\n${hash('sha256', Buffer.from(canonical, 'latin1'))}`;
}

/**
 * Empty and `.` segments dropped, `..` resolved, a trailing slash kept; then encoded once more, so that `%2F` becomes
 * `%252F`. (S3 alone does neither; it is not one of our services.)
 */
export function canonicalPath(path: string): string {
  if (path === '/') return path;
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encodeBytes(segment));
  }
  const trailing = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${trailing}`;
}

/** Encoded anew, sorted by name and then by value; duplicates and empty values stay. */
export function canonicalQuery(query: string, dropped: string | undefined): string {
  if (query === '') return '';
  const pairs = splitQuery(query).filter(([name]) => name !== dropped);
  const encoded = pairs.map(([name, value]): [string, string] => [encodeBytes(name), encodeBytes(value)]);
  return encoded
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Names and values of a raw query, decoded byte by byte. A plus sign is a plus sign. */
export function splitQuery(query: string): [name: string, value: string][] {
  return query.split('&').map((piece) => {
    const equals = piece.indexOf('=');
    if (equals < 0) return [decodeBytes(piece), ''];
    return [decodeBytes(piece.slice(0, equals)), decodeBytes(piece.slice(equals + 1))];
  });
}

/** A percent sign that begins no escape stands for itself. */
const decodeBytes = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** RFC 3986: all but the unreserved characters, in upper-case hexadecimal. */
const encodeBytes = (text: string): string =>
  text.replace(/[^A-Za-z0-9\-._~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

/** Repetitions joined with a comma, each trimmed and with its runs of blanks collapsed. */
function canonicalHeader({ headers }: RequestHead, name: string, host: string): string {
  const values = headers.get(name) ?? [];
  // The host is compared without case, but signed as it was sent.
  const rewritten = name === 'host' && values.length <= 1 && values[0]?.toLowerCase() !== host;
  const sent = rewritten ? [host] : values;
  return sent.length === 1 ? collapseBlanks(sent[0] ?? '') : sent.map(collapseBlanks).join(',');
}

/** Nearly every value has nothing to collapse, which one look tells. */
const collapseBlanks = (value: string): string =>
  /[ \t]{2}|\t|^ | $/.test(value) ? value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '') : value;
