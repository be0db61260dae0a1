/**
 * Makes what is published: dist/, the JavaScript of src/ without its types and tests, and the tables beside it. Node refuses to strip types below
 * node_modules, so an installed Stowage cannot run from its TypeScript. `npm pack` calls this.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';

const checkout = dirname(import.meta.dirname);
const source = join(checkout, 'src');
const target = join(checkout, 'dist');

/** Tests, and what only they import. */
const isTest = (path: string): boolean => /(^|\/)test-[^/]*\.ts$|\.test\.ts$/.test(path);

/** Relative specifiers end in `.ts` in our source and name the built file in the published one. */
const renameImports = (code: string): string => code.replace(/((?:from|import\()\s*'\.{1,2}\/[^']*)\.ts'/g, "$1.js'");

rmSync(target, { recursive: true, force: true });
let files = 0;
for (const path of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
  const from = join(source, path);
  const built = join(target, path.replace(/\.ts$/, '.js'));
  if (path.endsWith('.json')) writeFile(built, readFileSync(from, 'utf8'));
  if (path.endsWith('.ts') && !isTest(path))
    writeFile(built, renameImports(stripTypeScriptTypes(readFileSync(from, 'utf8'))));
}

function writeFile(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  files++;
}

process.stderr.write(`built ${files} files\n`);
