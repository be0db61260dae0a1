import { type ByteReader, type ByteStore, type ByteWriter, type StoredBytes, blobIdPattern } from './port.ts';

interface File {
  content: Buffer;
  modifiedAt: number;
}

/** Bytes in memory: the reference of what a store does, and a stand-in for one in tests. */
export function createMemoryBytes(options: { clock?: (() => number) | undefined } = {}): ByteStore {
  const { clock = Date.now } = options;
  const files = new Map<string, File>();

  const find = (id: string): File | undefined => {
    if (!blobIdPattern.test(id)) throw new TypeError('Not the id of a blob');
    return files.get(id);
  };
  const change = (file: File, content: Buffer): void => {
    file.content = content;
    file.modifiedAt = clock();
  };
  const describe = (id: string, file: File): StoredBytes => ({
    id,
    size: file.content.length,
    modifiedAt: file.modifiedAt,
  });

  return {
    async create(id) {
      if (find(id) !== undefined) return undefined;
      const file = { content: Buffer.alloc(0), modifiedAt: clock() };
      files.set(id, file);
      return writerOf(file, change);
    },
    async reopen(id, length) {
      const file = find(id);
      if (file === undefined || file.content.length < length) return undefined;
      change(file, file.content.subarray(0, length));
      return writerOf(file, change);
    },
    async open(id) {
      const file = find(id);
      return file === undefined ? undefined : readerOf(file);
    },
    readWhole(id, length) {
      const file = find(id);
      return file?.content.length === length ? Buffer.from(file.content) : undefined;
    },
    async stat(id) {
      const file = find(id);
      return file === undefined ? undefined : describe(id, file);
    },
    async delete(id) {
      find(id);
      files.delete(id);
    },
    async list(after, limit) {
      const ids = [...files.keys()].filter((id) => after === undefined || id > after).toSorted();
      return ids.slice(0, limit).map((id) => describe(id, files.get(id) as File));
    },
  };
}

function writerOf(file: File, change: (file: File, content: Buffer) => void): ByteWriter {
  return {
    append: async (pieces) => change(file, Buffer.concat([file.content, ...pieces])),
    sync: async () => {},
    close: async () => {},
  };
}

function readerOf(file: File): ByteReader {
  const { content } = file;
  return {
    size: content.length,
    read: async (into, position) => content.copy(into, 0, position),
    close: async () => {},
  };
}
