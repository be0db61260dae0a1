/**
 * Writes what is generated, the pages of docs/ and the compiled statements of the store: `node scripts/reference.ts`, or with `--check` fails where one is stale.
 * A page is a row of the table below: its path, and a function that gives its text.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compatibilityPage } from './reference/compatibility.ts';
import { configurationPage } from './reference/configuration.ts';
import { errorsPage } from './reference/errors.ts';
import { compileAll } from '../src/store/compiled.ts';

const checkout = dirname(import.meta.dirname);

const pages: readonly { readonly path: string; readonly text: () => string | Promise<string> }[] = [
  { path: 'docs/compatibility.md', text: compatibilityPage },
  { path: 'docs/reference/configuration.md', text: configurationPage },
  { path: 'docs/reference/errors.md', text: errorsPage },
  { path: 'src/store/dialects/sqlite.json', text: () => statementsOf('sqlite') },
  { path: 'src/store/dialects/postgres.json', text: () => statementsOf('postgres') },
];

const statementsOf = (dialect: 'sqlite' | 'postgres'): string =>
  `${JSON.stringify(compileAll(dialect), undefined, 2)}\n`;

const check = process.argv.includes('--check');
for (const { path, text } of pages) {
  const file = join(checkout, path);
  const wanted = await text();
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) continue;
  if (check) {
    console.error(`${path} is stale; npm run reference writes it anew.`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, wanted);
    console.log(`wrote ${path}`);
  }
}
