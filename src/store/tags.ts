import { statement } from './db.ts';

export const findTag = statement<{ repository: number; name: string }>()((db, p) =>
  db
    .selectFrom('tag')
    .innerJoin('image', 'image.id', 'tag.image')
    .select(['tag.name', 'tag.image', 'image.digest'])
    .where('tag.repository', '=', p.repository)
    .where('tag.name', '=', p.name),
);

export const putTag = statement<{ repository: number; name: string; image: number; time: number }>()((db, p) =>
  db
    .insertInto('tag')
    .values({ repository: p.repository, name: p.name, image: p.image, updated_at: p.time })
    .onConflict((c) =>
      c.columns(['repository', 'name']).doUpdateSet((e) => ({
        image: e.ref('excluded.image'),
        updated_at: e.ref('excluded.updated_at'),
      })),
    ),
);

export const deleteTag = statement<{ repository: number; name: string }>()((db, p) =>
  db.deleteFrom('tag').where('repository', '=', p.repository).where('name', '=', p.name),
);

export const deleteTagsOfImage = statement<{ image: number }>()((db, p) =>
  db.deleteFrom('tag').where('image', '=', p.image),
);

export const listTagsOfImage = statement<{ image: number }>()((db, p) =>
  db.selectFrom('tag').select('name').where('image', '=', p.image).orderBy('name'),
);

/** Tells whether an image has more than `offset` tags. */
export const hasTagAt = statement<{ image: number; offset: number }>()((db, p) =>
  db.selectFrom('tag').select('name').where('image', '=', p.image).orderBy('name').limit(1).offset(p.offset),
);

/** A page of a repository's tags by name, in byte order. */
export const listTags = statement<{ repository: number; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom('tag')
    .select('name')
    .where('repository', '=', p.repository)
    .where('name', '>', p.after)
    .orderBy('name')
    .limit(p.limit),
);
