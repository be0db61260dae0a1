import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAccountId, isRegion, isRepositoryName, isTag, repositoryNamePattern } from './names.ts';

const ecrPattern = new RegExp(`^${repositoryNamePattern}$`);

describe('isRepositoryName', () => {
  it.each([
    ['ab'],
    ['00'],
    ['team/app'],
    ['a/b/c/d'],
    ['a.b_c__d-e---f'],
    ['a--b'],
    ['a'.repeat(256)],
    ['a/'.repeat(127) + 'aa'],
    ['tags/list'],
    ['a/blobs/uploads'],
  ])('takes %j', (name) => {
    expect(isRepositoryName(name)).toBe(true);
  });

  it.each([
    [''],
    ['a'],
    ['A1'],
    ['team/App'],
    ['/team'],
    ['team/'],
    ['team//app'],
    ['.a'],
    ['a.'],
    ['a..b'],
    ['a._b'],
    ['a___b'],
    ['a-_b'],
    ['a_-b'],
    ['a-'],
    ['-a'],
    ['a/-b'],
    ['a b'],
    ['ab\n'],
    ['é1'],
    ['../etc'],
    ['a/../b'],
    ['a:b'],
    ['a%2fb'],
    ['a\0b'],
    ['a'.repeat(257)],
  ])('refuses %j', (name) => {
    expect(isRepositoryName(name)).toBe(false);
  });

  it('agrees with the pattern of ECR on every short string of its letters', () => {
    const letters = fc.constantFrom('a', 'z', '0', '9', '/', '.', '_', '-', 'A', ' ');
    fc.assert(
      fc.property(fc.string({ unit: letters, minLength: 2, maxLength: 12 }), (name) => {
        expect(isRepositoryName(name)).toBe(ecrPattern.test(name));
      }),
      { numRuns: 2000 },
    );
  });

  it('agrees with the pattern of ECR on names put together of its parts', () => {
    const part = fc.constantFrom('a', 'b1', '.', '_', '__', '-', '---', '/', '..', '//');
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 8 }), (parts) => {
        const name = parts.join('');
        expect(isRepositoryName(name)).toBe(name.length >= 2 && ecrPattern.test(name));
      }),
      { numRuns: 2000 },
    );
  });

  // A pattern that tries every way of cutting such a name would not end before the test's limit.
  it.each([
    ['letters and an end that does not fit', `${'a'.repeat(255)}!`],
    ['separators in every second place', `${'a-'.repeat(127)}a!`],
    ['separators of more than one character', `${'a__'.repeat(84)}a__!`],
    ['dashes only', `a${'-'.repeat(254)}!`],
    ['slashes in every second place', `${'a/'.repeat(127)}!!`],
  ])('decides on 256 hostile characters: %s', (_, name) => {
    expect(name.length).toBeLessThanOrEqual(256);
    for (let i = 0; i < 1000; i++) expect(isRepositoryName(name)).toBe(false);
  });
});

describe('isTag', () => {
  it.each([['a'], ['_'], ['0'], ['v1.2.3'], ['A-b_C.d'], ['sha256-abc.sig'], ['_'.repeat(128)]])('takes %j', (tag) => {
    expect(isTag(tag)).toBe(true);
  });

  it.each([[''], ['.a'], ['-a'], ['a b'], ['a/b'], ['a:b'], ['a+b'], ['é'], ['a\n'], ['a'.repeat(129)]])(
    'refuses %j',
    (tag) => {
      expect(isTag(tag)).toBe(false);
    },
  );

  it('agrees with the pattern of the OCI specification', () => {
    const letters = fc.constantFrom('a', 'Z', '0', '_', '.', '-', ':', '/', 'é', '@', '[');
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 6 }), (tag) => {
        expect(isTag(tag)).toBe(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(tag));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('isAccountId', () => {
  it.each([
    ['123456789012', true],
    ['000000000000', true],
    ['12345678901', false],
    ['1234567890123', false],
    ['12345678901a', false],
    ['123456789012\n', false],
    ['１23456789012', false],
  ])('%j: %s', (text, meant) => {
    expect(isAccountId(text)).toBe(meant);
  });
});

describe('isRegion', () => {
  it.each([
    ['us-east-1', true],
    ['eu-central-1', true],
    ['us-gov-west-1', true],
    ['ap-southeast-12', true],
    ['home-lab-1', true],
    ['', false],
    ['us', false],
    ['us-east', false],
    ['us-1', false],
    ['u-east-1', false],
    ['US-EAST-1', false],
    ['us-east-1.evil', false],
    ['us-east-1\n', false],
    [`us-${'a'.repeat(30)}-1`, false],
  ])('%j: %s', (text, meant) => {
    expect(isRegion(text)).toBe(meant);
  });
});
