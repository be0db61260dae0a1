import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { headerLength, segmentOffset, segmentOverhead } from '../../src/blobs/layout.ts';
import { CorruptBlobError, type UploadState } from '../../src/blobs/port.ts';
import {
  bodyOf,
  collect,
  commit,
  engines,
  newId,
  newUpload,
  openForEach,
  overwrite,
  readAll,
  segmentSize,
} from './blob-stores.ts';

/* What sealing is for: bytes that were altered, moved or lost are noticed, and bytes on a disk tell nothing. */

describe.each(engines)('sealed blobs in $engine', (engine) => {
  const on = openForEach(engine);

  it('refuse to open when any byte was changed', async () => {
    for (const size of [0, 3, segmentSize, segmentSize + 3]) {
      const blob = await on.store(randomBytes(size));
      const good = await readAll(on.bytes, blob.blobId);
      for (let at = 0; at < good.length; at += 1) {
        const bad = Buffer.from(good);
        bad.writeUInt8(bad.readUInt8(at) ^ (1 << (at % 8)), at);
        await overwrite(on.bytes, blob.blobId, bad);
        await expect(collect(on.blobs.read(blob, 0, size))).rejects.toThrow(CorruptBlobError);
      }
      await overwrite(on.bytes, blob.blobId, good);
      expect((await collect(on.blobs.read(blob, 0, size))).length).toBe(size);
    }
  });

  it('refuse to open in one turn when any byte was changed', async () => {
    for (const size of [0, 3, segmentSize]) {
      const blob = await on.store(randomBytes(size));
      const good = await readAll(on.bytes, blob.blobId);
      for (let at = 0; at < good.length; at += 1) {
        const bad = Buffer.from(good);
        bad.writeUInt8(bad.readUInt8(at) ^ (1 << (at % 8)), at);
        await overwrite(on.bytes, blob.blobId, bad);
        expect(() => on.blobs.readSmall(blob)).toThrow(CorruptBlobError);
      }
      await overwrite(on.bytes, blob.blobId, good);
      expect(on.blobs.readSmall(blob)?.length).toBe(size);
    }
  });

  it('refuse to open when they were cut, extended, re-ordered, exchanged or lost', async () => {
    const size = 3 * segmentSize;
    const blob = await on.store(randomBytes(size));
    const other = await on.store(randomBytes(size), { ...newUpload(), dataKey: blob.dataKey });
    const good = await readAll(on.bytes, blob.blobId);
    const foreign = await readAll(on.bytes, other.blobId);
    const at = (segment: number): number => segmentOffset(segment, segmentSize);
    const part = (from: number, to: number, content = good): Buffer => content.subarray(at(from), at(to));
    const header = good.subarray(0, headerLength);
    const cases: [string, Buffer, number?][] = [
      ['the last segment is missing', good.subarray(0, at(2))],
      ['the last segment is missing and the size was made to fit', good.subarray(0, at(2)), 2 * segmentSize],
      ['only the header is left', header],
      ['nothing is left', Buffer.alloc(0)],
      ['only the header is left and the size says empty', header, 0],
      ['the last byte is missing', good.subarray(0, -1)],
      ['a byte was added', Buffer.concat([good, Buffer.of(0)])],
      ['a segment was added', Buffer.concat([good, part(2, 3)])],
      ['a segment was added and the size was made to fit', Buffer.concat([good, part(2, 3)]), 4 * segmentSize],
      ['two segments were swapped', Buffer.concat([header, part(1, 2), part(0, 1), part(2, 3)])],
      ['a segment stands twice', Buffer.concat([header, part(0, 1), part(0, 1), part(2, 3)])],
      ['a segment is that of another blob', Buffer.concat([header, part(0, 1), part(1, 2, foreign), part(2, 3)])],
      ['all segments are those of another blob', Buffer.concat([header, part(0, 3, foreign)])],
      ['the file is that of another blob', foreign],
    ];
    for (const [what, content, pretended = size] of cases) {
      await overwrite(on.bytes, blob.blobId, content);
      const read = collect(on.blobs.read({ ...blob, size: pretended }, 0, pretended));
      await expect(read, what).rejects.toThrow(CorruptBlobError);
    }
    await on.bytes.delete(blob.blobId);
    await expect(collect(on.blobs.read(blob, 0, size))).rejects.toThrow(CorruptBlobError);
    const stranger = { ...other, dataKey: randomBytes(32) };
    await expect(collect(on.blobs.read(stranger, 0, size))).rejects.toThrow(CorruptBlobError);
  });

  it('refuse to go on when file, tail or offset of the upload do not fit', async () => {
    const state = newUpload();
    const appended = await on.blobs.append(state, bodyOf(randomBytes(3 * segmentSize)));
    const good = commit(state, appended);
    const refused = (bad: Partial<UploadState>) =>
      expect(on.blobs.append({ ...good, ...bad }, bodyOf(randomBytes(2 * segmentSize)))).rejects.toThrow(
        CorruptBlobError,
      );
    await refused({ offset: good.offset + 1 });
    await refused({ offset: 0 });
    await refused({ tail: undefined });
    await refused({ uploadId: newId() });
    await refused({ dataKey: randomBytes(32) });
    await refused({ tail: Buffer.concat([good.tail as Buffer, Buffer.of(0)]) });
    const reopened = await on.bytes.reopen(state.blobId, headerLength + segmentSize + segmentOverhead);
    await reopened?.close();
    await refused({});
    await expect(on.blobs.finish(good, 'sha512')).rejects.toThrow(CorruptBlobError);
  });

  it('notice damage when an upload is read back to hash it again', async () => {
    const state = newUpload();
    const appended = await on.blobs.append(state, bodyOf(randomBytes(4 * segmentSize)));
    const content = await readAll(on.bytes, state.blobId);
    content.writeUInt8(content.readUInt8(headerLength + 20) ^ 1, headerLength + 20);
    await overwrite(on.bytes, state.blobId, content);
    on.restart();
    await expect(on.blobs.finish(commit(state, appended), 'sha256')).rejects.toThrow(CorruptBlobError);
  });

  it('show nothing of what is in them, neither in files nor in tails', async () => {
    const marker = Buffer.from('a marker that is easy to find');
    const plain = Buffer.concat(Array.from({ length: 12 }, () => marker));
    const state = newUpload();
    const appended = await on.blobs.append(state, bodyOf(plain));
    await on.store(marker);
    await on.store(plain);
    for (const { id } of await on.bytes.list(undefined, 100)) {
      const content = await readAll(on.bytes, id);
      expect(content.includes('marker')).toBe(false);
      expect(content.includes(state.dataKey)).toBe(false);
    }
    expect(appended.tail?.includes('marker')).toBe(false);
  });
});
