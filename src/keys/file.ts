import { createHmac, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { RootKeyError, type RootKey } from './port.ts';
import { openWrapped, sealWrapped } from './seal.ts';

const keyLength = 32;

/** A root key from its 32 bytes, which are copied; what is used are keys derived from them, one for each purpose. */
export function rootKeyFrom(bytes: Uint8Array): RootKey {
  if (bytes.length !== keyLength) throw new RootKeyError('malformed', `A root key has ${keyLength} bytes.`);
  const root = Buffer.from(bytes);
  const derive = (purpose: string): Buffer =>
    createHmac('sha256', root).update(`stowage root key\0${purpose}`).digest();
  const wrapKey = derive('wrap');
  return {
    wrap: (plain, aad) => sealWrapped(wrapKey, plain, aad),
    unwrap: (sealed, aad) => openWrapped(wrapKey, sealed, aad),
    mac: (purpose, message) =>
      createHmac('sha256', derive(`mac\0${purpose}`))
        .update(message)
        .digest(),
    checkValue: () => derive('check value'),
  };
}

/**
 * Makes a new root key and writes it durably (64 hex digits, mode 0600). Never replaces a file: RootKeyError 'exists'.
 * The file appears whole or not at all, so a start that was killed here can simply be repeated.
 */
export function createRootKeyFile(path: string): RootKey {
  const bytes = randomBytes(keyLength);
  const unfinished = `${path}.new`;
  try {
    rmSync(unfinished, { force: true });
    const file = openSync(unfinished, 'wx', 0o600);
    try {
      writeSync(file, `${bytes.toString('hex')}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    giveName(unfinished, path);
    syncFolder(dirname(path));
    return rootKeyFrom(bytes);
  } catch (error) {
    rmSync(unfinished, { force: true });
    if (error instanceof RootKeyError) throw error;
    throw new RootKeyError('not writable', `The root key file ${path} cannot be written (${codeOf(error)}).`, {
      cause: error,
    });
  } finally {
    bytes.fill(0);
  }
}

/** A link refuses a taken name, a rename would replace it; some file systems have no links. */
function giveName(unfinished: string, path: string): void {
  const taken = new RootKeyError('exists', `There is a root key file ${path} already; it is not replaced.`);
  try {
    linkSync(unfinished, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw taken;
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(codeOf(error))) throw error;
    if (existsSync(path)) throw taken;
    renameSync(unfinished, path);
    return;
  }
  rmSync(unfinished);
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Reads a root key file: 32 bytes as 64 hex digits or as base64, white space around them ignored. A file that others
 * can read, or that the group can write, is refused: the key must be taken for known. Reading by the group is left to
 * the operator, since mounted secrets come that way.
 */
export function loadRootKeyFile(path: string): RootKey {
  let text: string;
  try {
    const { mode } = statSync(path);
    if ((mode & 0o027) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0');
      throw new RootKeyError(
        'too open',
        `The root key file ${path} is open to other users (mode ${shown}). Run: chmod 600 ${path}`,
      );
    }
    text = readFileSync(path, 'latin1').trim();
  } catch (error) {
    if (error instanceof RootKeyError) throw error;
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new RootKeyError('missing', `There is no root key file ${path}.`);
    throw new RootKeyError('unreadable', `The root key file ${path} cannot be read (${code}).`, { cause: error });
  }
  const bytes = parseKey(text);
  if (bytes === undefined) {
    throw new RootKeyError(
      'malformed',
      `The root key file ${path} does not hold a root key: expected 32 bytes as 64 hex digits or as base64.`,
    );
  }
  const key = rootKeyFrom(bytes);
  bytes.fill(0);
  return key;
}

function parseKey(text: string): Buffer | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  return undefined;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown reason';
}
