/**
 * A disk in memory for the store of files, which forgets at a loss of power what was not synced: bytes of files, their
 * lengths, and names in folders. A sync counts from its end on, and only for what was there at its beginning, which is
 * the least that POSIX promises.
 */
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Files } from '../../../src/blobs/files.ts';

type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'cut'; readonly length: number }
  | { readonly kind: 'name'; readonly name: string; readonly node: Node | undefined };

/** A file or a folder: what a loss of power leaves for sure, and the changes after that, in their order. */
interface Node {
  readonly isFolder: boolean;
  durable: Buffer;
  readonly names: Map<string, Node>;
  changes: Change[];
}

const newNode = (isFolder: boolean): Node => ({ isFolder, durable: Buffer.alloc(0), names: new Map(), changes: [] });

function applied(before: Buffer, change: Change): Buffer {
  if (change.kind === 'name') return before;
  if (change.kind === 'cut') return before.subarray(0, change.length);
  const after = Buffer.alloc(Math.max(before.length, change.position + change.bytes.length));
  before.copy(after);
  change.bytes.copy(after, change.position);
  return after;
}

const contentOf = (node: Node): Buffer => node.changes.reduce(applied, node.durable);

function namesOf(node: Node): Map<string, Node> {
  const names = new Map(node.names);
  for (const change of node.changes) {
    if (change.kind !== 'name') continue;
    if (change.node === undefined) names.delete(change.name);
    else names.set(change.name, change.node);
  }
  return names;
}

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

/** Says of each change that was not synced whether a loss of power keeps it; a write may be kept in part. */
export type Keeps = () => 'all' | 'half' | 'nothing';

/** What is left of a node, and of all below it. */
function survivor(node: Node, keeps: Keeps): Node {
  const left = newNode(node.isFolder);
  const names = new Map(node.names);
  left.durable = node.durable;
  for (const change of node.changes) {
    const kept = keeps();
    if (kept === 'nothing') continue;
    if (change.kind === 'name') {
      if (change.node === undefined) names.delete(change.name);
      else names.set(change.name, change.node);
      continue;
    }
    const isHalf = kept === 'half' && change.kind === 'write';
    left.durable = applied(
      left.durable,
      isHalf ? { ...change, bytes: change.bytes.subarray(0, change.bytes.length >> 1) } : change,
    );
  }
  for (const [name, child] of names) left.names.set(name, survivor(child, keeps));
  return left;
}

function copyOf(node: Node, known = new Map<Node, Node>()): Node {
  const before = known.get(node);
  if (before !== undefined) return before;
  const copy = newNode(node.isFolder);
  known.set(node, copy);
  copy.durable = node.durable;
  for (const [name, child] of node.names) copy.names.set(name, copyOf(child, known));
  copy.changes = node.changes.map((change) =>
    change.kind === 'name' && change.node !== undefined ? { ...change, node: copyOf(change.node, known) } : change,
  );
  return copy;
}

export interface LossyDisk {
  readonly files: Files;
  /** The disk as it is now, for a loss of power at this moment. */
  freeze(): FrozenDisk;
}

export interface FrozenDisk {
  /** The disk after a loss of power. */
  lose(keeps: Keeps): LossyDisk;
}

export interface LossyDiskOptions {
  /** Called before every call that changes or syncs something, and told which. */
  readonly onStep?: (call: string) => void;
  /** How many turns of the loop the next call takes; a disk answers in no order. */
  readonly turns?: () => number;
}

export function createLossyDisk(options: LossyDiskOptions = {}, root = newNode(true)): LossyDisk {
  const { onStep = () => {}, turns = () => 1 } = options;
  const open = new Map<number, Node>();
  let next = 3;

  const find = (path: string): Node | undefined => {
    let node: Node | undefined = root;
    for (const name of path.split('/')) if (name !== '') node = node && namesOf(node).get(name);
    return node;
  };
  const get = (path: string): Node => {
    const node = find(path);
    if (node === undefined) throw failure('ENOENT');
    return node;
  };
  const nodeOf = (file: number): Node => {
    const node = open.get(file);
    if (node === undefined) throw failure('EBADF');
    return node;
  };
  const give = (path: string, name: string, node: Node | undefined): void => {
    get(path).changes.push({ kind: 'name', name, node });
  };
  const openNode = (path: string, flags: number): number => {
    let node = find(path);
    if (node !== undefined && (flags & constants.O_EXCL) !== 0) throw failure('EEXIST');
    if (node === undefined && (flags & constants.O_CREAT) !== 0) {
      get(dirname(path));
      onStep('create');
      node = newNode(false);
      give(dirname(path), path.slice(dirname(path).length + 1), node);
    }
    if (node === undefined) throw failure('ENOENT');
    open.set(next, node);
    return next++;
  };
  const makeFolder = (path: string): void => {
    if (find(path) !== undefined) throw failure('EEXIST');
    get(dirname(path));
    onStep('mkdir');
    give(dirname(path), path.slice(path.lastIndexOf('/') + 1), newNode(true));
  };
  /** Makes the first `count` changes lasting. */
  const settle = (node: Node, count: number): void => {
    for (const change of node.changes.splice(0, count)) {
      node.durable = applied(node.durable, change);
      if (change.kind !== 'name') continue;
      if (change.node === undefined) node.names.delete(change.name);
      else node.names.set(change.name, change.node);
    }
  };
  const turn = async (): Promise<void> => {
    for (let left = turns(); left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const sync = async (file: number): Promise<void> => {
    const node = nodeOf(file);
    onStep('sync');
    // two syncs of one file may overlap: each settles what was there when it began, as far as it is still unsettled
    const seen = new Set(node.changes);
    // a sync may take many times as long as anything else
    for (let left = turns(); left > 0; left -= 1) await turn();
    onStep('synced');
    settle(node, node.changes.findLastIndex((change) => seen.has(change)) + 1);
  };
  const read = (file: number, into: Uint8Array, start: number, position: number): number =>
    contentOf(nodeOf(file)).copy(into, start, position);

  const files: Files = {
    open: async (path, flags) => (await turn(), openNode(path, flags)),
    close: async (file) => void open.delete(file),
    fstat: async (file) => ({ size: contentOf(nodeOf(file)).length }),
    async ftruncate(file, length) {
      await turn();
      onStep('cut');
      nodeOf(file).changes.push({ kind: 'cut', length });
    },
    fsync: sync,
    fdatasync: sync,
    async writev(file, pieces, position) {
      const bytes = Buffer.concat(pieces);
      await turn();
      onStep('write');
      nodeOf(file).changes.push({ kind: 'write', position, bytes });
      return bytes.length;
    },
    read: async (file, into, position) => (await turn(), read(file, into, 0, position)),
    stat: async (path) => ({ size: contentOf(get(path)).length, mtimeMs: 0 }),
    mkdir: async (path) => (await turn(), makeFolder(path)),
    readdir: async (path) => [...namesOf(get(path)).keys()],
    async unlink(path) {
      get(path);
      await turn();
      onStep('unlink');
      give(dirname(path), path.slice(dirname(path).length + 1), undefined);
    },
    openSync: openNode,
    closeSync: (file) => void open.delete(file),
    readSync: read,
    fsyncSync: (file) => {
      onStep('sync');
      settle(nodeOf(file), nodeOf(file).changes.length);
    },
    mkdirsSync(path) {
      const missing: string[] = [];
      for (let folder = path; find(folder) === undefined; folder = dirname(folder)) missing.unshift(folder);
      missing.forEach(makeFolder);
      return missing[0];
    },
  };
  return {
    files,
    freeze() {
      const frozen = copyOf(root);
      return { lose: (keeps) => createLossyDisk({}, survivor(frozen, keeps)) };
    },
  };
}
