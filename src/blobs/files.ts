import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { nodeFolderCalls, type FolderCalls } from '../lib/make-folder.ts';

/**
 * The calls of the system that the store of files makes. Tests put a disk in their place that loses, when the power
 * goes, what was not synced.
 */
export interface Files extends FolderCalls {
  open(path: string, flags: number, mode?: number): Promise<number>;
  close(file: number): Promise<void>;
  fstat(file: number): Promise<{ readonly size: number }>;
  ftruncate(file: number, length: number): Promise<void>;
  fsync(file: number): Promise<void>;
  fdatasync(file: number): Promise<void>;
  /** May write less than it was given; gives the number of bytes. */
  writev(file: number, pieces: readonly Uint8Array[], position: number): Promise<number>;
  read(file: number, into: Uint8Array, position: number): Promise<number>;
  stat(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }>;
  mkdir(path: string, mode: number): Promise<void>;
  readdir(path: string): Promise<string[]>;
  unlink(path: string): Promise<void>;
  readSync(file: number, into: Uint8Array, start: number, position: number): number;
}

/** Up to so many bytes are handed to the system in the turn of the caller: it copies them, and the disk is not waited for. */
const shortWrite = 256 * 1024;

const { mkdir, readdir, unlink } = fs.promises;

/**
 * The machine's own, by plain descriptors. What does not wait for the disk is done in the caller's turn: a thread of the
 * pool that sleeps takes ten times longer to wake than a file to open. Syncs, and long reads and writes, go to the pool.
 */
export const nodeFiles: Files = {
  ...nodeFolderCalls,
  open: async (path, flags, mode) => fs.openSync(path, flags, mode),
  close: async (file) => fs.closeSync(file),
  fstat: promisify(fs.fstat),
  ftruncate: promisify(fs.ftruncate),
  fsync: promisify(fs.fsync),
  fdatasync: promisify(fs.fdatasync),
  async writev(file, pieces, position) {
    if (pieces.reduce((sum, piece) => sum + piece.length, 0) <= shortWrite)
      return fs.writevSync(file, pieces, position);
    return new Promise((resolve, reject) => {
      fs.writev(file, pieces, position, (error, written) => (error ? reject(error) : resolve(written)));
    });
  },
  read: (file, into, position) =>
    new Promise((resolve, reject) => {
      fs.read(file, into, 0, into.length, position, (error, count) => (error ? reject(error) : resolve(count)));
    }),
  stat: promisify(fs.stat),
  mkdir: (path, mode) => mkdir(path, { mode }).then(() => undefined),
  readdir: (path) => readdir(path),
  unlink,
  readSync: (file, into, start, position) => fs.readSync(file, into, start, into.length - start, position),
};
