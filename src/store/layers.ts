import { statement } from './db.ts';
import { repositoryColumns } from './repositories.ts';

/** Links (a repository holds a digest), the blobs behind them, and bytes that wait to be removed. */

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
