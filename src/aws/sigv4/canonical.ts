import { createHash } from 'node:crypto';
import type { Exchange } from '../../http/exchange.ts';
import type { SignatureClaim } from './claim.ts';

/**
 * The canonical request (IAM user guide, "Create a signed AWS API request"), built from the raw target: decoding first and
 * encoding again loses what was signed.
 */
export function canonicalRequest(exchange: Exchange, claim: SignatureClaim, payloadHash: string): string {
  const headers = claim.signedHeaders.map((name) => `${name}:${headerValue(exchange, name)}\n`).join('');
  return [
    exchange.method,
    canonicalPath(exchange.path),
    canonicalQuery(exchange.query, claim.presigned),
    headers,
    claim.signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

export const sha256Hex = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

const unreserved = /[A-Za-z0-9\-._~]/;

/** RFC 3986: everything but the unreserved characters, byte by byte, in upper case. */
function encodeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    text += unreserved.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

/** Empty and `.` segments go, `..` takes one back, the rest is encoded once more (every service but S3 does so). */
export function canonicalPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(encodeBytes(Buffer.from(segment, 'latin1')));
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

/** Sorted by name, then value; duplicates and empty values stay, `+` is a plus sign. */
export function canonicalQuery(query: string, presigned: boolean): string {
  const pairs = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      return [recode(name), equals < 0 ? '' : recode(pair.slice(equals + 1))] as const;
    })
    .filter(([name]) => !(presigned && name === 'X-Amz-Signature'));
  pairs.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Percent-decodes to bytes and encodes them anew, so that differences of spelling do not matter. */
function recode(text: string): string {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const hex = text[i] === '%' ? /^[0-9a-fA-F]{2}$/.exec(text.slice(i + 1, i + 3)) : null;
    if (hex) {
      bytes.push(Number.parseInt(hex[0], 16));
      i += 2;
    } else bytes.push(text.charCodeAt(i) & 0xff);
  }
  return encodeBytes(Uint8Array.from(bytes));
}

/** All values of a header, trimmed, runs of spaces collapsed, joined. Host is the one that the client saw. */
function headerValue(exchange: Exchange, name: string): string {
  const sent = exchange.req.headersDistinct[name] ?? [];
  const values = name === 'host' && sent[0]?.toLowerCase() !== exchange.host ? [exchange.host] : sent;
  return values.map((value) => value.trim().replace(/ +/g, ' ')).join(',');
}
