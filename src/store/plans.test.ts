import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { compileAll } from './compiled.ts';
import { sqliteSpelling } from './dialects/sqlite.ts';
import { migrations } from './migrations/index.ts';

/** What there are as many of as images are pushed. A statement that reads all of one grows slow with the registry. */
const growing = ['repository', 'image', 'manifest', 'tag', 'blob', 'link', 'image_layer', 'image_child', 'upload'];

/** Those that are there to look at everything a repository holds, because it is to go or was just made. */
const wholeRepository = /^(?:repositoryContents\.|repositories\.(?:insert|delete)Repository$)/;

const database = new DatabaseSync(':memory:');
for (const migration of migrations) {
  for (const sql of migration.statements(sqliteSpelling)) database.exec(sql);
}

/** Steps of SQLite's plan for a statement, `SEARCH image USING INDEX image_by_digest (repository=? AND digest=?)` is one. */
const planOf = (sql: string): string[] =>
  database
    .prepare(`explain query plan ${sql}`)
    .all()
    .map(({ detail }) => String(detail));

/** Why a step takes longer the more there is; undefined where it does not. */
function growth(step: string, isBounded: boolean): string | undefined {
  const [, way, table = ''] = /^(SCAN|SEARCH) (\S+)/.exec(step) ?? [];
  if (step.includes('AUTOMATIC')) return 'makes an index of its own each time';
  if (!growing.includes(table)) return undefined;
  if (way === 'SCAN') return 'reads a table from its beginning to its end';
  const narrow = /\((.*)\)/.exec(step)?.[1] ?? '';
  const isWide = ['repository=?', 'account=?', 'account=? AND region=?'].includes(narrow);
  return isWide && !isBounded ? 'reads everything in a repository or a registry' : undefined;
}

describe('the plan of a statement', () => {
  const statements = Object.entries(compileAll('sqlite'));

  it.each(statements)('of %s does not grow with the registry', (name, { sql }) => {
    const isBounded = / limit \?/.test(sql) || wholeRepository.test(name);
    const slow = planOf(sql).flatMap((step) => {
      const why = growth(step, isBounded);
      return why === undefined ? [] : [`${why}: ${step}`];
    });
    expect(slow).toEqual([]);
  });

  it.each([
    ['select * from image', 'reads a table'],
    ['select digest from image where repository = ?', 'reads everything'],
    ['select * from image where pulled_at = ?', 'reads a table'],
  ])('is found to grow: %s', (sql, why) => {
    expect(planOf(sql).map((step) => growth(step, false))).toEqual([expect.stringContaining(why)]);
  });
});

describe('a page', () => {
  const sorts = Object.entries(compileAll('sqlite')).filter(([name, { sql }]) => {
    const pages = / limit \?/.test(sql) && / order by /.test(sql) && !name.startsWith('iam');
    return pages && planOf(sql).some((step) => step.includes('TEMP B-TREE'));
  });

  it('comes out of an index in its order: nothing is sorted for it', () => {
    expect(sorts.map(([name]) => name)).toEqual([]);
  });
});
