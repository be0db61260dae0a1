import { statement } from '../db.ts';

/** Tags of users, roles and policies. Keys differ in more than case: `nameKey` is the key in lower case. */

/** Replaces key and value where there is one whose key differs at most in case. */
export const putTag = statement<{ entity: string; nameKey: string; name: string; value: string }>()((db, p) =>
  db
    .insertInto('iam_tag')
    .values({ entity: p.entity, name_key: p.nameKey, name: p.name, value: p.value })
    .onConflict((c) =>
      c
        .columns(['entity', 'name_key'])
        .doUpdateSet((e) => ({ name: e.ref('excluded.name'), value: e.ref('excluded.value') })),
    ),
);

export const deleteTag = statement<{ entity: string; nameKey: string }>()((db, p) =>
  db.deleteFrom('iam_tag').where('entity', '=', p.entity).where('name_key', '=', p.nameKey),
);

export const deleteTagsOf = statement<{ entity: string }>()((db, p) =>
  db.deleteFrom('iam_tag').where('entity', '=', p.entity),
);

/** All tags of an entity: 50 at most. */
export const listTags = statement<{ entity: string }>()((db, p) =>
  db.selectFrom('iam_tag').select(['name', 'name_key', 'value']).where('entity', '=', p.entity).orderBy('name_key'),
);
