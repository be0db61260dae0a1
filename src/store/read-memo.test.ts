import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statement } from './db.ts';
import { memoKey, ReadMemo } from './read-memo.ts';

const one = statement<{ name: string }>()((db, p) => db.selectFrom('meta').select('name').where('name', '=', p.name));
const two = statement<{ name: string }>()((db, p) => db.selectFrom('meta').select('value').where('name', '=', p.name));

const meta = new Set(['meta']);

describe('a memo of rows', () => {
  it('tells "no such row" from "not asked yet"', () => {
    const memo = new ReadMemo();
    expect(memo.find(one, 'a')).toBeUndefined();
    memo.put(one, 'a', undefined, meta);
    expect(memo.find(one, 'a')).toEqual({ found: undefined });
    expect(memo.find(two, 'a')).toBeUndefined();
  });

  it('forgets everything when it is cleared', () => {
    const memo = new ReadMemo();
    memo.put(one, 'a', { name: 'a' }, meta);
    memo.clear();
    expect(memo.find(one, 'a')).toBeUndefined();
  });

  it('forgets what was read of a table, and nothing else', () => {
    const memo = new ReadMemo();
    memo.put(one, 'a', { name: 'a' }, meta);
    memo.put(two, 'a', { value: 'a' }, new Set(['meta', 'account']));
    memo.forget(new Set(['repository']));
    expect([memo.find(one, 'a'), memo.find(two, 'a')].map(Boolean)).toEqual([true, true]);
    memo.forget(new Set(['account', 'repository']));
    expect([memo.find(one, 'a'), memo.find(two, 'a')].map(Boolean)).toEqual([true, false]);
  });

  it('has room again for what it has forgotten', () => {
    const memo = new ReadMemo();
    const row = { name: 'x'.repeat(50_000) };
    for (let count = 0; count < 1000; count += 1) {
      memo.put(one, 'a', { name: 'a' }, meta);
      memo.put(two, String(count), row, new Set(['account']));
      memo.forget(new Set(['account']));
      expect(memo.find(one, 'a')).toBeDefined();
    }
  });

  it('does not keep a row that is large', () => {
    const memo = new ReadMemo();
    memo.put(one, 'a', { name: new Uint8Array(300_000) as unknown as string }, meta);
    expect(memo.find(one, 'a')).toBeUndefined();
  });

  it('is bounded', () => {
    const memo = new ReadMemo();
    const row = (): { name: string } => ({ name: 'x'.repeat(50_000) });
    for (let count = 0; count < 1000; count += 1) memo.put(one, String(count), row(), meta);
    const kept = Array.from({ length: 1000 }, (_, count) => memo.find(one, String(count))).filter(Boolean);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(340);
  });
});

describe('the key of parameters', () => {
  const values = fc.array(fc.oneof(fc.string(), fc.integer(), fc.constantFrom('1', 's1:1', 'n1:1', '')), {
    maxLength: 4,
  });

  it('is the same for the same values and for no others', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(memoKey(a) === memoKey(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
});
