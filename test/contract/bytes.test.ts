import { beforeEach, describe, expect, it } from 'vitest';
import type { ByteStore } from '../../src/blobs/port.ts';
import { newId, readAll, stores, write } from './blob-stores.ts';

/* What every store of bytes promises. */

describe.each(stores)('bytes in the $store', ({ open }) => {
  let bytes: ByteStore;
  beforeEach(() => {
    bytes = open();
  });

  it('are read back as they were appended', async () => {
    const id = newId();
    const writer = await bytes.create(id);
    await writer?.append([Buffer.from('ab'), Buffer.from(''), Buffer.from('cde')]);
    await writer?.append([Buffer.from('f')]);
    await writer?.sync();
    await writer?.close();
    expect((await readAll(bytes, id)).toString()).toBe('abcdef');
  });

  it('are read from any position, and short only at the end', async () => {
    const id = newId();
    await write(bytes, id, Buffer.from('0123456789'));
    const reader = await bytes.open(id);
    const into = Buffer.alloc(4);
    expect(await reader?.read(into, 3)).toBe(4);
    expect(into.toString()).toBe('3456');
    expect(await reader?.read(into, 8)).toBe(2);
    expect(into.toString()).toBe('8956');
    expect(await reader?.read(into, 10)).toBe(0);
    await reader?.close();
  });

  it('are never made twice under one id', async () => {
    const id = newId();
    await write(bytes, id, Buffer.from('first'));
    expect(await bytes.create(id)).toBeUndefined();
    expect((await readAll(bytes, id)).toString()).toBe('first');
  });

  it('are cut when they are reopened, and go on from there', async () => {
    const id = newId();
    await write(bytes, id, Buffer.from('0123456789'));
    const writer = await bytes.reopen(id, 4);
    expect((await readAll(bytes, id)).toString()).toBe('0123');
    await writer?.append([Buffer.from('xy')]);
    await writer?.sync();
    await writer?.close();
    expect((await readAll(bytes, id)).toString()).toBe('0123xy');
  });

  it('are not reopened where they are missing or shorter', async () => {
    const id = newId();
    expect(await bytes.reopen(id, 0)).toBeUndefined();
    await write(bytes, id, Buffer.from('abc'));
    expect(await bytes.reopen(id, 4)).toBeUndefined();
    expect((await readAll(bytes, id)).toString()).toBe('abc');
  });

  it('are read whole in one turn if they have just the expected length', async () => {
    const id = newId();
    await write(bytes, id, Buffer.from('abc'));
    expect(bytes.readWhole?.(id, 3)?.toString()).toBe('abc');
    expect(bytes.readWhole?.(id, 2)).toBeUndefined();
    expect(bytes.readWhole?.(id, 4)).toBeUndefined();
    expect(bytes.readWhole?.(newId(), 0)).toBeUndefined();
  });

  it('are described with size and time, and are gone when they were deleted', async () => {
    const id = newId();
    expect(await bytes.stat(id)).toBeUndefined();
    expect(await bytes.open(id)).toBeUndefined();
    await write(bytes, id, Buffer.from('abc'));
    const found = await bytes.stat(id);
    expect(found).toMatchObject({ id, size: 3 });
    expect(Number.isInteger(found?.modifiedAt)).toBe(true);
    await bytes.delete(id);
    await bytes.delete(id);
    expect(await bytes.stat(id)).toBeUndefined();
    expect(await bytes.create(id)).toBeDefined();
  });

  it('stay readable for a reader that has them open when they are deleted', async () => {
    const id = newId();
    await write(bytes, id, Buffer.from('abc'));
    const reader = await bytes.open(id);
    await bytes.delete(id);
    const into = Buffer.alloc(3);
    expect(await reader?.read(into, 0)).toBe(3);
    expect(into.toString()).toBe('abc');
    await reader?.close();
  });

  it('are listed in pages, each once, in order of id', async () => {
    const ids = Array.from({ length: 25 }, newId).toSorted();
    for (const id of ids) await write(bytes, id, Buffer.from(id));
    for (const limit of [1, 4, 25, 100]) {
      const seen: string[] = [];
      for (;;) {
        const page = await bytes.list(seen.at(-1), limit);
        expect(page.length).toBeLessThanOrEqual(limit);
        if (page.length === 0) break;
        for (const { id, size } of page) {
          expect(size).toBe(id.length);
          seen.push(id);
        }
      }
      expect(seen).toEqual(ids);
    }
  });

  it.each([
    '',
    'short',
    '../../../../../../etc/passwd',
    `${'a'.repeat(30)}/x`,
    'A'.repeat(30),
    'a'.repeat(49),
    `${'a'.repeat(30)}\n`,
  ])('are not kept under the id %j', async (id) => {
    await expect(bytes.create(id)).rejects.toThrow(TypeError);
    await expect(bytes.reopen(id, 0)).rejects.toThrow(TypeError);
    await expect(bytes.open(id)).rejects.toThrow(TypeError);
    await expect(bytes.stat(id)).rejects.toThrow(TypeError);
    await expect(bytes.delete(id)).rejects.toThrow(TypeError);
    expect(() => bytes.readWhole?.(id, 1)).toThrow(TypeError);
  });
});
