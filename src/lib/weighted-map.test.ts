import { expect, test } from 'vitest';
import { WeightedMap } from './weighted-map.ts';

test('forgets what was least recently used when all weighs too much', () => {
  const map = new WeightedMap<string, number>(10);
  map.set('a', 1, 4);
  map.set('b', 2, 4);
  expect(map.get('a')).toBe(1);
  map.set('c', 3, 4);
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
});

test('weighs an entry that is replaced or deleted no longer', () => {
  const map = new WeightedMap<string, number>(10);
  map.set('a', 1, 9);
  map.set('a', 2, 1);
  map.set('b', 3, 9);
  expect([map.get('a'), map.get('b')]).toEqual([2, 3]);
  map.delete('b');
  map.delete('b');
  map.set('c', 4, 9);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([2, undefined, 4]);
});

test('does not keep what weighs more than the limit by itself', () => {
  const map = new WeightedMap<string, number>(10);
  map.set('a', 1, 11);
  expect([map.get('a'), map.size]).toEqual([undefined, 0]);
});
