import { describe, expect, it } from 'vitest';
import { createUploadIds, firstIdFrom } from './upload-ids.ts';

const key = Buffer.alloc(32, 'k');
const until = 1_800_000_000_123;

describe('the id of an upload', () => {
  const ids = createUploadIds(key);

  it('has the form of a UUID and tells until when it may rest', () => {
    const id = ids.make(7, until);
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(ids.untilOf(7, id)).toBe(until);
  });

  it('is proven by whoever has the key, and by nobody else', () => {
    const id = ids.make(7, until);
    expect(createUploadIds(key).untilOf(7, id)).toBe(until);
    expect(createUploadIds(Buffer.alloc(32, 'other')).untilOf(7, id)).toBeUndefined();
  });

  it('is of one repository, also where numbers are large', () => {
    for (const repository of [1, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      const id = ids.make(repository, until);
      expect(ids.untilOf(repository, id)).toBe(until);
      expect(ids.untilOf(repository - 1, id)).toBeUndefined();
    }
  });

  it('proves nothing with any digit changed', () => {
    const id = ids.make(7, until);
    for (let place = 0; place < id.length; place++) {
      if (id[place] === '-') continue;
      const digit = id[place] === '0' ? '1' : '0';
      expect(ids.untilOf(7, id.slice(0, place) + digit + id.slice(place + 1)), `digit ${place}`).toBeUndefined();
    }
  });

  it.each([
    '',
    'x',
    '00000000-0000-4000-8000-000000000000',
    ids.make(7, until).toUpperCase(),
    `${ids.make(7, until)}0`,
  ])('proves nothing as %j', (text) => expect(ids.untilOf(7, text)).toBeUndefined());

  it('is never given twice for the same moment', () => {
    const made = Array.from({ length: 10_000 }, () => ids.make(7, until));
    expect(new Set(made).size).toBe(made.length);
  });

  it('sorts by its time', () => {
    const times = [until, until - 1, 0, until + 1, 2 ** 40];
    const sorted = times.map((time) => ids.make(7, time)).toSorted();
    expect(sorted.map((id) => ids.untilOf(7, id))).toEqual(times.toSorted((a, b) => a - b));
    expect(firstIdFrom(until) < ids.make(7, until)).toBe(true);
    expect(firstIdFrom(until) > ids.make(7, until - 1)).toBe(true);
    expect(firstIdFrom(-5) < ids.make(7, 0)).toBe(true);
  });
});
