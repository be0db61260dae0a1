import { constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { RegistryError } from '../domain/errors.ts';
import { makeFolder } from '../lib/make-folder.ts';
import { nodeFiles, type Files } from './files.ts';
import { createFolderSync, type FolderSync } from './folder-sync.ts';
import { folderNameOf, isFolderName, pathsOf } from './paths.ts';
import { type ByteReader, type ByteStore, type ByteWriter, type StoredBytes, blobIdPattern } from './port.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/**
 * A folder of files, laid out as paths.ts says. Makes the folder; it belongs to this process and its threads alone.
 * Workers open it for themselves, which they can only on the machine's own file system.
 */
export function createFilesystemBytes(options: { root: string; files?: Files }): ByteStore {
  const { files = nodeFiles } = options;
  const root = resolve(options.root);
  makeFolder(root, files);
  const folders = createFolderSync(files, root);
  let scratch = Buffer.alloc(0);

  return {
    ...(files === nodeFiles ? { place: { kind: 'filesystem', root } } : {}),
    async create(id) {
      const { folder, file } = pathsOf(root, id);
      const descriptor = await createFile(files, folder, file);
      return descriptor === undefined ? undefined : writerOf(files, descriptor, 0, { folder, folders });
    },
    async reopen(id, length) {
      const { folder, file } = pathsOf(root, id);
      const descriptor = await ifThere(files.open(file, O_WRONLY | O_NOFOLLOW));
      if (descriptor === undefined) return undefined;
      try {
        const { size } = await files.fstat(descriptor);
        if (size >= length) {
          if (size > length) await files.ftruncate(descriptor, length);
          return writerOf(files, descriptor, length, { folder, folders });
        }
      } catch (error) {
        await files.close(descriptor);
        throw error;
      }
      await files.close(descriptor);
      return undefined;
    },
    async open(id) {
      const descriptor = await ifThere(files.open(pathsOf(root, id).file, O_RDONLY | O_NOFOLLOW));
      if (descriptor === undefined) return undefined;
      try {
        return readerOf(files, descriptor, (await files.fstat(descriptor)).size);
      } catch (error) {
        await files.close(descriptor);
        throw error;
      }
    },
    readWhole(id, length) {
      // One byte more than there should be, so that a longer file is noticed without asking for its size.
      if (scratch.length <= length) scratch = Buffer.allocUnsafeSlow(length + 1);
      return readWhole(files, pathsOf(root, id).file, scratch.subarray(0, length + 1));
    },
    async stat(id) {
      const found = await ifThere(files.stat(pathsOf(root, id).file));
      return found && { id, size: found.size, modifiedAt: Math.floor(found.mtimeMs) };
    },
    async delete(id) {
      await ifThere(files.unlink(pathsOf(root, id).file));
    },
    list: (after, limit) => list(files, root, after, limit),
  };
}

/** Undefined where the name is taken. The folder is made when it turns out to be missing. */
async function createFile(files: Files, folder: string, file: string): Promise<number | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await files.open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EEXIST') return undefined;
      if (code !== 'ENOENT' || attempt > 0) throw translated(error);
    }
    await files.mkdir(folder, 0o700).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw translated(error);
    });
  }
}

/** The folder is synced for a file that was reopened too: what made it may have died before its own sync. */
function writerOf(
  files: Files,
  file: number,
  length: number,
  place: { folder: string; folders: FolderSync },
): ByteWriter {
  let position = length;
  return {
    async append(pieces) {
      try {
        position += await writeAll(files, file, pieces, position);
      } catch (error) {
        throw translated(error);
      }
    },
    async sync() {
      try {
        await Promise.all([files.fdatasync(file), place.folders.sync(place.folder)]);
      } catch (error) {
        throw translated(error);
      }
    },
    close: () => files.close(file),
  };
}

/** A write may take less than it was given, for instance on a disk that is nearly full. */
async function writeAll(files: Files, file: number, pieces: readonly Uint8Array[], position: number): Promise<number> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  let done = await files.writev(file, pieces, position);
  while (done < length) {
    const written = await files.writev(file, [Buffer.concat(pieces).subarray(done)], position + done);
    if (written === 0) throw Object.assign(new Error('No room to write'), { code: 'ENOSPC' });
    done += written;
  }
  return length;
}

function readerOf(files: Files, file: number, size: number): ByteReader {
  return {
    size,
    async read(into, position) {
      let done = 0;
      while (done < into.length) {
        const count = await files.read(file, into.subarray(done), position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    },
    close: () => files.close(file),
  };
}

/** The file, if it fills all of `content` but one byte. */
function readWhole(files: Files, path: string, content: Buffer): Buffer | undefined {
  let file: number;
  try {
    file = files.openSync(path, O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    let done = 0;
    while (done < content.length) {
      const count = files.readSync(file, content, done, done);
      if (count === 0) break;
      done += count;
    }
    return done === content.length - 1 ? content.subarray(0, done) : undefined;
  } finally {
    files.closeSync(file);
  }
}

async function list(
  files: Files,
  root: string,
  after: string | undefined,
  limit: number,
): Promise<readonly StoredBytes[]> {
  const page: StoredBytes[] = [];
  const folders = (await files.readdir(root)).filter(isFolderName).toSorted();
  for (const folder of folders) {
    if (page.length >= limit) break;
    if (after !== undefined && folder < folderNameOf(after)) continue;
    const names = await files.readdir(join(root, folder));
    const ids = names.filter((name) => blobIdPattern.test(name) && (after === undefined || name > after)).toSorted();
    for (const id of ids) {
      if (page.length >= limit) break;
      const found = await ifThere(files.stat(join(root, folder, id)));
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
