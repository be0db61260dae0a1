import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomId } from './random.ts';

describe('randomId', () => {
  it('has the length asked for, in lower-case base32', () => {
    fc.assert(
      fc.property(fc.nat(64), (length) => {
        const id = randomId(length);
        expect(id).toHaveLength(length);
        expect(id).toMatch(/^[a-z2-7]*$/);
      }),
    );
  });

  it('uses every letter, and does not repeat itself', () => {
    expect(new Set(randomId(4096)).size).toBe(32);
    const ids = Array.from({ length: 1000 }, () => randomId(16));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
