import * as fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { RegistryError } from '../domain/errors.ts';
import { createFolderSync, type FolderSync } from './folder-sync.ts';
import { folderNameOf, isFolderName, pathsOf } from './paths.ts';
import { type ByteReader, type ByteStore, type ByteWriter, type StoredBytes, blobIdPattern } from './port.ts';

// Plain descriptors instead of FileHandles: for small blobs the handles cost more than the calls.
const open = promisify(fs.open);
const close = promisify(fs.close);
const fstat = promisify(fs.fstat);
const ftruncate = promisify(fs.ftruncate);
const fdatasync = promisify(fs.fdatasync);
const stat = promisify(fs.stat);
const { mkdir, readdir, unlink } = fs.promises;

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;

/** A folder of files, laid out as paths.ts says. Makes the folder; it belongs to this process and its threads alone. */
export function createFilesystemBytes(options: { root: string }): ByteStore {
  const root = resolve(options.root);
  makeRoot(root);
  const folders = createFolderSync(root);

  return {
    place: { kind: 'filesystem', root },
    async create(id) {
      const { folder, file } = pathsOf(root, id);
      const descriptor = await createFile(folder, file);
      return descriptor === undefined ? undefined : writerOf(descriptor, 0, { folder, folders });
    },
    async reopen(id, length) {
      const { folder, file } = pathsOf(root, id);
      const descriptor = await ifThere(open(file, O_WRONLY | O_NOFOLLOW));
      if (descriptor === undefined) return undefined;
      try {
        const { size } = await fstat(descriptor);
        if (size >= length) {
          if (size > length) await ftruncate(descriptor, length);
          return writerOf(descriptor, length, { folder, folders });
        }
      } catch (error) {
        await close(descriptor);
        throw error;
      }
      await close(descriptor);
      return undefined;
    },
    async open(id) {
      const descriptor = await ifThere(open(pathsOf(root, id).file, O_RDONLY | O_NOFOLLOW));
      if (descriptor === undefined) return undefined;
      try {
        return readerOf(descriptor, (await fstat(descriptor)).size);
      } catch (error) {
        await close(descriptor);
        throw error;
      }
    },
    readWhole: (id, length) => readWhole(pathsOf(root, id).file, length),
    async stat(id) {
      const found = await ifThere(stat(pathsOf(root, id).file));
      return found && { id, size: found.size, modifiedAt: Math.floor(found.mtimeMs) };
    },
    async delete(id) {
      await ifThere(unlink(pathsOf(root, id).file));
    },
    list: (after, limit) => list(root, after, limit),
  };
}

/** The root and what is missing above it, durable. */
function makeRoot(root: string): void {
  const first = fs.mkdirSync(root, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let folder = dirname(root); ; folder = dirname(folder)) {
    const descriptor = fs.openSync(folder, O_RDONLY);
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    if (folder === dirname(first)) return;
  }
}

/** Undefined where the name is taken. The folder is made when it turns out to be missing. */
async function createFile(folder: string, file: string): Promise<number | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EEXIST') return undefined;
      if (code !== 'ENOENT' || attempt > 0) throw translated(error);
    }
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw translated(error);
    });
  }
}

/** The folder is synced for a file that was reopened too: what made it may have died before its own sync. */
function writerOf(file: number, length: number, place: { folder: string; folders: FolderSync }): ByteWriter {
  let position = length;
  return {
    async append(pieces) {
      try {
        position += await writeAll(file, pieces, position);
      } catch (error) {
        throw translated(error);
      }
    },
    async sync() {
      try {
        await Promise.all([fdatasync(file), place.folders.sync(place.folder)]);
      } catch (error) {
        throw translated(error);
      }
    },
    close: () => close(file),
  };
}

function writev(file: number, pieces: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolveWritten, reject) => {
    fs.writev(file, pieces, position, (error, written) => (error ? reject(error) : resolveWritten(written)));
  });
}

/** A write may take less than it was given, for instance on a disk that is nearly full. */
async function writeAll(file: number, pieces: readonly Uint8Array[], position: number): Promise<number> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  let done = await writev(file, pieces, position);
  while (done < length) {
    const written = await writev(file, [Buffer.concat(pieces).subarray(done)], position + done);
    if (written === 0) throw Object.assign(new Error('No room to write'), { code: 'ENOSPC' });
    done += written;
  }
  return length;
}

function readerOf(file: number, size: number): ByteReader {
  return {
    size,
    async read(into, position) {
      let done = 0;
      while (done < into.length) {
        const count = await readOnce(file, into.subarray(done), position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    },
    close: () => close(file),
  };
}

function readOnce(file: number, into: Uint8Array, position: number): Promise<number> {
  return new Promise((resolveCount, reject) => {
    fs.read(file, into, 0, into.length, position, (error, count) => (error ? reject(error) : resolveCount(count)));
  });
}

function readWhole(path: string, length: number): Buffer | undefined {
  let file: number;
  try {
    file = fs.openSync(path, O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    // One byte more than there should be, so that a longer file is noticed without asking for its size.
    const content = Buffer.allocUnsafe(length + 1);
    let done = 0;
    while (done < content.length) {
      const count = fs.readSync(file, content, done, content.length - done, done);
      if (count === 0) break;
      done += count;
    }
    return done === length ? content.subarray(0, length) : undefined;
  } finally {
    fs.closeSync(file);
  }
}

async function list(root: string, after: string | undefined, limit: number): Promise<readonly StoredBytes[]> {
  const page: StoredBytes[] = [];
  const folders = (await readdir(root)).filter(isFolderName).toSorted();
  for (const folder of folders) {
    if (page.length >= limit) break;
    if (after !== undefined && folder < folderNameOf(after)) continue;
    const names = await readdir(join(root, folder));
    const ids = names.filter((name) => blobIdPattern.test(name) && (after === undefined || name > after)).toSorted();
    for (const id of ids) {
      if (page.length >= limit) break;
      const found = await ifThere(stat(join(root, folder, id)));
      if (found !== undefined) page.push({ id, size: found.size, modifiedAt: Math.floor(found.mtimeMs) });
    }
  }
  return page;
}

async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function translated(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT' ? new RegistryError('storageFull', {}) : error;
}
