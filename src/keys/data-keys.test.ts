import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDataKeyCache } from './data-key-cache.ts';
import { encodeContext, newAccountKey, newDataKey, openAccountKey, unwrapDataKey, wrapDataKey } from './data-keys.ts';
import { rootKeyFrom } from './file.ts';
import { SealError } from './port.ts';

const root = rootKeyFrom(Buffer.alloc(32, 9));
const owner = { account: '123456789012', region: 'eu-west-1', keyId: 'key-1' };
const { key } = newAccountKey(root, owner);
const context = {
  repositoryArn: 'arn:aws:ecr:eu-west-1:123456789012:repository/app',
  objectArn: 'arn:aws:s3:::layers/sha256:00',
};

describe('an account key', () => {
  it('is opened for its owner only', () => {
    const made = newAccountKey(root, owner);
    expect(openAccountKey(root, made.sealed, owner)).toEqual(made.key);
    const others = [
      { ...owner, account: '210987654321' },
      { ...owner, region: 'eu-west-2' },
      { ...owner, keyId: 'key-2' },
    ];
    for (const other of others) expect(() => openAccountKey(root, made.sealed, other)).toThrow(SealError);
    expect(() => openAccountKey(rootKeyFrom(Buffer.alloc(32)), made.sealed, owner)).toThrow(SealError);
  });
});

describe('a wrapped data key', () => {
  it('comes back under the same key and context', () => {
    const dataKey = newDataKey();
    expect(unwrapDataKey(key, wrapDataKey(key, dataKey, context), context)).toEqual(dataKey);
  });

  it('differs every time it is wrapped', () => {
    const dataKey = newDataKey();
    expect(wrapDataKey(key, dataKey, context)).not.toEqual(wrapDataKey(key, dataKey, context));
  });

  it('refuses any other context', () => {
    const wrapped = wrapDataKey(key, newDataKey(), context);
    fc.assert(
      fc.property(fc.string(), fc.string(), (repositoryArn, objectArn) => {
        expect(() => unwrapDataKey(key, wrapped, { ...context, repositoryArn })).toThrow(SealError);
        expect(() => unwrapDataKey(key, wrapped, { ...context, objectArn })).toThrow(SealError);
      }),
    );
    const moved = { repositoryArn: context.objectArn, objectArn: context.repositoryArn };
    expect(() => unwrapDataKey(key, wrapped, moved)).toThrow(SealError);
  });

  it('refuses the key of another account', () => {
    const other = newAccountKey(root, { ...owner, keyId: 'key-2' }).key;
    expect(() => unwrapDataKey(other, wrapDataKey(key, newDataKey(), context), context)).toThrow(SealError);
  });
});

describe('the bytes of a context', () => {
  it('do not depend on the order of its pairs, and differ for different contexts', () => {
    const dictionary = fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 });
    fc.assert(
      fc.property(dictionary, dictionary, (a, b) => {
        const reversed = Object.fromEntries(Object.entries(a).toReversed());
        expect(encodeContext(reversed)).toEqual(encodeContext(a));
        const same = isDeepStrictEqual(new Map(Object.entries(a)), new Map(Object.entries(b)));
        expect(encodeContext(a).equals(encodeContext(b))).toBe(same);
      }),
    );
  });
});

describe('the cache of data keys', () => {
  const options = { clock: () => 0 };

  it('gives copies, so that wiping it takes no key from a reader', () => {
    const cache = createDataKeyCache(options);
    const dataKey = newDataKey();
    const wrapped = wrapDataKey(key, dataKey, context);
    const first = cache.unwrap(key, wrapped, context);
    const second = cache.unwrap(key, wrapped, context);
    expect(cache.size).toBe(1);
    cache.close();
    expect(cache.size).toBe(0);
    expect([first, second]).toEqual([dataKey, dataKey]);
    expect(cache.unwrap(key, wrapped, context)).toEqual(dataKey);
    expect(cache.size).toBe(0);
  });

  it('does not answer for another context or key than the one that was proven', () => {
    const cache = createDataKeyCache(options);
    const wrapped = wrapDataKey(key, newDataKey(), context);
    cache.unwrap(key, wrapped, context);
    expect(() => cache.unwrap(key, wrapped, { ...context, repositoryArn: 'another' })).toThrow(SealError);
    const other = newAccountKey(root, { ...owner, keyId: 'key-2' }).key;
    expect(() => cache.unwrap(other, wrapped, context)).toThrow(SealError);
    cache.close();
  });

  it('asks the key again when the revision of its state is another', () => {
    const cache = createDataKeyCache(options);
    const wrapped = wrapDataKey(key, newDataKey(), context);
    cache.unwrap(key, wrapped, context, '1');
    const unusable = { id: key.id, bytes: Buffer.alloc(32) };
    expect(cache.unwrap(unusable, wrapped, context, '1').length).toBe(32);
    expect(() => cache.unwrap(unusable, wrapped, context, '2')).toThrow(SealError);
    cache.close();
  });

  it('is bounded in number and in time', () => {
    let now = 0;
    const cache = createDataKeyCache({ clock: () => now, capacity: 3, lifetime: 1000 });
    const wraps = Array.from({ length: 5 }, () => wrapDataKey(key, newDataKey(), context));
    for (const wrapped of wraps) cache.unwrap(key, wrapped, context);
    expect(cache.size).toBe(3);
    now = 1000;
    cache.unwrap(key, wraps[0] as Buffer, context);
    expect(cache.size).toBe(1);
    cache.close();
  });
});
