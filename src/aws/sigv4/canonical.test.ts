import { expect, test } from 'vitest';

import { readHeaders } from '../headers.ts';
import { canonicalPath, canonicalQuery, canonicalRequest, splitQuery } from './canonical.ts';
import type { Claim } from './claim.ts';

test.each([
  ['/', '/'],
  ['//', '/'],
  ['/a%2Fb', '/a%252Fb'],
  ['/a/./b/../c/', '/a/c/'],
  ['/../..', '/'],
  ['//a///b', '/a/b'],
  ['/a b~-_.', '/a%20b~-_.'],
  ['/\u00c3\u00a4', '/%C3%A4'],
  ['/a+b=c&d', '/a%2Bb%3Dc%26d'],
])('normalises the path %s and encodes it again', (path, expected) => expect(canonicalPath(path)).toBe(expected));

test.each([
  ['', ''],
  ['b=2&a=1', 'a=1&b=2'],
  ['a=2&a=1&a=', 'a=&a=1&a=2'],
  ['a', 'a='],
  ['a=b=c', 'a=b%3Dc'],
  ['a=b+c', 'a=b%2Bc'],
  ['a=%7e%2f%c3%A4', 'a=~%2F%C3%A4'],
  ['a=%zz%', 'a=%25zz%25'],
  ['a-b=1&a=2&a%2Eb=3', 'a=2&a-b=1&a.b=3'],
  ['a=1&&b=2', '=&a=1&b=2'],
  ['X-Amz-Signature=1&%58-Amz-Signature=2&a=1', 'a=1'],
])('encodes and sorts the query %s', (query, expected) =>
  expect(canonicalQuery(query, 'X-Amz-Signature')).toBe(expected),
);

test('keeps the signature parameter where the signature is in the header', () => {
  expect(canonicalQuery('X-Amz-Signature=1', undefined)).toBe('X-Amz-Signature=1');
});

test('decodes bytes and not characters', () => {
  expect(splitQuery('%C3%A4=%ff')).toEqual([['\u00c3\u00a4', '\u00ff']]);
});

test.each([
  [['X', ' a   b '], 'a b'],
  [['X', 'a', 'x', ' b  c'], 'a,b c'],
  [['X', 'a\t\tb'], 'a b'],
  [['X', ''], ''],
  // The second byte of 'à' is a no-break space in latin1: it is part of a character here.
  [['X', 'voil\u00c3\u00a0'], 'voil\u00c3\u00a0'],
])('writes the headers %j', (raw, expected) => {
  const claim = { form: 'header', signedHeaders: ['x'] } as Partial<Claim> as Claim;
  const head = { method: 'GET', path: '/', query: '', headers: readHeaders(raw) };
  expect(canonicalRequest({ head, claim, host: 'h', payloadHash: 'p' })).toBe(`GET\n/\n\nx:${expected}\n\nx\np`);
});

test.each([
  [['Host', 'LocalHost:1'], 'localhost:1', 'LocalHost:1'],
  [['Host', 'inside:1'], 'outside', 'outside'],
  [['Host', 'a', 'Host', 'b'], 'a', 'a,b'],
])('signs the host %j as the client saw it', (raw, host, expected) => {
  const claim = { form: 'header', signedHeaders: ['host'] } as Partial<Claim> as Claim;
  const head = { method: 'GET', path: '/', query: '', headers: readHeaders(raw) };
  expect(canonicalRequest({ head, claim, host, payloadHash: 'p' })).toContain(`host:${expected}\n`);
});
