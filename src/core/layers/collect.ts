import {
  deleteBlob,
  deleteDoomedBlob,
  deleteExpiredLink,
  deleteIdleUpload,
  findBlobFile,
  findDoomedBlob,
  findLinkOfBlob,
  findUploadOfBlob,
  insertDoomedBlob,
  listDoomedBlobs,
  listExpiredLinks,
  listIdleUploads,
} from '../../store/layers.ts';
import type { Uses } from '../app.ts';

/**
 * The collector: online, always, in small steps. Rows go first, bytes after a grace period, so a reader that looked a
 * moment ago still finds its bytes. Every step looks again, inside its transaction, at what made it act.
 */

type Needs = Uses<'store' | 'blobs' | 'limits' | 'uploadLocks'>;

const stepSize = 100;

/** Drops links that no image refers to and whose lease has ended. Gives the number dropped. */
export async function dropExpiredLinks(app: Needs, now: number): Promise<number> {
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
export async function dropIdleUploads(app: Needs, now: number): Promise<number> {
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

/** Removes bytes whose grace period has ended. Gives the number of blobs removed. */
export async function removeDoomedBlobs(app: Needs, now: number): Promise<number> {
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
export async function removeOrphans(app: Needs, now: number, after: string | undefined): Promise<string | undefined> {
  const files = await app.blobs.list(after, stepSize);
  const oldest = now - Math.max(app.limits.deletionGrace, app.limits.uploadLife);
  for (const { blobId, modifiedAt } of files) {
    if (modifiedAt > oldest) continue;
    // In the order in which bytes change hands, so that what goes on from one to the next meanwhile is not missed.
    const named =
      (await app.store.read.first(findUploadOfBlob, { blob: blobId })) ??
      (await app.store.read.first(findBlobFile, { id: blobId })) ??
      (await app.store.read.first(findDoomedBlob, { id: blobId }));
    if (!named) await app.blobs.delete(blobId);
  }
  return files.length < stepSize ? undefined : files.at(-1)?.blobId;
}
