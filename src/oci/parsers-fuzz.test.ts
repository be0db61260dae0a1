/** Whatever text comes, a parser of this room gives a value or its own refusal, and takes no more time than it is long. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RegistryError } from '../domain/errors.ts';
import { endlessTexts, hostileText, strangeError } from '../lib/test-texts.ts';
import { matchesEtag } from './blobs.ts';
import { OciError } from './errors.ts';
import { pageOf } from './paging.ts';
import { parseContentRange, parseRange } from './ranges.ts';
import type { OciRequest } from './request.ts';
import { routeOf } from './routes.ts';

const pathWords = [
  '/v2/',
  '/',
  'tags',
  'list',
  'manifests',
  'blobs',
  'uploads',
  'referrers',
  '_catalog',
  '%3A',
  'sha256',
];
const pageIn = (query: string) => pageOf({ query: new URLSearchParams(query) } as OciRequest);

const parsers: { name: string; words: readonly string[]; run: (text: string) => unknown }[] = [
  { name: 'routeOf', words: pathWords, run: routeOf },
  { name: 'routeOf below /v2/', words: pathWords, run: (text) => routeOf(`/v2/${text}`) },
  { name: 'routeOf of a reference', words: pathWords, run: (text) => routeOf(`/v2/a/manifests/${text}`) },
  { name: 'parseRange', words: ['bytes=', '-', ',', '0', '9'], run: (text) => parseRange(text, 100) },
  { name: 'parseContentRange', words: ['bytes ', '-', '/', '*', '0', '9'], run: parseContentRange },
  { name: 'matchesEtag', words: ['W/', '"', ',', '*'], run: (text) => matchesEtag(text, 'sha256:a') },
  { name: 'pageOf', words: ['n=', '&', 'last=', '10', '-', '%'], run: pageIn },
];

describe.each(parsers)('$name', ({ words, run }) => {
  test('throws nothing but a refusal', () => {
    fc.assert(
      fc.property(hostileText(...words), (text) => {
        expect(strangeError(() => run(text), RegistryError, OciError)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  test('comes to its end with 100 kB of anything', () => {
    for (const text of endlessTexts(...words))
      expect(
        strangeError(() => run(text), RegistryError, OciError),
        text.slice(0, 20),
      ).toBeUndefined();
  });
});

test('a page is never empty, negative or larger than it may be', () => {
  fc.assert(
    fc.property(fc.oneof(hostileText('1', '-', '0'), fc.integer().map(String), fc.double().map(String)), (n) => {
      try {
        const { limit } = pageIn(new URLSearchParams({ n }).toString());
        expect(Number.isInteger(limit) && limit >= 1 && limit <= 1000).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(RegistryError);
      }
    }),
  );
});
