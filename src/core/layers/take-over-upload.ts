import type { UploadState } from '../../blobs/port.ts';
import { randomId } from '../../lib/random.ts';
import { insertDoomedBlob } from '../../store/layers.ts';
import { moveUpload } from '../../store/uploads.ts';
import type { Call, Uses } from '../app.ts';

/**
 * Goes on with an upload in a new file of this node's own: one that another node has begun, or one whose file is whole.
 * The other node may still be writing into the old file, however long it was away, and cannot spoil anything: what it
 * commits must name the file that the row names. Undefined where the upload went on elsewhere meanwhile.
 */
export async function takeOverUpload(
  app: Uses<'store' | 'blobs' | 'limits' | 'clock'>,
  call: Call,
  state: UploadState,
): Promise<UploadState | undefined> {
  const { uploadId, blobId: from, offset, dataKey } = state;
  const blobId = randomId(32);
  const start: UploadState = { uploadId, blobId, offset: 0, tail: undefined, dataKey };
  const copy =
    offset === 0 ? undefined : await app.blobs.append(start, app.blobs.readUpload(state), { signal: call.signal });
  if (copy !== undefined && copy.offset !== offset)
    throw copy.interruption ?? new Error('an upload was copied in part');
  const moved: UploadState = { ...start, offset, tail: copy?.tail };
  const { node } = app.store;
  const isMoved = await app.store.write(async (tx) => {
    const step = {
      id: uploadId,
      from,
      received: offset,
      blob: blobId,
      tail: moved.tail ?? null,
      node,
      // Copying may have taken long; an upload rests from now on.
      time: app.clock(),
    };
    if ((await tx.run(moveUpload, step)) === 0) return false;
    await tx.run(insertDoomedBlob, { id: from, after: app.clock() + app.limits.deletionGrace });
    return true;
  });
  return isMoved ? moved : undefined;
}
