import { leastPartSize } from '../domain/layer-part.ts';
import { statement } from './db.ts';
import { repositoryColumns } from './repositories.ts';

/** Links (a repository holds a digest), the blobs behind them, uploads under way, and bytes that wait to be removed. */

export const findLink = statement<{ repository: number; digest: string }>()((db, p) =>
  db
    .selectFrom('link')
    .select(['digest', 'blob', 'size', 'wrap', 'lease_until'])
    .where('repository', '=', p.repository)
    .where('digest', '=', p.digest),
);

/** A link with the bytes of its blob, where those lie in the blob's row. */
export const findLayer = statement<{ repository: number; digest: string }>()((db, p) =>
  db
    .selectFrom('link')
    .innerJoin('blob', 'blob.id', 'link.blob')
    .select(['link.blob', 'link.size', 'link.wrap', 'blob.sealed'])
    .where('link.repository', '=', p.repository)
    .where('link.digest', '=', p.digest),
);

export const insertLink = statement<{
  repository: number;
  digest: string;
  blob: string;
  size: number;
  wrap: Uint8Array;
  leaseUntil: number | null;
}>()((db, p) =>
  db.insertInto('link').values({
    repository: p.repository,
    digest: p.digest,
    blob: p.blob,
    size: p.size,
    wrap: p.wrap,
    lease_until: p.leaseUntil,
  }),
);

/** Gives an unreferenced link a later lease; one that an image refers to has none and keeps none. */
export const extendLease = statement<{ repository: number; digest: string; until: number }>()((db, p) =>
  db
    .updateTable('link')
    .set({ lease_until: p.until })
    .where('repository', '=', p.repository)
    .where('digest', '=', p.digest)
    .where('lease_until', 'is not', null)
    .where('lease_until', '<', p.until),
);

/** An image refers to the link now: it stays as long as the image does. */
export const dropLease = statement<{ repository: number; digest: string }>()((db, p) =>
  db
    .updateTable('link')
    .set({ lease_until: null })
    .where('repository', '=', p.repository)
    .where('digest', '=', p.digest)
    .where('lease_until', 'is not', null),
);

/** The last image that referred to the link is gone: it stays for a lease more. */
export const startLease = statement<{ repository: number; digest: string; until: number }>()((db, p) =>
  db
    .updateTable('link')
    .set({ lease_until: p.until })
    .where('repository', '=', p.repository)
    .where('digest', '=', p.digest)
    .where('lease_until', 'is', null),
);

export const listExpiredLinks = statement<{ now: number; limit: number }>()((db, p) =>
  db
    .selectFrom('link')
    .select(['repository', 'digest', 'blob'])
    .where('lease_until', 'is not', null)
    .where('lease_until', '<', p.now)
    .orderBy('lease_until')
    .limit(p.limit),
);

export const deleteExpiredLink = statement<{ repository: number; digest: string; now: number }>()((db, p) =>
  db
    .deleteFrom('link')
    .where('repository', '=', p.repository)
    .where('digest', '=', p.digest)
    .where('lease_until', 'is not', null)
    .where('lease_until', '<', p.now),
);

export const findLinkOfBlob = statement<{ blob: string }>()((db, p) =>
  db.selectFrom('link').select('digest').where('blob', '=', p.blob).limit(1),
);

/** Any link of a blob with the repository under whose context its data key is wrapped. */
export const findWrapOfBlob = statement<{ blob: string }>()((db, p) =>
  db
    .selectFrom('link')
    .innerJoin('repository', 'repository.id', 'link.repository')
    .select(['link.wrap', ...repositoryColumns])
    .where('link.blob', '=', p.blob)
    .limit(1),
);

export const findBlobByDigest = statement<{ account: string; region: string; key: string; digest: string }>()((db, p) =>
  db
    .selectFrom('blob')
    .select(['id', 'size'])
    .where('account', '=', p.account)
    .where('region', '=', p.region)
    .where('key_id', '=', p.key)
    .where('digest', '=', p.digest),
);

/** A blob whose bytes lie in a file. */
export const findBlobFile = statement<{ id: string }>()((db, p) =>
  db.selectFrom('blob').select('id').where('id', '=', p.id).where('sealed', 'is', null),
);

export const findBlob = statement<{ id: string }>()((db, p) =>
  db.selectFrom('blob').select(['id', 'size']).where('id', '=', p.id),
);

export const insertBlob = statement<{
  id: string;
  account: string;
  region: string;
  key: string;
  digest: string;
  size: number;
  sealed: Uint8Array | null;
  time: number;
}>()((db, p) =>
  db.insertInto('blob').values({
    id: p.id,
    account: p.account,
    region: p.region,
    key_id: p.key,
    digest: p.digest,
    size: p.size,
    sealed: p.sealed,
    created_at: p.time,
  }),
);

export const deleteBlob = statement<{ id: string }>()((db, p) => db.deleteFrom('blob').where('id', '=', p.id));

export const insertDoomedBlob = statement<{ id: string; after: number }>()((db, p) =>
  db
    .insertInto('doomed_blob')
    .values({ id: p.id, remove_after: p.after })
    .onConflict((c) => c.doNothing()),
);

export const findDoomedBlob = statement<{ id: string }>()((db, p) =>
  db.selectFrom('doomed_blob').select('id').where('id', '=', p.id),
);

export const listDoomedBlobs = statement<{ now: number; limit: number }>()((db, p) =>
  db.selectFrom('doomed_blob').select('id').where('remove_after', '<=', p.now).orderBy('remove_after').limit(p.limit),
);

export const deleteDoomedBlob = statement<{ id: string }>()((db, p) =>
  db.deleteFrom('doomed_blob').where('id', '=', p.id),
);

export const insertUpload = statement<{
  id: string;
  repository: number;
  blob: string;
  wrap: Uint8Array;
  node: string;
  time: number;
}>()((db, p) =>
  db.insertInto('upload').values({
    id: p.id,
    repository: p.repository,
    blob: p.blob,
    wrap: p.wrap,
    received: 0,
    tail: null,
    whole: null,
    parts: 0,
    last_part: 0,
    small_part: 0,
    created_at: p.time,
    touched_at: p.time,
    node: p.node,
  }),
);

export const findUpload = statement<{ id: string; repository: number }>()((db, p) =>
  db
    .selectFrom('upload')
    .select([
      'id',
      'blob',
      'wrap',
      'received',
      'tail',
      'whole',
      'touched_at',
      'node',
      'parts',
      'last_part',
      'small_part',
    ])
    .where('id', '=', p.id)
    .where('repository', '=', p.repository),
);

export const findUploadOfBlob = statement<{ blob: string }>()((db, p) =>
  db.selectFrom('upload').select('id').where('blob', '=', p.blob),
);

/** Makes bytes count that were written to the file `blob`, if the upload is still where it was. */
export const advanceUpload = statement<{
  id: string;
  blob: string;
  from: number;
  received: number;
  tail: Uint8Array | null;
  whole: string | null;
  time: number;
}>()((db, p) =>
  db
    .updateTable('upload')
    .set((e) => ({
      received: p.received,
      tail: p.tail,
      whole: p.whole,
      touched_at: p.time,
      // a part that more bytes follow, whichever front they come from, is not the last: its size is judged now
      small_part: e
        .case()
        .when(e.and([e('parts', '>', 0), e('last_part', '<', leastPartSize)]))
        .then(e.lit(1))
        .else(e.ref('small_part'))
        .end(),
    }))
    .where('id', '=', p.id)
    .where('blob', '=', p.blob)
    .where('received', '=', p.from),
);

/** Gives an upload another file and the node that writes it, if it is still where it was. */
export const moveUpload = statement<{
  id: string;
  from: string;
  received: number;
  blob: string;
  tail: Uint8Array | null;
  node: string;
  time: number;
}>()((db, p) =>
  db
    .updateTable('upload')
    .set({ blob: p.blob, tail: p.tail, whole: null, node: p.node, touched_at: p.time })
    .where('id', '=', p.id)
    .where('blob', '=', p.from)
    .where('received', '=', p.received),
);

/** Counts a part of the AWS API, unless the upload has as many as it may. */
export const countPart = statement<{ id: string; size: number; limit: number }>()((db, p) =>
  db
    .updateTable('upload')
    .set((e) => ({ parts: e('parts', '+', 1), last_part: p.size }))
    .where('id', '=', p.id)
    .where('parts', '<', p.limit),
);

export const deleteUpload = statement<{ id: string }>()((db, p) => db.deleteFrom('upload').where('id', '=', p.id));

export const listIdleUploads = statement<{ touchedBefore: number; limit: number }>()((db, p) =>
  db
    .selectFrom('upload')
    .select(['id', 'blob'])
    .where('touched_at', '<', p.touchedBefore)
    .orderBy('touched_at')
    .limit(p.limit),
);

/** Another node's upload may be receiving a long body, which its row does not show before the end: it has longer. */
export const deleteIdleUpload = statement<{
  id: string;
  touchedBefore: number;
  node: string;
  elsewhereBefore: number;
}>()((db, p) =>
  db
    .deleteFrom('upload')
    .where('id', '=', p.id)
    .where('touched_at', '<', p.touchedBefore)
    .where((e) => e.or([e('node', '=', p.node), e('touched_at', '<', p.elsewhereBefore)])),
);
