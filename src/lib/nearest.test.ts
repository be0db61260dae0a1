import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, findNearest } from './nearest.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['listen', 'listen', 0],
    ['lsten', 'listen', 1],
    ['lisetn', 'listen', 1],
    ['listens', 'listen', 1],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
  ])('from %j to %j is %d', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  it('is the same in both directions, and 0 only for the same word', () => {
    const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, (from, to) => {
        const distance = editDistance(from, to);
        expect(distance).toBe(editDistance(to, from));
        expect(distance === 0).toBe(from === to);
        expect(distance).toBeLessThanOrEqual(Math.max(from.length, to.length));
      }),
    );
  });
});

describe('findNearest', () => {
  const names = ['listen', 'tls-listen', 'data', 'domain'];

  it.each([
    ['lsten', 'listen'],
    ['tls-lissen', 'tls-listen'],
    ['domains', 'domain'],
    ['date', 'data'],
    ['verbose', undefined],
    ['x', undefined],
  ])('for %j is %j', (word, name) => {
    expect(findNearest(word, names)).toBe(name);
  });
});
