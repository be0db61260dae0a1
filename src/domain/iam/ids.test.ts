import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountOfIamId, newIamId, newSecretAccessKey, type IdPrefix } from './ids.ts';

const account = fc.integer({ min: 0, max: 999_999_999_999 }).map((number) => String(number).padStart(12, '0'));
const prefix = fc.constantFrom<IdPrefix>('AKIA', 'ASIA', 'AIDA', 'AROA', 'AGPA', 'ANPA');

describe('an id of IAM', () => {
  it('has its prefix, 20 characters of base32, and its account in it', () => {
    fc.assert(
      fc.property(prefix, account, (kind, owner) => {
        const id = newIamId(kind, owner);
        expect(id).toMatch(/^[A-Z]{4}[A-Z2-7]{16}$/);
        expect(id.startsWith(kind)).toBe(true);
        expect(accountOfIamId(id)).toBe(owner);
      }),
    );
  });

  it.each([['000000000000'], ['000000000001'], ['999999999999']])('keeps the account %s', (owner) => {
    expect(accountOfIamId(newIamId('AKIA', owner))).toBe(owner);
  });

  it('says the account as AWS puts it there, after an example that was published', () => {
    expect(accountOfIamId('ASIAQNZGKIQY56JQ7WML')).toBe('029608264753');
  });

  it('has the top bit set as those of AWS, and differs each time', () => {
    const ids = Array.from({ length: 200 }, () => newIamId('AKIA', '123456789012'));
    expect(ids.every((id) => /^AKIA[Q-Z2-7]/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    ['nothing', ''],
    ['a short text', 'AKIAQNZGKIQY56JQ7WM'],
    ['a long text', 'AKIAQNZGKIQY56JQ7WMLA'],
    ['lower case', 'AKIAqnzgkiqy56jq7wml'],
    ['digits that base32 has not', 'AKIAQNZGKIQY56JQ7WM1'],
    ['an account past 12 digits', 'AKIA7777777777777777'],
    ['an id of the time before accounts stood in it', 'AKIAIOSFODNN7EXAMPLE'],
    ['another kind of text', 'XXXXQNZGKIQY56JQ7WML'],
  ])('is not read from %s', (_, text) => {
    expect(accountOfIamId(text)).toBeUndefined();
  });
});

describe('a secret access key', () => {
  it('is 40 characters of base64 without padding, another one each time', () => {
    const keys = Array.from({ length: 100 }, newSecretAccessKey);
    for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
