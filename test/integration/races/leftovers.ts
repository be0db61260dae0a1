/** What must hold of all rows and files when nothing is under way and every lease and grace period is over. */
import { sql } from 'kysely';
import { statement } from '../../../src/store/db.ts';
import type { RunningApp } from '../../support/app.ts';
import { Violation } from './requests.ts';

const nothing = {};

/** Rows that point at nothing, or that nothing points at, by what is wrong with them. */
const wrongRows: Readonly<Record<string, string>> = {
  'an image without a repository': 'select id from image where repository not in (select id from repository)',
  'an image without a manifest': 'select id from image where id not in (select image from manifest)',
  'a manifest without an image': 'select image as id from manifest where image not in (select id from image)',
  'a tag of an image that its repository has not':
    'select t.name as id from tag t where not exists (select 1 from image i where i.id = t.image and i.repository = t.repository)',
  'a link without a repository': 'select digest as id from link where repository not in (select id from repository)',
  'a link without a blob': 'select digest as id from link where blob not in (select id from blob)',
  'a link of another digest or size than its blob':
    'select l.digest as id from link l join blob b on b.id = l.blob where b.digest <> l.digest or b.size <> l.size',
  'a blob without a link': 'select id from blob where id not in (select blob from link)',
  'a link without an image':
    'select l.digest as id from link l where not exists (select 1 from image_layer x where x.repository = l.repository and x.digest = l.digest)',
  'a link of an image that may be collected': 'select digest as id from link where lease_until is not null',
  'a layer of an image that the repository does not hold':
    'select x.digest as id from image_layer x where not exists (select 1 from link l where l.repository = x.repository and l.digest = x.digest)',
  'a layer of an image that is not there':
    'select x.digest as id from image_layer x where not exists (select 1 from image i where i.id = x.image and i.repository = x.repository)',
  'a child that is not there':
    'select c.child as id from image_child c where not exists (select 1 from image i where i.repository = c.repository and i.digest = c.child)',
  'a child of an index that is not there':
    'select c.child as id from image_child c where not exists (select 1 from image i where i.repository = c.repository and i.id = c.parent)',
  'an upload': 'select id from upload',
  'an upload that has ended': 'select id from ended_upload',
  'bytes that wait to be removed': 'select id from doomed_blob',
  'a tag of a repository that is not there':
    'select name as id from repository_tag where repository not in (select id from repository)',
};

const rowsOf = (text: string): ReturnType<typeof makeQuery> => makeQuery(text);

const makeQuery = (text: string) =>
  statement<typeof nothing>()((db) =>
    db.selectFrom(sql<{ id: string }>`(${sql.raw(text)})`.as('found')).select('found.id'),
  );

const queries = Object.entries(wrongRows).map(([what, text]) => ({ what, query: rowsOf(text) }));

/** Blobs that have a file: the bytes of the others are in their row. */
const allBlobs = statement<typeof nothing>()((db) => db.selectFrom('blob').select('id').where('sealed', 'is', null));

/** Rows agree with each other, and files with rows. */
export async function checkRows(running: RunningApp): Promise<void> {
  const { read } = running.app.store;
  const faults: string[] = [];
  for (const { what, query } of queries) {
    const found = await read.all(query, nothing);
    if (found.length > 0) faults.push(`${what}: ${found.map(({ id }) => id).join(', ')}`);
  }
  const blobs = new Set((await read.all(allBlobs, nothing)).map(({ id }) => id));
  const files = new Set((await running.files()).map((file) => file.split('/').at(-1) ?? ''));
  for (const id of files.difference(blobs)) faults.push(`a file that no row names: ${id}`);
  for (const id of blobs.difference(files)) faults.push(`a blob without its file: ${id}`);
  if (faults.length > 0) throw new Violation(`in the end there is ${faults.join('; ')}`);
}

const everything = statement<typeof nothing>()((db) =>
  db
    .selectFrom(
      sql<{ id: string }>`(${sql.raw(
        [
          'repository',
          'image',
          'manifest',
          'tag',
          'blob',
          'link',
          'image_layer',
          'image_child',
          'upload',
          'ended_upload',
          'doomed_blob',
        ]
          .map((table) => `select '${table}' as id from ${table}`)
          .join(' union all '),
      )})`.as('found'),
    )
    .select('found.id'),
);

/** Nothing at all is left, in rows or as files. */
export async function checkNothing(running: RunningApp): Promise<void> {
  const rows = await running.app.store.read.all(everything, nothing);
  const files = await running.files();
  if (rows.length + files.length === 0) return;
  const tables = [...new Set(rows.map(({ id }) => id))].join(', ');
  throw new Violation(
    `after the last repository is gone there are ${files.length} files, and rows in ${tables || 'no table'}`,
  );
}
