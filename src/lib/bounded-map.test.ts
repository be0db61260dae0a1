import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

function filled(limit: number, ...keys: string[]): BoundedMap<string, string> {
  const map = new BoundedMap<string, string>(limit);
  for (const key of keys) map.set(key, key.toUpperCase());
  return map;
}

describe('a bounded map', () => {
  it('forgets the oldest entry when there is one too many', () => {
    const map = filled(2, 'a', 'b', 'c');
    expect([map.peek('a'), map.peek('b'), map.peek('c')]).toEqual([undefined, 'B', 'C']);
    expect(map.size).toBe(2);
  });

  it('keeps what was read or written again', () => {
    const read = filled(2, 'a', 'b');
    expect(read.get('a')).toBe('A');
    read.set('c', 'C');
    expect([read.peek('a'), read.peek('b')]).toEqual(['A', undefined]);

    const written = filled(2, 'a', 'b');
    written.set('a', 'AA');
    written.set('c', 'C');
    expect([written.peek('a'), written.peek('b')]).toEqual(['AA', undefined]);
  });

  it('does not keep what was only looked at', () => {
    const map = filled(2, 'a', 'b');
    expect(map.peek('a')).toBe('A');
    map.set('c', 'C');
    expect(map.peek('a')).toBeUndefined();
  });

  it('forgets what is deleted, and everything when it is cleared', () => {
    const map = filled(3, 'a', 'b', 'c');
    map.delete('b');
    map.delete('never there');
    expect([map.get('b'), map.size]).toEqual([undefined, 2]);
    map.clear();
    expect([map.get('a'), map.size]).toEqual([undefined, 0]);
  });

  it('holds what a list of the last used entries holds', () => {
    const step = fc.record({ set: fc.boolean(), key: fc.nat(5), value: fc.nat() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step), (limit, steps) => {
        const map = new BoundedMap<number, number>(limit);
        let kept: [number, number][] = [];
        for (const { set, key, value } of steps) {
          const known = kept.find(([other]) => other === key);
          if (set) map.set(key, value);
          else expect(map.get(key)).toBe(known?.[1]);
          const entry: [number, number] | undefined = set ? [key, value] : known;
          if (entry) kept = [...kept.filter(([other]) => other !== key), entry].slice(-limit);
          expect(map.size).toBe(kept.length);
        }
        for (const [key, value] of kept) expect(map.peek(key)).toBe(value);
      }),
    );
  });
});
