import { statement } from './db.ts';

export interface ImageRow {
  readonly id: number;
  readonly digest: string;
  readonly media_type: string;
  readonly artifact_type: string | null;
  readonly size: number;
  readonly manifest_size: number;
  readonly subject: string | null;
  readonly pushed_at: number;
  readonly pulled_at: number | null;
}

const columns = [
  'image.id',
  'image.digest',
  'image.media_type',
  'image.artifact_type',
  'image.size',
  'image.manifest_size',
  'image.subject',
  'image.pushed_at',
  'image.pulled_at',
] as const;

export const findImage = statement<{ repository: number; digest: string }>()((db, p) =>
  db.selectFrom('image').select(columns).where('repository', '=', p.repository).where('digest', '=', p.digest),
);

export const findImageByTag = statement<{ repository: number; tag: string }>()((db, p) =>
  db
    .selectFrom('tag')
    .innerJoin('image', 'image.id', 'tag.image')
    .select(columns)
    .where('tag.repository', '=', p.repository)
    .where('tag.name', '=', p.tag),
);

/** The image that a tag names together with its sealed body: all that a pull reads. */
export const findManifestByTag = statement<{ repository: number; tag: string }>()((db, p) =>
  db
    .selectFrom('tag')
    .innerJoin('image', 'image.id', 'tag.image')
    .innerJoin('manifest', 'manifest.image', 'image.id')
    .select(['image.id', 'image.digest', 'image.media_type', 'image.artifact_type', 'manifest.wrap', 'manifest.sealed'])
    .where('tag.repository', '=', p.repository)
    .where('tag.name', '=', p.tag),
);

export const findManifestByDigest = statement<{ repository: number; digest: string }>()((db, p) =>
  db
    .selectFrom('image')
    .innerJoin('manifest', 'manifest.image', 'image.id')
    .select(['image.id', 'image.digest', 'image.media_type', 'image.artifact_type', 'manifest.wrap', 'manifest.sealed'])
    .where('image.repository', '=', p.repository)
    .where('image.digest', '=', p.digest),
);

export const insertImage = statement<{
  repository: number;
  digest: string;
  mediaType: string;
  artifactType: string | null;
  size: number;
  manifestSize: number;
  subject: string | null;
  time: number;
}>()((db, p) =>
  db
    .insertInto('image')
    .values({
      repository: p.repository,
      digest: p.digest,
      media_type: p.mediaType,
      artifact_type: p.artifactType,
      size: p.size,
      manifest_size: p.manifestSize,
      subject: p.subject,
      pushed_at: p.time,
      pulled_at: null,
    })
    .returning('id'),
);

export const insertManifest = statement<{ image: number; wrap: Uint8Array; sealed: Uint8Array }>()((db, p) =>
  db.insertInto('manifest').values({ image: p.image, wrap: p.wrap, sealed: p.sealed }),
);

export const deleteManifest = statement<{ image: number }>()((db, p) =>
  db.deleteFrom('manifest').where('image', '=', p.image),
);

export const deleteImage = statement<{ image: number }>()((db, p) => db.deleteFrom('image').where('id', '=', p.image));

export const putPullTime = statement<{ image: number; time: number }>()((db, p) =>
  db
    .updateTable('image')
    .set({ pulled_at: p.time })
    .where('id', '=', p.image)
    .where((e) => e.or([e('pulled_at', 'is', null), e('pulled_at', '<', p.time)])),
);

/** Tags of an image, of the indexes that hold it, and of what it and they name as their subject, all the way up. */
export const listFamilyTags = statement<{ repository: number; image: number }>()((db, p) =>
  db
    .withRecursive('family', (e) =>
      e
        .selectFrom('image')
        .select(['image.id', 'image.digest', 'image.subject'])
        .where('image.id', '=', p.image)
        .union(
          e
            .selectFrom('family')
            .leftJoin('image_child as held', (join) =>
              join.on('held.repository', '=', p.repository).onRef('held.child', '=', 'family.digest'),
            )
            .leftJoin('image as named', (join) =>
              join.on('named.repository', '=', p.repository).onRef('named.digest', '=', 'family.subject'),
            )
            // Two keys to look up, and not two conditions: an engine would read the whole repository to try them.
            .innerJoin('image', (join) =>
              join.on((on) => on('image.id', 'in', [on.ref('held.parent'), on.ref('named.id')])),
            )
            .select(['image.id', 'image.digest', 'image.subject']),
        ),
    )
    .selectFrom('tag')
    .select('tag.name')
    .where('tag.image', 'in', (e) => e.selectFrom('family').select('family.id'))
    .distinct(),
);

/** A page of a repository's images in the order of their first push; `after` is the last id of the page before, 0 at first. */
export const listImages = statement<{ repository: number; after: number; limit: number }>()((db, p) =>
  db
    .selectFrom('image')
    .select(columns)
    .where('repository', '=', p.repository)
    .where('id', '>', p.after)
    .orderBy('id')
    .limit(p.limit),
);

/** As {@link listImages}, only images that have a tag. */
export const listTaggedImages = statement<{ repository: number; after: number; limit: number }>()((db, p) =>
  db
    .selectFrom('image')
    .select(columns)
    .where('repository', '=', p.repository)
    .where('id', '>', p.after)
    .where((e) => e.exists(e.selectFrom('tag').select('tag.image').whereRef('tag.image', '=', 'image.id')))
    .orderBy('id')
    .limit(p.limit),
);

/** As {@link listImages}, only images that have no tag. */
export const listUntaggedImages = statement<{ repository: number; after: number; limit: number }>()((db, p) =>
  db
    .selectFrom('image')
    .select(columns)
    .where('repository', '=', p.repository)
    .where('id', '>', p.after)
    .where((e) => e.not(e.exists(e.selectFrom('tag').select('tag.image').whereRef('tag.image', '=', 'image.id'))))
    .orderBy('id')
    .limit(p.limit),
);

/**
 * A page of (image, tag) pairs in the order of images and then tags, an untagged image once without a tag. The page
 * before ended at image `image` and tag `tag` ('' before the first).
 */
export const listImageTags = statement<{ repository: number; image: number; tag: string; limit: number }>()((db, p) =>
  db
    .selectFrom('image')
    .leftJoin('tag', 'tag.image', 'image.id')
    .select(['image.id', 'image.digest', 'tag.name as tag'])
    .where('image.repository', '=', p.repository)
    .where('image.id', '>=', p.image)
    .where((e) => e.or([e('image.id', '>', p.image), e('tag.name', '>', p.tag)]))
    .orderBy('image.id')
    .orderBy('tag.name')
    .limit(p.limit),
);

export const insertImageLayer = statement<{
  repository: number;
  digest: string;
  image: number;
  mediaType: string | null;
}>()((db, p) =>
  db
    .insertInto('image_layer')
    .values({ repository: p.repository, digest: p.digest, image: p.image, media_type: p.mediaType })
    .onConflict((c) => c.doNothing()),
);

export const listLayersOfImage = statement<{ image: number }>()((db, p) =>
  db.selectFrom('image_layer').select('digest').where('image', '=', p.image),
);

export const deleteLayersOfImage = statement<{ image: number }>()((db, p) =>
  db.deleteFrom('image_layer').where('image', '=', p.image),
);

export const findHolderOfLayer = statement<{ repository: number; digest: string }>()((db, p) =>
  db
    .selectFrom('image_layer')
    .select(['image', 'media_type'])
    .where('repository', '=', p.repository)
    .where('digest', '=', p.digest)
    .limit(1),
);

export const insertImageChild = statement<{ repository: number; child: string; parent: number }>()((db, p) =>
  db
    .insertInto('image_child')
    .values({ repository: p.repository, child: p.child, parent: p.parent })
    .onConflict((c) => c.doNothing()),
);

export const deleteChildrenOfImage = statement<{ image: number }>()((db, p) =>
  db.deleteFrom('image_child').where('parent', '=', p.image),
);

/** The indexes of a repository that refer to a child. */
export const listHoldersOfImage = statement<{ repository: number; child: string }>()((db, p) =>
  db
    .selectFrom('image_child')
    .innerJoin('image', 'image.id', 'image_child.parent')
    .select(['image.id', 'image.digest'])
    .where('image_child.repository', '=', p.repository)
    .where('image_child.child', '=', p.child)
    .orderBy('image.id'),
);

/** Images whose subject is a digest, in the order of their push; `after` is the last id of the page before. */
export const listReferrers = statement<{ repository: number; subject: string; after: number; limit: number }>()(
  (db, p) =>
    db
      .selectFrom('image')
      .innerJoin('manifest', 'manifest.image', 'image.id')
      .select([...columns, 'manifest.wrap', 'manifest.sealed'])
      .where('image.repository', '=', p.repository)
      .where('image.subject', '=', p.subject)
      .where('image.id', '>', p.after)
      .orderBy('image.id')
      .limit(p.limit),
);
