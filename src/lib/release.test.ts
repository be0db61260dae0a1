import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { release, releaseLater } from './release.ts';

describe('release', () => {
  it('empties a large buffer and every view of its memory', () => {
    const buffer = Buffer.allocUnsafeSlow(1_000_000);
    const view = buffer.subarray(10, 20);
    release(view);
    expect([buffer.length, view.length]).toEqual([0, 0]);
  });

  it('leaves a small buffer alone, whose memory others may share', () => {
    const buffer = Buffer.from('shared with others');
    release(buffer);
    expect(buffer.toString()).toBe('shared with others');
  });

  it('may be called again', () => {
    const buffer = Buffer.alloc(1_000_000);
    release(buffer);
    release(buffer);
    expect(buffer.length).toBe(0);
  });
});

describe('releaseLater', () => {
  it('empties a piece that has its memory for itself, after this turn', async () => {
    const piece = Buffer.allocUnsafeSlow(65_536);
    releaseLater(piece);
    expect(piece.length).toBe(65_536);
    await nextTurn();
    expect(piece.length).toBe(0);
  });

  it.each([
    ['a part of larger memory', Buffer.allocUnsafeSlow(65_536).subarray(0, 65_000)],
    ['a crumb', Buffer.allocUnsafeSlow(100)],
    ['memory that threads share', Buffer.from(new SharedArrayBuffer(65_536))],
  ])('leaves %s alone', async (_, piece) => {
    const { length } = piece;
    releaseLater(piece);
    await nextTurn();
    expect(piece.length).toBe(length);
  });
});
