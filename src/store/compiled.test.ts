import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileAll, Compiler } from './compiled.ts';
import { statement } from './db.ts';
import { listStatements } from './statements.ts';

const here = import.meta.dirname;

/** What every file of this room exports: statements, and lists of them. */
async function exportedStatements(): Promise<Set<unknown>> {
  const found = new Set<unknown>();
  const files = [here, join(here, 'iam')].flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  for (const file of files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))) {
    const exported = (await import(file)) as Record<string, unknown>;
    for (const one of Object.values(exported).flat()) {
      if (typeof (one as { build?: unknown } | undefined)?.build === 'function') found.add(one);
    }
  }
  return found;
}

describe('the statements that are compiled ahead', () => {
  it('are all that this room exports', async () => {
    const listed = new Set<unknown>(listStatements().values());
    expect(listed.size).toBeGreaterThan(60);
    expect(listed).toEqual(await exportedStatements());
  });

  it.each(['sqlite', 'postgres'] as const)('are what Kysely makes of them today, for %s', (dialect) => {
    const ahead: unknown = JSON.parse(readFileSync(join(here, 'dialects', `${dialect}.json`), 'utf8'));
    expect(ahead, 'npm run reference writes them anew').toEqual(compileAll(dialect));
    const compiler = new Compiler(dialect);
    for (const [name, one] of listStatements()) {
      expect(compiler.compile(one)).toEqual((ahead as Record<string, unknown>)[name]);
    }
  });

  it('leave others to be compiled when they are run', () => {
    const other = statement<{ name: string }>()((db, p) =>
      db.selectFrom('meta').select('value').where('name', '=', p.name),
    );
    expect(new Compiler('postgres').compile(other)).toEqual({
      sql: 'select "value" from "meta" where "name" = $1',
      keys: ['name'],
    });
  });
});
