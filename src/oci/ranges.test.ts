import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseContentRange, parseRange, progressRange } from './ranges.ts';

describe('parseRange', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=0-9', { start: 0, end: 10 }],
    ['bytes=3-5', { start: 3, end: 6 }],
    ['bytes=9-9', { start: 9, end: 10 }],
    ['bytes=4-', { start: 4, end: 10 }],
    ['bytes=0-', { start: 0, end: 10 }],
    [' bytes=4- ', { start: 4, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-10', { start: 0, end: 10 }],
    // ends past the end are cut
    ['bytes=5-99', { start: 5, end: 10 }],
    ['bytes=-99', { start: 0, end: 10 }],
    ['bytes=5-99999999999999999999999999', { start: 5, end: 10 }],
    // nothing of it is there
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=10-20', 'unsatisfiable'],
    ['bytes=99999999999999999999999999-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    // not to be honoured: everything is sent
    [undefined, undefined],
    ['', undefined],
    ['bytes=', undefined],
    ['bytes=-', undefined],
    ['bytes=5-3', undefined],
    ['bytes=0-1,3-4', undefined],
    ['bytes=a-b', undefined],
    ['bytes=1.5-2', undefined],
    ['bytes=--3', undefined],
    ['bytes=0x0-0x9', undefined],
    ['items=0-1', undefined],
    ['0-1', undefined],
    [`bytes=0-${'9'.repeat(64)}`, undefined],
  ])('%j of ten bytes', (header, range) => {
    expect(parseRange(header, 10)).toEqual(range);
  });

  it.each([['bytes=0-'], ['bytes=0-0'], ['bytes=-1']])('%j of nothing cannot be satisfied', (header) => {
    expect(parseRange(header, 0)).toBe('unsatisfiable');
  });

  it('gives what a slice of the bytes gives', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(60), fc.nat(60), (size, first, last) => {
        const bytes = Array.from({ length: size }, (_, at) => at);
        const range = parseRange(`bytes=${first}-${last}`, size);
        const meant = bytes.slice(first, last + 1);
        if (last < first) expect(range).toBeUndefined();
        else if (meant.length === 0) expect(range).toBe('unsatisfiable');
        else expect(typeof range === 'object' && bytes.slice(range.start, range.end)).toEqual(meant);
      }),
    );
  });

  it('gives nothing but ranges that lie within the bytes, whatever the header says', () => {
    const header = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...'0123456789-,= '.split('')) }).map((text) => `bytes=${text}`),
    );
    fc.assert(
      fc.property(header, fc.nat(100), (text, size) => {
        const range = parseRange(text, size);
        if (typeof range !== 'object') return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.start).toBeLessThan(range.end);
        expect(range.end).toBeLessThanOrEqual(size);
      }),
    );
  });
});

describe('parseContentRange', () => {
  it.each([
    ['0-0', { first: 0, length: 1 }],
    ['0-99', { first: 0, length: 100 }],
    ['100-199', { first: 100, length: 100 }],
    [' 5-5 ', { first: 5, length: 1 }],
    ['bytes 0-9/10', { first: 0, length: 10 }],
    ['bytes 0-9/*', { first: 0, length: 10 }],
    ['bytes=0-9', { first: 0, length: 10 }],
    ['999999999999998-999999999999999', { first: 999_999_999_999_998, length: 2 }],
    ['', undefined],
    ['-', undefined],
    ['0-', undefined],
    ['-9', undefined],
    ['5-4', undefined],
    ['0-9,10-19', undefined],
    ['bytes */10', undefined],
    ['0-9/', undefined],
    ['items 0-9/10', undefined],
    ['0x1-0x2', undefined],
    ['1.0-2', undefined],
    ['0-1000000000000000', undefined],
    [`0-9${' '.repeat(100)}`, undefined],
  ])('%j', (header, place) => {
    expect(parseContentRange(header)).toEqual(place);
  });

  it('reads back what was written, in every form', () => {
    const form = fc.constantFrom(
      (first: number, last: number) => `${first}-${last}`,
      (first: number, last: number) => `bytes ${first}-${last}/*`,
      (first: number, last: number) => `bytes ${first}-${last}/${last + 1}`,
    );
    fc.assert(
      fc.property(form, fc.nat(), fc.integer({ min: 1, max: 1 << 30 }), (write, first, length) => {
        expect(parseContentRange(write(first, first + length - 1))).toEqual({ first, length });
      }),
    );
  });
});

describe('progressRange', () => {
  it.each([
    [0, '0-0'],
    [1, '0-0'],
    [2, '0-1'],
    [5_000_000_000, '0-4999999999'],
  ])('after %d bytes is %s', (received, header) => {
    expect(progressRange(received)).toBe(header);
  });
});
