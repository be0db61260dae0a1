import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestAlgorithm, digestOf, isDigest, isLooseDigest } from './digest.ts';

const hex64 = 'a'.repeat(64);

describe('digestAlgorithm', () => {
  it.each([
    [`sha256:${hex64}`, 'sha256'],
    [`sha512:${hex64}${hex64}`, 'sha512'],
    ['sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 'sha256'],
    ['', undefined],
    [hex64, undefined],
    [`:${hex64}`, undefined],
    ['sha256:', undefined],
    [`sha256:${hex64.slice(1)}`, undefined],
    [`sha256:${hex64}a`, undefined],
    [`sha512:${hex64}`, undefined],
    [`sha256:${hex64.toUpperCase()}`, undefined],
    [`sha256:${'g'.repeat(64)}`, undefined],
    [`sha256:${hex64.slice(1)}\n`, undefined],
    [`SHA256:${hex64}`, undefined],
    [`sha384:${'a'.repeat(96)}`, undefined],
    [`md5:${'a'.repeat(32)}`, undefined],
    [`sha256:${hex64.slice(3)}/..`, undefined],
    [`sha256::${hex64.slice(1)}`, undefined],
  ])('%j: %s', (text, algorithm) => {
    expect(digestAlgorithm(text)).toBe(algorithm);
    expect(isDigest(text)).toBe(algorithm !== undefined);
  });
});

describe('digestOf', () => {
  it('is what the OCI specification gives for the empty object', () => {
    expect(digestOf(Buffer.from('{}'))).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });

  it('makes digests that are well formed and of the algorithm asked for', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('sha256' as const, 'sha512' as const), (bytes, algorithm) => {
        const digest = digestOf(bytes, algorithm);
        expect(digestAlgorithm(digest)).toBe(algorithm);
        expect(isLooseDigest(digest)).toBe(true);
      }),
    );
  });
});

describe('isLooseDigest', () => {
  it.each([
    ['sha256:AB', true],
    ['a+b.c_d-e:0', true],
    ['sha256:', false],
    [':ab', false],
    ['latest', false],
    ['sha256:xyz', false],
    ['sha256:ab\n', false],
    ['a b:00', false],
    [`sha256:${'0'.repeat(505)}`, true],
    [`sha256:${'0'.repeat(506)}`, false],
  ])('%j: %s', (text, meant) => {
    expect(isLooseDigest(text)).toBe(meant);
  });
});
