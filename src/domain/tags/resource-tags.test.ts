import { describe, expect, it } from 'vitest';
import { checkResourceTagKeys, checkResourceTags, checkTagCount } from './resource-tags.ts';

const tag = (Key: string, Value = '') => ({ Key, Value });
const refusal = { kind: 'invalidTagParameter', message: 'Tag parameters are invalid' };

describe('tags of a repository', () => {
  it('takes keys of 1 to 128 characters and values of up to 256', () => {
    expect(() => checkResourceTags([tag('k'), tag('K'.repeat(128), 'v'.repeat(256)), tag('awsome')])).not.toThrow();
  });

  it.each([
    ['an empty key', [tag('')]],
    ['a key that is too long', [tag('k'.repeat(129))]],
    ['a value that is too long', [tag('k', 'v'.repeat(257))]],
    ['a key that is reserved for AWS', [tag('AWS:team')]],
    ['a key twice', [tag('k', 'a'), tag('k', 'b')]],
  ])('refuses %s', (_what, tags) => {
    expect(() => checkResourceTags(tags)).toThrow(expect.objectContaining(refusal));
  });

  it('takes a key twice where tags are taken away, and refuses one that no tag can have', () => {
    expect(() => checkResourceTagKeys(['k', 'k'])).not.toThrow();
    for (const key of ['', 'k'.repeat(129), 'aws:team'])
      expect(() => checkResourceTagKeys([key])).toThrow(expect.objectContaining(refusal));
  });

  it('are at most 50', () => {
    expect(() => checkTagCount(50)).not.toThrow();
    expect(() => checkTagCount(51)).toThrow(expect.objectContaining({ kind: 'tooManyTags' }));
  });
});
