import { leastPartSize } from '../domain/layer-part.ts';
import { statement } from './db.ts';

/** Uploads under way of which bytes are there, and ids of those that have ended. */

/** The first bytes of an upload count, if its repository is still there, it has not ended, and nobody else was faster. */
export const insertUpload = statement<{
  id: string;
  repository: number;
  blob: string;
  wrap: Uint8Array;
  received: number;
  tail: Uint8Array | null;
  whole: string | null;
  node: string;
  time: number;
}>()((db, p) =>
  db
    .insertInto('upload')
    .columns([
      'id',
      'repository',
      'blob',
      'wrap',
      'received',
      'tail',
      'whole',
      'parts',
      'last_part',
      'small_part',
      'created_at',
      'touched_at',
      'node',
    ])
    .expression((e) =>
      e
        .selectFrom('repository')
        .select((s) => [
          s.val(p.id).as('id'),
          'repository.id as repository',
          s.val(p.blob).as('blob'),
          s.val(p.wrap).as('wrap'),
          s.val(p.received).as('received'),
          s.val(p.tail).as('tail'),
          s.val(p.whole).as('whole'),
          s.lit(0).as('parts'),
          s.lit(0).as('last_part'),
          s.lit(0).as('small_part'),
          s.val(p.time).as('created_at'),
          s.val(p.time).as('touched_at'),
          s.val(p.node).as('node'),
        ])
        .where('repository.id', '=', p.repository)
        .where((w) => w.not(w.exists(w.selectFrom('ended_upload').select('id').where('id', '=', p.id)))),
    )
    .onConflict((c) => c.doNothing()),
);

/** That an upload has ended whose id would still prove it. */
export const findEndedUpload = statement<{ id: string }>()((db, p) =>
  db.selectFrom('ended_upload').select('id').where('id', '=', p.id),
);

/** Remembers that an upload has ended, unless that is known already or its repository is gone. */
export const insertEndedUpload = statement<{ id: string; repository: number }>()((db, p) =>
  db
    .insertInto('ended_upload')
    .columns(['id'])
    .expression((e) =>
      e
        .selectFrom('repository')
        .select((s) => s.val(p.id).as('id'))
        .where('repository.id', '=', p.repository),
    )
    .onConflict((c) => c.doNothing()),
);

/** Ids of ended uploads that sort before another id, the first of them first. */
export const listEndedUploads = statement<{ before: string; limit: number }>()((db, p) =>
  db.selectFrom('ended_upload').select('id').where('id', '<', p.before).orderBy('id').limit(p.limit),
);

/** Forgets ended uploads up to an id. */
export const deleteEndedUploads = statement<{ through: string }>()((db, p) =>
  db.deleteFrom('ended_upload').where('id', '<=', p.through),
);

export interface UploadRow {
  readonly id: string;
  readonly blob: string;
  readonly wrap: Uint8Array;
  readonly received: number;
  readonly tail: Uint8Array | null;
  readonly whole: string | null;
  readonly node: string;
  readonly parts: number;
  readonly last_part: number;
  readonly small_part: number;
}

export const findUpload = statement<{ id: string; repository: number }>()((db, p) =>
  db
    .selectFrom('upload')
    .select(['id', 'blob', 'wrap', 'received', 'tail', 'whole', 'node', 'parts', 'last_part', 'small_part'])
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

/** Takes the row of an upload away, if it still names this file, and gives what its end is judged by. */
export const endUpload = statement<{ id: string; repository: number; blob: string }>()((db, p) =>
  db
    .deleteFrom('upload')
    .where('id', '=', p.id)
    .where('repository', '=', p.repository)
    .where('blob', '=', p.blob)
    .returning(['received', 'small_part']),
);

/** Takes the row of an upload away, and gives the file that it named. */
export const deleteUpload = statement<{ id: string; repository: number }>()((db, p) =>
  db.deleteFrom('upload').where('id', '=', p.id).where('repository', '=', p.repository).returning('blob'),
);

export const listIdleUploads = statement<{ touchedBefore: number; limit: number }>()((db, p) =>
  db
    .selectFrom('upload')
    .select(['id', 'repository', 'blob'])
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
