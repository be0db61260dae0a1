/**
 * Loaded into a server's process (`node --import`), here it ends by SIGKILL just before its n-th step: a call that
 * changes the disk below a folder, a transaction of the database, an answer. A write is two steps, before it and in the
 * middle of it. The steps of worker threads are counted along. Product code knows nothing of it.
 *
 * KILL_BELOW names the folder, KILL_AT the number. Steps count from SIGUSR2 on, or with KILL_FROM_START=1 at once.
 */
import fs from 'node:fs';
import { ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

const below = process.env['KILL_BELOW'] ?? '';
const wanted = Number(process.env['KILL_AT']);
const { writeSync, writevSync } = fs;
const open = new Map<number, string>();

/** [armed, steps so far]; one for all threads. */
const shared = isMainThread ? new SharedArrayBuffer(8) : (getEnvironmentData('kill-at') as SharedArrayBuffer);
const state = new Int32Array(shared);
if (isMainThread) {
  setEnvironmentData('kill-at', shared);
  if (process.env['KILL_FROM_START'] === '1') state[0] = 1;
  process.on('SIGUSR2', () => {
    Atomics.store(state, 0, 1);
    writeSync(2, 'kill-at: counting\n');
  });
}

/** Counts a step, and ends here if it is the one; `first` is what still happens then. */
function step(name: string, first: () => void = () => {}): void {
  if (Atomics.load(state, 0) === 0 || Atomics.add(state, 1, 1) + 1 !== wanted) return;
  first();
  writeSync(2, `kill-at: step ${name}\n`);
  process.kill(process.pid, 'SIGKILL');
  // the signal may take its time; nothing more happens on this thread
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

type Anything = (...args: unknown[]) => unknown;
const isBelow = (path: unknown): path is string => typeof path === 'string' && path.startsWith(below);
const nameOf = (path: string): string => {
  const name = path.slice(below.length + 1).replace(/^(blobs)\/[a-z0-9]\/[a-z0-9]+$/, '$1/*/*');
  return name.replace(/^(blobs)\/[a-z0-9]$/, '$1/*');
};

/** Puts another function in the place of one; promisify and `name` go on to see what they saw. */
function replace(
  holder: object,
  name: string,
  act: (original: Anything, self: unknown, args: unknown[]) => unknown,
): void {
  const functions = holder as Record<string, Anything>;
  const original = functions[name] as Anything;
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    return act(original, this, args);
  };
  Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
  functions[name] = wrapped;
}

function before(holder: object, name: string, act: (args: unknown[]) => void): void {
  replace(holder, name, (original, self, args) => {
    act(args);
    return original.apply(self, args);
  });
}

/** Calls that name what they change. */
function watchPaths(): void {
  const calls: [object, string, string][] = [
    ...['mkdir', 'unlink', 'rm', 'rename', 'link'].map((name): [object, string, string] => [fs.promises, name, name]),
    ...['mkdir', 'unlink', 'rm', 'rename', 'link'].map((name): [object, string, string] => [fs, `${name}Sync`, name]),
  ];
  for (const [holder, call, name] of calls) {
    before(holder, call, ([path]) => {
      if (isBelow(path)) step(`${name} ${nameOf(path)}`);
    });
  }
}

/** Opening; the descriptors are kept, since what follows names only those. */
function watchOpening(): void {
  const creates = (flags: unknown): boolean =>
    typeof flags === 'number' ? (flags & fs.constants.O_CREAT) !== 0 : /^[wa]/.test(String(flags));
  replace(fs, 'open', (original, self, [path, flags, ...rest]) => {
    if (isBelow(path) && creates(flags)) step(`create ${nameOf(path)}`);
    const done = rest.pop() as (error: Error | null, file: number) => void;
    const keep = (error: Error | null, file: number): void => {
      if (error === null && isBelow(path)) open.set(file, path);
      done(error, file);
    };
    return original.apply(self, [path, flags, ...rest, keep]);
  });
  replace(fs, 'openSync', (original, self, args) => {
    const [path, flags] = args;
    if (isBelow(path) && creates(flags)) step(`create ${nameOf(path)}`);
    const file = original.apply(self, args) as number;
    if (isBelow(path)) open.set(file, path);
    return file;
  });
  for (const call of ['close', 'closeSync']) before(fs, call, ([file]) => open.delete(file as number));
}

/** Calls on descriptors. */
function watchDescriptors(): void {
  for (const name of ['fsync', 'fdatasync', 'ftruncate']) {
    for (const call of [name, `${name}Sync`]) {
      before(fs, call, ([file]) => {
        const path = open.get(file as number);
        if (path !== undefined) step(`${name} ${nameOf(path)}`);
      });
    }
  }
  for (const call of ['writev', 'writevSync']) {
    before(fs, call, ([file, pieces, position]) => {
      const path = open.get(file as number);
      if (path === undefined) return;
      step(`write ${nameOf(path)}`);
      const bytes = Buffer.concat(pieces as Uint8Array[]);
      const half = bytes.subarray(0, bytes.length >> 1);
      step(`half of the write ${nameOf(path)}`, () => writevSync(file as number, [half], position as number));
    });
  }
  before(fs, 'writeSync', ([file, text]) => {
    const path = open.get(file as number);
    if (path === undefined) return;
    step(`write ${nameOf(path)}`);
    const half = Buffer.from(text as string);
    step(`half of the write ${nameOf(path)}`, () => writeSync(file as number, half.subarray(0, half.length >> 1)));
  });
}

/** Transactions that write, and what changes the form of the database. Reading has transactions, too: they do not count. */
function watchDatabase(): void {
  const prepared = new WeakMap<object, { readonly sql: string; readonly database: object }>();
  const writing = new WeakSet<object>();
  const around = (database: object, sql: string, act: () => unknown): unknown => {
    const words =
      /^\s*(begin immediate|begin exclusive|commit|pragma (?:journal_mode|user_version|wal_checkpoint))/i.exec(sql);
    const name = words?.[1]?.toLowerCase();
    if (name === undefined || (name === 'commit' && !writing.delete(database))) return act();
    if (name.startsWith('begin')) writing.add(database);
    step(name);
    const result = act();
    if (name === 'commit') step('committed');
    return result;
  };
  replace(DatabaseSync.prototype, 'prepare', (original, self, args) => {
    const statement = original.apply(self, args) as StatementSync;
    prepared.set(statement, { sql: String(args[0]), database: self as object });
    return statement;
  });
  replace(DatabaseSync.prototype, 'exec', (original, self, args) =>
    around(self as object, String(args[0]), () => original.apply(self, args)),
  );
  replace(StatementSync.prototype, 'run', (original, self, args) => {
    const { sql, database } = prepared.get(self as object) ?? { sql: '', database: self as object };
    return around(database, sql, () => original.apply(self, args));
  });
}

watchPaths();
watchOpening();
watchDescriptors();
watchDatabase();
before(ServerResponse.prototype, 'end', () => step('answer'));
syncBuiltinESMExports();
