import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { accountOfIamId } from '../../domain/iam/ids.ts';
import { StartError } from '../../domain/start-error.ts';
import type { AccessKey } from '../iam/access-keys.ts';

/** The administrator's keys as an AWS shared credentials file with the profile `default`. */
const contentOf = (key: AccessKey): string =>
  `[default]\naws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretAccessKey}\n`;

const form = /^\[default\]\naws_access_key_id = ([A-Z2-7]{20})\naws_secret_access_key = ([A-Za-z0-9+/]{40})\n$/;

/** Writes the file (mode 0600) and its name to disk, whole or not at all. @throws StartError. */
export function writeCredentialsFile(path: string, key: AccessKey): void {
  const unfinished = `${path}.new`;
  try {
    rmSync(unfinished, { force: true });
    const file = openSync(unfinished, 'wx', 0o600);
    try {
      writeSync(file, contentOf(key));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
    const folder = openSync(dirname(path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (cause) {
    throw new StartError(`The credentials file ${path} cannot be written (${(cause as NodeJS.ErrnoException).code}).`, {
      cause,
    });
  }
}

/** The id of the access key that the file holds; undefined where there is none, or it is written otherwise. */
export function findKeyInFile(path: string): string | undefined {
  return existsSync(path) ? form.exec(readFileSync(path, 'latin1'))?.[1] : undefined;
}

/**
 * Keys that a first start wrote for this account before it was killed; undefined where there is no file. Any other file
 * is somebody's and is not replaced. @throws StartError.
 */
export function readUnfinishedCredentials(path: string, account: string): AccessKey | undefined {
  if (!existsSync(path)) return undefined;
  const match = form.exec(readFileSync(path, 'latin1'));
  const [, accessKeyId, secretAccessKey] = match ?? [];
  if (!accessKeyId || !secretAccessKey || accountOfIamId(accessKeyId) !== account) {
    throw new StartError(
      `There is a credentials file ${path} already, and it does not belong to this registry; it is not replaced.`,
    );
  }
  return { accessKeyId, secretAccessKey };
}
