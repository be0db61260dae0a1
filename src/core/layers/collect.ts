import {
  deleteBlob,
  deleteDoomedBlob,
  deleteExpiredLink,
  findBlobFile,
  findDoomedBlob,
  findLinkOfBlob,
  insertDoomedBlob,
  listDoomedBlobs,
  listExpiredLinks,
} from '../../store/layers.ts';
import {
  deleteEndedUploads,
  deleteIdleUpload,
  findUploadOfBlob,
  listEndedUploads,
  listIdleUploads,
} from '../../store/uploads.ts';
import type { Uses } from '../app.ts';
import { rememberEnd } from './open-uploads.ts';
import { firstIdFrom } from './upload-ids.ts';

/**
 * The collector: online, always, in small steps. Rows go first, bytes after a grace period, so a reader that looked a
 * moment ago still finds its bytes. Every step looks again, inside its transaction, at what made it act.
 */

export type CollectorNeeds = Uses<'store' | 'blobs' | 'limits' | 'uploadIds' | 'uploadLocks'>;

const stepSize = 100;

/** Drops links that no image refers to and whose lease has ended. Gives the number dropped. */
export async function dropExpiredLinks(app: CollectorNeeds, now: number): Promise<number> {
  const links = await app.store.read.all(listExpiredLinks, { now, limit: stepSize });
  if (links.length === 0) return 0;
  return app.store.write(async (tx) => {
    let dropped = 0;
    for (const { repository, digest, blob } of links) {
      if ((await tx.run(deleteExpiredLink, { repository, digest, now })) === 0) continue;
      dropped++;
      if (await tx.first(findLinkOfBlob, { blob })) continue;
      await tx.run(deleteBlob, { id: blob });
      await tx.run(insertDoomedBlob, { id: blob, after: now + app.limits.deletionGrace });
    }
    return dropped;
  });
}

/** Gives up uploads that have rested too long and that nobody is writing to. Gives the number given up. */
export async function dropIdleUploads(app: CollectorNeeds, now: number): Promise<number> {
  const touchedBefore = now - app.limits.uploadLife;
  const uploads = await app.store.read.all(listIdleUploads, { touchedBefore, limit: stepSize });
  const elsewhereBefore = touchedBefore - app.limits.uploadLife;
  const { node } = app.store;
  const idle = uploads.filter(({ id }) => !app.uploadLocks.isHeld(id));
  if (idle.length === 0) return 0;
  const dropped = await app.store.write(async (tx) => {
    const gone: typeof idle = [];
    for (const upload of idle) {
      if ((await tx.run(deleteIdleUpload, { id: upload.id, touchedBefore, node, elsewhereBefore })) === 0) continue;
      await rememberEnd(app, tx, upload.repository, upload.id);
      await tx.run(insertDoomedBlob, { id: upload.blob, after: now });
      gone.push(upload);
    }
    return gone;
  });
  for (const { id, blob } of dropped) {
    // Somebody has begun to write after the look above. That will be refused, and the bytes are doomed already.
    if (!app.uploadLocks.isHeld(id)) await app.blobs.cancel({ uploadId: id, blobId: blob });
  }
  return dropped.length;
}

/**
 * Forgets uploads that have ended, when their ids prove nothing any more. A node of several does so a life later: the
 * clock of another one may be slow, or a body still on its way there. Gives the number forgotten.
 */
export async function forgetEndedUploads(app: CollectorNeeds, now: number): Promise<number> {
  const before = firstIdFrom(app.store.node === '' ? now : now - app.limits.uploadLife);
  const ended = await app.store.read.all(listEndedUploads, { before, limit: stepSize * 10 });
  const through = ended.at(-1)?.id;
  if (through === undefined) return 0;
  return await app.store.write((tx) => tx.run(deleteEndedUploads, { through }));
}

/** Removes bytes whose grace period has ended. Gives the number of blobs removed. */
export async function removeDoomedBlobs(app: CollectorNeeds, now: number): Promise<number> {
  const doomed = await app.store.read.all(listDoomedBlobs, { now, limit: stepSize });
  if (doomed.length === 0) return 0;
  for (const { id } of doomed) await app.blobs.delete(id);
  await app.store.write(async (tx) => {
    for (const { id } of doomed) await tx.run(deleteDoomedBlob, { id });
  });
  return doomed.length;
}

/**
 * Looks at one page of stored bytes for those that no row names: what a crash or a restored database leaves behind.
 * Gives the id to go on after, or undefined at the end.
 */
export async function removeOrphans(
  app: CollectorNeeds,
  now: number,
  after: string | undefined,
): Promise<string | undefined> {
  const files = await app.blobs.list(after, stepSize);
  // Another node may have been waiting for the rest of a body all the time that an upload may rest.
  const lives = app.store.node === '' ? 1 : 2;
  const oldest = now - Math.max(app.limits.deletionGrace, lives * app.limits.uploadLife);
  for (const { blobId, modifiedAt } of files) {
    // Who is writing the first bytes of an upload names its file at the end. Asked before the rows are.
    if (modifiedAt > oldest || app.uploadLocks.isHeld(blobId)) continue;
    // In the order in which bytes change hands, so that what goes on from one to the next meanwhile is not missed.
    const named =
      (await app.store.read.first(findUploadOfBlob, { blob: blobId })) ??
      (await app.store.read.first(findBlobFile, { id: blobId })) ??
      (await app.store.read.first(findDoomedBlob, { id: blobId }));
    if (!named) await app.blobs.delete(blobId);
  }
  return files.length < stepSize ? undefined : files.at(-1)?.blobId;
}
