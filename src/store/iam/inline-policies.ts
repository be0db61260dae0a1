import { statement } from '../db.ts';

/** Policies inside a user, group or role. `nameKey`: the name in lower case. */

export const putInlinePolicy = statement<{ entity: string; nameKey: string; name: string; document: string }>()(
  (db, p) =>
    db
      .insertInto('iam_inline_policy')
      .values({ entity: p.entity, name_key: p.nameKey, name: p.name, document: p.document })
      .onConflict((c) =>
        c
          .columns(['entity', 'name_key'])
          .doUpdateSet((e) => ({ name: e.ref('excluded.name'), document: e.ref('excluded.document') })),
      ),
);

export const findInlinePolicy = statement<{ entity: string; nameKey: string }>()((db, p) =>
  db
    .selectFrom('iam_inline_policy')
    .select(['name', 'document'])
    .where('entity', '=', p.entity)
    .where('name_key', '=', p.nameKey),
);

export const deleteInlinePolicy = statement<{ entity: string; nameKey: string }>()((db, p) =>
  db.deleteFrom('iam_inline_policy').where('entity', '=', p.entity).where('name_key', '=', p.nameKey),
);

/** A page of the names; `after` is the last key of the page before. */
export const listInlinePolicyNames = statement<{ entity: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom('iam_inline_policy')
    .select(['name', 'name_key'])
    .where('entity', '=', p.entity)
    .where('name_key', '>', p.after)
    .orderBy('name_key')
    .limit(p.limit),
);

/** All of an entity's, with their documents: their sizes together are bounded. */
export const listInlinePolicies = statement<{ entity: string }>()((db, p) =>
  db
    .selectFrom('iam_inline_policy')
    .select(['name', 'name_key', 'document'])
    .where('entity', '=', p.entity)
    .orderBy('name_key'),
);
