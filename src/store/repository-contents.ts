import { statement } from './db.ts';

/** Taking a whole repository away, table by table. */

/** Blobs that only this repository holds. */
export const listBlobsOnlyIn = statement<{ repository: number }>()((db, p) =>
  db
    .selectFrom('link')
    .select('blob')
    .where('repository', '=', p.repository)
    .where((e) =>
      e.not(
        e.exists(
          e
            .selectFrom('link as other')
            .select('other.blob')
            .whereRef('other.blob', '=', 'link.blob')
            .where('other.repository', '!=', p.repository),
        ),
      ),
    ),
);

export const doomUploadsOf = statement<{ repository: number; after: number }>()((db, p) =>
  db
    .insertInto('doomed_blob')
    .columns(['id', 'remove_after'])
    .expression((e) =>
      e
        .selectFrom('upload')
        .select((s) => ['upload.blob', s.val(p.after).as('remove_after')])
        .where('upload.repository', '=', p.repository),
    )
    .onConflict((c) => c.doNothing()),
);

/** In an order that no foreign key minds. */
export const deleteEverythingIn = [
  statement<{ repository: number }>()((db, p) =>
    db.deleteFrom('repository_policy').where('repository', '=', p.repository),
  ),
  statement<{ repository: number }>()((db, p) =>
    db.deleteFrom('repository_tag').where('repository', '=', p.repository),
  ),
  statement<{ repository: number }>()((db, p) => db.deleteFrom('tag').where('repository', '=', p.repository)),
  statement<{ repository: number }>()((db, p) => db.deleteFrom('image_layer').where('repository', '=', p.repository)),
  statement<{ repository: number }>()((db, p) => db.deleteFrom('image_child').where('repository', '=', p.repository)),
  statement<{ repository: number }>()((db, p) =>
    db
      .deleteFrom('manifest')
      .where('image', 'in', (e) => e.selectFrom('image').select('id').where('repository', '=', p.repository)),
  ),
  statement<{ repository: number }>()((db, p) => db.deleteFrom('image').where('repository', '=', p.repository)),
  statement<{ repository: number }>()((db, p) => db.deleteFrom('link').where('repository', '=', p.repository)),
  statement<{ repository: number }>()((db, p) => db.deleteFrom('upload').where('repository', '=', p.repository)),
];
