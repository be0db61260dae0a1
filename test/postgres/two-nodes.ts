/** Two Stowages on one database and one folder of layers, each with a data folder of its own. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { Limits } from '../../src/core/app.ts';
import { startApp, type RunningApp } from '../support/app.ts';
import { layerFilesIn, temporaryFolder } from '../support/folders.ts';
import { databasesAt, type Databases } from '../support/postgres.ts';

export interface TwoNodes {
  readonly first: RunningApp;
  readonly second: RunningApp;
  /** Sealed files of layers. */
  files(): Promise<string[]>;
  /** Bytes in them. */
  size(): Promise<number>;
  close(): Promise<void>;
}

/** The server of this project. */
export function databases(): Databases {
  const place = inject('postgres');
  if (place === undefined) throw new Error('these tests belong to the project on PostgreSQL');
  return databasesAt(place);
}

export async function startTwoNodes(options: {
  readonly limits?: Partial<Limits>;
  readonly repositories?: readonly string[];
}): Promise<TwoNodes> {
  const folder = temporaryFolder('nodes');
  const database = await databases().createDatabase();
  const at = (name: string): string => join(folder.path, name);
  const flags = { database, blobs: `file:${at('blobs')}`, 'root-key': at('root-key'), credentials: at('credentials') };
  const remove = async (): Promise<void> => {
    folder.remove();
    await databases().dropDatabase(database);
  };
  // both at once, as a rolling start of several machines does
  const started = await Promise.allSettled([
    startApp({ flags, limits: options.limits }),
    startApp({ flags, limits: options.limits }),
  ]);
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async (): Promise<void> => {
    for (const one of running) await one.close();
    await remove();
  };
  const [first, second] = running;
  const failed = started.find((one) => one.status === 'rejected');
  if (first === undefined || second === undefined) {
    await close();
    throw failed?.reason;
  }
  await first.createRepositories(options.repositories ?? []);
  const files = (): Promise<string[]> => layerFilesIn(at('blobs'));
  const size = async (): Promise<number> =>
    (await files()).reduce((sum, file) => sum + statSync(join(at('blobs'), file)).size, 0);
  return { first, second, files, size, close };
}
