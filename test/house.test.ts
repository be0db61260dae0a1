/** The rules of the house that a machine can check: who imports whom, sizes, names. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { builtinModules } from 'node:module';
import { describe, expect, test } from 'vitest';

const checkout = join(import.meta.dirname, '..');

interface Source {
  /** From the checkout on, with slashes: src/core/images/put-image.ts */
  readonly path: string;
  readonly text: string;
  /** The text without comments and the contents of strings. */
  readonly code: string;
}

function withoutWords(text: string): string {
  const wordsAndComments = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return text.replace(wordsAndComments, (found) => (found.startsWith('/') ? '' : `${found[0]}${found[0]}`));
}

function read(root: string): Source[] {
  const entries = readdirSync(join(checkout, root), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const path = relative(checkout, join(entry.parentPath, entry.name)).split(sep).join('/');
      const text = readFileSync(join(checkout, path), 'utf8');
      return { path, text, code: withoutWords(text) };
    });
}

const sources = read('src');
const everything = [...sources, ...read('test'), ...read('scripts'), ...read('bench')];

/** The room of a file: its folder below src, or the name of a file that stands there alone. */
function roomOf(path: string): string {
  const [first = '', second] = path.split('/').slice(1);
  return second === undefined ? basename(basename(first, '.ts'), '.test') : first;
}

const rooms = new Set(sources.map(({ path }) => roomOf(path)));

/** The table `| room | may import |` of docs/architecture.md as room → rooms. */
function readTable(): Map<string, Set<string>> {
  const lines = readFileSync(join(checkout, 'docs/architecture.md'), 'utf8').split('\n');
  const start = lines.findIndex((line) => /^\|\s*room\s*\|\s*may import\s*\|/.test(line));
  const table = new Map<string, Set<string>>();
  if (start < 0) return table;
  for (const line of lines.slice(start + 2)) {
    const cells = /^\|([^|]+)\|([^|]+)\|/
      .exec(line)
      ?.slice(1, 3)
      .map((cell) => cell.replaceAll('`', '').trim());
    const [left, right] = cells ?? [];
    if (left === undefined || right === undefined) break;
    for (const room of left.split(/,\s*/)) table.set(room, mayImport(room, right));
  }
  return table;
}

function mayImport(room: string, words: string): Set<string> {
  if (words === 'nothing of ours') return new Set();
  const except = /^every room but (.+)$/.exec(words)?.[1]?.split(/,\s*/);
  if (except === undefined) return new Set(words.split(/,\s*/));
  return new Set([...rooms].filter((other) => other !== room && !except.includes(other)));
}

const table = readTable();

/** What a file imports: `from '…'`, `import '…'`, `import('…')`, types as well. */
function importsOf(text: string): string[] {
  const pattern = /(?:^|[\s};])from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  const code = text.replace(/^\s*(?:\*|\/\/|\/\*).*$/gm, '');
  return [...code.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

const relativeImports = (source: Source): string[] =>
  importsOf(source.text)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => join(dirname(source.path), specifier).split(sep).join('/'));

/** Every place in `list` for which `find` has something to say. */
const faults = (list: readonly Source[], find: (source: Source) => string[]): string[] =>
  list.flatMap((source) => find(source).map((fault) => `${source.path}: ${fault}`));

describe('rooms', () => {
  test('all stand in the table of docs/architecture.md', () => {
    expect([...rooms].filter((room) => !table.has(room))).toEqual([]);
  });

  test('import only the rooms that the table allows', () => {
    const wrong = faults(sources, (source) =>
      relativeImports(source)
        .filter((target) => target.startsWith('src/'))
        .map(roomOf)
        .filter((room) => room !== roomOf(source.path) && !table.get(roomOf(source.path))?.has(room))
        .map((room) => `may not import ${room}`),
    );
    expect(wrong).toEqual([]);
  });

  test('import nothing of the checkout but src and the models', () => {
    const outside = faults(sources, (source) =>
      relativeImports(source).filter((target) => !target.startsWith('src/') && !target.startsWith('models/')),
    );
    expect(outside).toEqual([]);
  });

  test('doors do not know each other, nor the cellar', () => {
    const doors = ['api', 'oci', 'jobs', 'cli'];
    const cellar = ['store', 'blobs', 'keys', 'remote'];
    for (const door of doors) {
      const allowed = table.get(door) ?? new Set();
      // cli starts everything, and may reach out
      const forbidden = [...doors, ...(door === 'cli' ? ['store', 'blobs', 'keys'] : cellar)];
      expect(
        forbidden.filter((room) => allowed.has(room)),
        door,
      ).toEqual([]);
    }
  });

  test('only main.ts touches process', () => {
    const touching = sources.filter(({ path, text, code }) => {
      if (path === 'src/main.ts' || path.endsWith('.test.ts')) return false;
      return /(?<![.\w$])process\s*\.\s*\w/.test(code) || importsOf(text).includes('node:process');
    });
    expect(touching.map(({ path }) => path)).toEqual([]);
  });
});

describe('files', () => {
  /** Tables and data, which are as long as what they list. */
  const long = new Set(['src/domain/errors.ts']);

  test('have at most 400 lines', () => {
    const tooLong = everything.filter(({ path, text }) => !long.has(path) && text.split('\n').length - 1 > 400);
    expect(tooLong.map(({ path }) => path)).toEqual([]);
  });

  test('are at most 25 in a folder', () => {
    const counts = Map.groupBy(everything, ({ path }) => dirname(path));
    expect([...counts].filter(([, files]) => files.length > 25).map(([folder]) => folder)).toEqual([]);
  });

  test('are named in kebab-case after the one thing in them', () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/;
    const nothing = /(^|-)(util|helper|common|manager|service|data|info|misc)s?$/;
    // an AWS service is called that by AWS, and the files of the API are named after AWS's operations
    const named = new Set(['src/aws/service.ts', 'src/api/services.ts']);
    const wrong = everything.filter(({ path }) => {
      const words = path.split('/').map((part) => basename(basename(part, extname(part)), '.test'));
      return (
        !kebab.test(basename(path)) ||
        (!named.has(path) && !path.startsWith('src/api/') && words.some((word) => nothing.test(word)))
      );
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('are imported by their full names, and Node by node:', () => {
    const builtins = new Set(builtinModules.filter((name) => !name.startsWith('node:')));
    const wrong = faults(everything, ({ text }) =>
      importsOf(text).filter((specifier) =>
        specifier.startsWith('.') ? !/\.(ts|json)$/.test(specifier) : builtins.has(specifier),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test('have a default export only where an index collects it', () => {
    const collected = new Set(sources.filter(({ path }) => path.endsWith('/index.ts')).flatMap(relativeImports));
    const wrong = sources.filter(({ path, code }) => /^export default\b/m.test(code) && !collected.has(path));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('have an index only as a table, never as a barrel', () => {
    const barrels = sources.filter(({ path, code }) => path.endsWith('/index.ts') && /^export \*/m.test(code));
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });

  test('leave what is unfinished to issues', () => {
    const tag = /\b(TODO|FIXME|XXX|HACK)\b/;
    const wrong = everything.filter(({ path, text }) => path !== 'test/house.test.ts' && tag.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

describe('this test', () => {
  test('reads imports of every form, and none from comments', () => {
    const text = [
      `import type { A } from './a.ts';`,
      `export { b } from '../b/b.ts';`,
      `import './c.ts';`,
      `const d = await import('./d.ts');`,
      ` * like import('./not.ts')`,
      `} from './e.ts';`,
    ].join('\n');
    expect(importsOf(text)).toEqual(['./a.ts', '../b/b.ts', './c.ts', './d.ts', './e.ts']);
  });

  test('found the table and the sources', () => {
    expect(table.get('domain')).toEqual(new Set(['lib']));
    expect(table.get('lib')).toEqual(new Set());
    expect(table.get('wire')?.has('core')).toBe(true);
    expect(table.get('wire')?.has('cli')).toBe(false);
    expect(sources.length).toBeGreaterThan(10);
  });
});
