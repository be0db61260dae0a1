import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeHeader,
  encodeHeader,
  headerLength,
  plainLength,
  sealedLength,
  segmentCount,
  segmentLength,
  segmentOffset,
  segmentOverhead,
} from './layout.ts';

const sizes = fc.record({ size: fc.nat(10_000), segmentSize: fc.integer({ min: 1, max: 500 }) });

describe('the layout of a blob file', () => {
  it('gives every plain byte to one segment, and every segment a place behind the one before', () => {
    fc.assert(
      fc.property(sizes, ({ size, segmentSize }) => {
        let end = headerLength;
        let plain = 0;
        for (let segment = 0; segment < segmentCount(size, segmentSize); segment += 1) {
          expect(segmentOffset(segment, segmentSize)).toBe(end);
          const length = segmentLength(segment, size, segmentSize);
          expect(length).toBeGreaterThan(size === 0 ? -1 : 0);
          end += length + segmentOverhead;
          plain += length;
        }
        expect(plain).toBe(size);
        expect(sealedLength(size, segmentSize)).toBe(end);
      }),
    );
  });

  it('tells the plain length of a file, and that other lengths are none of a finished blob', () => {
    fc.assert(
      fc.property(sizes, ({ size, segmentSize }) => {
        expect(plainLength(sealedLength(size, segmentSize), segmentSize)).toBe(size);
      }),
    );
    expect(plainLength(headerLength, 10)).toBeUndefined();
    expect(plainLength(headerLength + segmentOverhead - 1, 10)).toBeUndefined();
    const oneSegment = sealedLength(10, 10);
    for (let more = 1; more <= segmentOverhead; more += 1) expect(plainLength(oneSegment + more, 10)).toBeUndefined();
    expect(plainLength(oneSegment + segmentOverhead + 1, 10)).toBe(11);
  });

  it('has a header that tells the segment size to whoever knows the id', () => {
    const id = randomBytes(20).toString('hex');
    expect(decodeHeader(encodeHeader(id, 4096), id)).toEqual({ segmentSize: 4096 });
  });

  it('has a header in which no byte can differ unnoticed, but for another segment size', () => {
    const id = randomBytes(20).toString('hex');
    for (let at = 0; at < headerLength; at += 1) {
      const header = encodeHeader(id, 4096);
      header.writeUInt8(header.readUInt8(at) ^ 0x40, at);
      const inSegmentSize = at >= 13 && at < 16;
      const found = decodeHeader(header, id);
      expect('segmentSize' in found).toBe(inSegmentSize);
      expect(found).not.toEqual({ segmentSize: 4096 });
    }
    expect(decodeHeader(encodeHeader(id, 4096).subarray(0, headerLength - 1), id)).toHaveProperty('refusal');
    expect(decodeHeader(encodeHeader(id, 0), id)).toHaveProperty('refusal');
  });
});
