/** The collector run by hand, and looks at what it left of a registry in the test process. */
import {
  dropExpiredLinks,
  dropIdleUploads,
  forgetEndedUploads,
  removeDoomedBlobs,
  removeOrphans,
} from '../../src/core/layers/collect.ts';
import { findBlob, findDoomedBlob } from '../../src/store/layers.ts';
import { findUploadOfBlob } from '../../src/store/uploads.ts';
import type { RunningApp } from './app.ts';
import { blobsOf, type Blob, type Image } from './images.ts';

/** Every step of the collector until there is nothing left to do at this moment. */
export async function collect(running: RunningApp): Promise<void> {
  const { app } = running;
  for (const step of [dropExpiredLinks, dropIdleUploads, forgetEndedUploads, removeDoomedBlobs]) {
    while ((await step(app, running.now())) > 0);
  }
  let after: string | undefined;
  do after = await removeOrphans(app, running.now(), after);
  while (after !== undefined);
}

/** Lets time pass, then collects. */
export async function pass(running: RunningApp, milliseconds: number): Promise<void> {
  running.advance(milliseconds);
  await collect(running);
}

/** Files of layers that are neither a blob, nor an upload, nor about to be removed. */
export async function strays(running: RunningApp): Promise<string[]> {
  const { read } = running.app.store;
  const found: string[] = [];
  for (const file of await running.files()) {
    const id = file.split('/').at(-1) ?? '';
    const named =
      (await read.first(findBlob, { id })) ??
      (await read.first(findUploadOfBlob, { blob: id })) ??
      (await read.first(findDoomedBlob, { id }));
    if (!named) found.push(file);
  }
  return found;
}

/** Whether a layer is given byte for byte. */
export async function isReadable({ registry }: RunningApp, repository: string, blob: Blob): Promise<boolean> {
  const response = await registry.getBlob(repository, blob.digest);
  const body = Buffer.from(await response.arrayBuffer());
  return response.status === 200 && body.equals(blob.bytes);
}

/** Whether manifest and every layer can be pulled. */
export async function isWhole(
  running: RunningApp,
  repository: string,
  image: Image,
  reference: string,
): Promise<boolean> {
  const response = await running.registry.getManifest(repository, reference);
  if (!Buffer.from(await response.arrayBuffer()).equals(image.manifest)) return false;
  for (const blob of blobsOf(image)) if (!(await isReadable(running, repository, blob))) return false;
  return true;
}
