/** Every function that reads what somebody else has written is fuzzed, by the test of its room. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '..', 'src');

/** Rooms whose functions read texts of clients and operators. */
const rooms = ['domain', 'oci', 'aws', 'http', 'config'];

/** Functions that are called as if they did, and why they do not. */
const others: Readonly<Record<string, string>> = {
  'aws readModel': 'reads the models that come with the program',
  'aws parseModel': 'reads the models that come with the program',
  'domain readDocument': 'is a part of the checks of documents, which are fuzzed',
  'domain readJsonTree': 'reads what the checks of documents have taken, and is fuzzed with them',
  'config readEndpoints': 'is a part of loadConfig, which is fuzzed',
  'config readEnvironment': 'is a part of loadConfig, which is fuzzed',
  'config readFile': 'is a part of loadConfig, which is fuzzed',
  'config readFlags': 'is a part of loadConfig, which is fuzzed',
  'oci readBlob': 'answers a request',
  'oci readManifest': 'answers a request',
  'oci readUpload': 'answers a request',
};

const declaration = /^export (?:async )?(?:function|const) ((?:parse|read)[A-Z]\w*)/gm;

function readersOf(room: string): string[] {
  const files = readdirSync(join(source, room), { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(source, room, name), 'utf8'));
  return texts.flatMap((text) => [...text.matchAll(declaration)].map(([, name = '']) => name));
}

/** The room's own test of its parsers, and those of folders in it. */
function fuzzTextOf(room: string): string {
  const files = readdirSync(join(source, room), { recursive: true, encoding: 'utf8' });
  const tests = files.filter((name) => name.endsWith('parsers-fuzz.test.ts'));
  return tests.map((name) => readFileSync(join(source, room, name), 'utf8')).join('\n');
}

const readers = rooms.flatMap((room) => readersOf(room).map((name) => ({ room, name })));

test.each(readers.filter(({ room, name }) => !(`${room} ${name}` in others)))(
  '$room: $name is fuzzed',
  ({ room, name }) => {
    expect(fuzzTextOf(room)).toMatch(new RegExp(`\\b${name}\\b`));
  },
);

test('what is left out is there', () => {
  const there = new Set(readers.map(({ room, name }) => `${room} ${name}`));
  expect(Object.keys(others).filter((one) => !there.has(one))).toEqual([]);
});
